// Reading token files, and comparing digests.
#include "transport/tokens.h"

#include <algorithm>
#include <string>

#include "http/chars.h"

namespace transport {
namespace {

bool equal_in_constant_time(const base::Digest& a, const base::Digest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

// "" or what is wrong, without what is in it.
std::string bad_token(std::string_view token) {
  if (token.size() < shortest_token) {
    return "the token is too short: at least " + std::to_string(shortest_token) +
           " characters are needed (openssl rand -hex 16 makes one)";
  }
  if (token.size() > longest_token) return "the token is longer than " + std::to_string(longest_token) + " characters";
  const bool visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  return visible ? "" : "a token is made of visible ASCII characters, without spaces: one token a line";
}

std::string_view bearer_token(const http::Fields& fields) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view value = fields.value_or("Authorization", "");
  if (!http::starts_with_ignoring_case(value, scheme)) return {};
  return http::without_blanks(value.substr(scheme.size()));
}

}  // namespace

base::Result<ListenerTokens> ListenerTokens::parse(std::string_view text) {
  ListenerTokens out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = http::without_blanks(line);
    if (line.empty() || line.starts_with('#')) continue;
    const auto where = [number] { return "line " + std::to_string(number) + ": "; };
    if (const std::string wrong = bad_token(line); !wrong.empty()) return base::fail(where() + wrong);
    if (out.digests_.size() == max_tokens) {
      return base::fail(where() + "more than " + std::to_string(max_tokens) + " tokens");
    }
    out.digests_.push_back(base::sha256(line));
  }
  if (out.digests_.empty()) return base::fail("there is no token in it: write one a line");
  return out;
}

std::optional<base::Digest> ListenerTokens::match(const http::Fields& fields) const {
  const base::Digest presented = base::sha256(bearer_token(fields));
  bool found = false;
  for (const base::Digest& digest : digests_) found = equal_in_constant_time(digest, presented) || found;
  if (!found) return std::nullopt;
  return presented;
}

std::optional<base::Digest> credential_of(const http::Fields& fields) {
  const auto value = fields.find("Authorization");
  if (!value) return std::nullopt;
  return base::sha256(*value);
}

bool same_credential(const std::optional<base::Digest>& a, const std::optional<base::Digest>& b) {
  if (!a || !b) return !a && !b;
  return equal_in_constant_time(*a, *b);
}

}  // namespace transport
