// Which keys name a secret and which words are one. Wrong guesses cost differently: a name taken for a secret is a
// mark in a log, a secret taken for a name is a leak; so the rules lean towards the mark, but for the words that tools
// use every day (max_tokens, author, key).
#include "audit/redact_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "audit/redact.h"
#include "base/unicode.h"

namespace audit {
namespace {

// A key as letters and digits alone, case folded: "X-Api_Key", "apiKey" and "API KEY" are all "apikey". Keys longer
// than any secret's name are cut.
std::string normalised(std::string_view key) {
  std::string out;
  const std::string_view head = key.substr(0, 256);
  const std::size_t valid = std::min(base::first_invalid_utf8(head), head.size());
  for (std::size_t i = 0; i < head.size();) {
    const std::uint32_t c = i < valid ? base::fold(base::decode_utf8(head, i)) : static_cast<unsigned char>(head[i++]);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += static_cast<char>(c);
  }
  return out;
}

// Secret when the whole key is this.
constexpr std::string_view whole_names[] = {"auth", "bearer", "cookie", "cvc",  "cvv", "cvv2", "dsn",
                                            "jwt",  "mfa",    "otp",    "pass", "pat", "pin",  "psk",
                                            "pwd",  "pw",     "sid",    "ssn",  "totp"};
// Secret when the key contains this.
constexpr std::string_view parts[] = {
    "accesskey",  "accountkey",   "apikey",           "authheader",      "authorization", "authtoken",
    "cardnumber", "clientsecret", "connectionstring", "credential",      "creditcard",    "encryptionkey",
    "hmackey",    "jsessionid",   "licensekey",       "masterkey",       "passcode",      "passphrase",
    "passwd",     "password",     "phpsessid",        "privatekey",      "pswd",          "recoverycode",
    "secret",     "securitycode", "sessionid",        "sessionkey",      "setcookie",     "sharedkey",
    "signingkey", "sshkey",       "storagekey",       "subscriptionkey", "token"};
// "token" in these counts something or names a place in a list.
constexpr std::string_view harmless_tokens[] = {"tokencount",    "tokenlimit", "tokenizer", "tokenusage",
                                                "progresstoken", "tokentype",  "tokensper", "tokenbudget"};
constexpr std::string_view counted_by[] = {"max", "min",     "total",  "prompt",   "completion", "input", "output",
                                           "num", "context", "budget", "thinking", "cached",     "new"};

// Of the tokens that well-known services hand out.
constexpr std::string_view prefixes[] = {"AGE-SECRET-KEY-",
                                         "AIza",
                                         "AKIA",
                                         "ASIA",
                                         "ATATT3",
                                         "FLWSECK",
                                         "PMAK-",
                                         "SG.",
                                         "atlasv1.",
                                         "dapi",
                                         "dckr_pat_",
                                         "doo_v1_",
                                         "dop_v1_",
                                         "dor_v1_",
                                         "eyJ",
                                         "figd_",
                                         "gho_",
                                         "ghp_",
                                         "ghr_",
                                         "ghs_",
                                         "ghu_",
                                         "github_pat_",
                                         "glc_",
                                         "gldt-",
                                         "glpat-",
                                         "glrt-",
                                         "glsa_",
                                         "gsk_",
                                         "hf_",
                                         "hvb.",
                                         "hvs.",
                                         "ict_",
                                         "key-",
                                         "lin_api_",
                                         "npm_",
                                         "ntn_",
                                         "nvapi-",
                                         "pplx-",
                                         "pypi-",
                                         "r8_",
                                         "rk_live_",
                                         "rk_test_",
                                         "rubygems_",
                                         "sbp_",
                                         "secret_",
                                         "shpat_",
                                         "shpca_",
                                         "shppa_",
                                         "shpss_",
                                         "sk-",
                                         "sk_live_",
                                         "sk_test_",
                                         "sntrys_",
                                         "sntryu_",
                                         "sq0atp-",
                                         "sq0csp-",
                                         "tfp_",
                                         "whsec_",
                                         "xai-",
                                         "xapp-",
                                         "xoxa-",
                                         "xoxb-",
                                         "xoxc-",
                                         "xoxd-",
                                         "xoxe-",
                                         "xoxe.",
                                         "xoxo-",
                                         "xoxp-",
                                         "xoxr-",
                                         "xoxs-",
                                         "ya29."};
static_assert(std::is_sorted(std::begin(prefixes), std::end(prefixes)));

// Which bytes a prefix may start with: most words end the search here.
constexpr std::array<bool, 256> first_bytes = [] {
  std::array<bool, 256> out{};
  for (const std::string_view prefix : prefixes) out[static_cast<unsigned char>(prefix[0])] = true;
  return out;
}();

constexpr std::ptrdiff_t token_rest = 8;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_uuid(std::string_view word) {
  if (word.size() != 36) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    if ((word[i] == '-') != (i == 8 || i == 13 || i == 18 || i == 23)) return false;
  }
  return true;
}

}  // namespace

bool is_token_char(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '~' || c == '+' || c == '=';
}

bool is_secret_key(std::string_view key) {
  const std::string name = normalised(key);
  if (std::find(std::begin(whole_names), std::end(whole_names), name) != std::end(whole_names)) return true;
  if (name.ends_with("auth") || name.ends_with("pwd")) return true;
  const auto contains = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
  const auto part = std::find_if(std::begin(parts), std::end(parts), contains);
  if (part == std::end(parts)) return false;
  if (*part != "token") return true;  // "token" is the last of the list: nothing else matched
  if (name == "tokens" || std::any_of(std::begin(harmless_tokens), std::end(harmless_tokens), contains)) return false;
  return !(name.ends_with("tokens") && std::any_of(std::begin(counted_by), std::end(counted_by), contains));
}

bool is_secret_parameter(std::string_view name) {
  const std::string plain = normalised(name);
  return plain == "sig" || plain == "key" || plain == "code" || plain.ends_with("signature") || is_secret_key(name);
}

std::size_t known_token(std::string_view text) {
  // Sorted, and no prefix of the list is followed by a shorter one that also fits: look at those with this first byte.
  if (text.size() < 11 || !first_bytes[static_cast<unsigned char>(text[0])]) return 0;
  const auto* it = std::lower_bound(std::begin(prefixes), std::end(prefixes), text.substr(0, 1));
  for (; it != std::end(prefixes) && (*it)[0] == text[0]; ++it) {
    if (!text.starts_with(*it)) continue;
    const std::string_view start = text.substr(it->size(), 32);
    const auto stop = std::find_if_not(start.begin(), start.end(), is_token_char);
    if (stop - start.begin() < token_rest) continue;
    // Prefixes that could start a plain word need a digit in what follows.
    const bool wordy =
        *it == "dapi" || *it == "key-" || *it == "secret_" || *it == "sk-" || *it == "AKIA" || *it == "ASIA";
    if (wordy && std::none_of(start.begin(), stop, [](char c) { return c >= '0' && c <= '9'; })) continue;
    std::size_t end = it->size();
    while (end < text.size() && is_token_char(text[end])) ++end;
    return end;
  }
  return 0;
}

bool is_random_looking(std::string_view word) {
  while (word.ends_with('=')) word.remove_suffix(1);
  if (word.size() < 24 || is_uuid(word)) return false;
  std::size_t lower = 0, upper = 0, digit = 0, hex_letters = 0, changes = 0;
  int last = 0;
  for (const char c : word) {
    int kind = last;
    if (c >= '0' && c <= '9') {
      kind = 1, ++digit;
    } else if (c >= 'a' && c <= 'z') {
      kind = 2, ++lower;
      hex_letters += c <= 'f' ? 1 : 0;
    } else if (c >= 'A' && c <= 'Z') {
      kind = 3, ++upper;
      hex_letters += c <= 'F' ? 1 : 0;
    }
    changes += kind != last ? 1 : 0;
    last = kind;
  }
  const std::size_t n = word.size();
  if (n >= 32 && digit + hex_letters == n) return digit > 0 && hex_letters > 0;
  if (changes * 3 < n) return false;
  if (upper >= 2 && lower >= 2 && digit >= 2) return true;
  return n >= 32 && digit >= 4 && lower + upper >= 4 && digit + lower + upper == n;
}

}  // namespace audit
