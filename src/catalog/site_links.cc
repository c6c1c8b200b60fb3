// See the header.
#include "catalog/site_links.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace catalog {
namespace {

constexpr std::size_t longest = 80;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_safe(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Windows opens a device whatever the suffix; "index" is the folder's own page.
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 5> words{"con", "prn", "aux", "nul", "index"};
  const std::string_view stem = name.substr(0, name.find('.'));
  if (std::ranges::find(words, stem) != words.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt"));
}

bool is_itself_safe(std::string_view name) {
  if (name.empty() || name.size() > longest || !std::ranges::all_of(name, is_safe)) return false;
  const auto may_end = [](char c) { return is_letter_or_digit(c) || c == '_'; };
  return may_end(name.front()) && may_end(name.back()) && !is_reserved(lower(name));
}

// The safe characters of a name, runs of others as one hyphen.
std::string safe_part(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (out.size() == 40) break;
    if (is_letter_or_digit(c) || c == '_') {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  return out.empty() ? "name" : out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() * 3 / 2);
  for (const char c : text) {
    if (is_safe(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 0xfU];
    }
  }
  return out;
}

}  // namespace

std::string Slugs::take(std::string_view name) {
  if (is_itself_safe(name) && taken_.insert(lower(name)).second) return std::string(name);
  const std::string digest = base::to_hex(base::sha256(name));
  const std::string part = safe_part(name);
  for (std::size_t length = 12; length <= digest.size(); length += 4) {
    std::string slug = part + '~' + digest.substr(0, length);
    if (taken_.insert(lower(slug)).second) return slug;
  }
  // The same name once more, five times over: counted.
  for (std::size_t n = 2;; ++n) {
    std::string slug = part + '~' + digest.substr(0, 12) + '.' + std::to_string(n);
    if (taken_.insert(lower(slug)).second) return slug;
  }
}

std::string_view slug_of(classify::Severity severity) {
  switch (severity) {
    case classify::Severity::low:
      return "low";
    case classify::Severity::medium:
      return "medium";
    case classify::Severity::high:
      return "high";
    case classify::Severity::critical:
      return "critical";
  }
  return "critical";
}

std::string server_path(std::string_view server) { return "servers/" + std::string(server) + "/index.html"; }
std::string server_policy_path(std::string_view server) { return "servers/" + std::string(server) + "/policy.yaml"; }
std::string server_risk_path(std::string_view server, classify::Severity severity) {
  return "servers/" + std::string(server) + "/risk/" + std::string(slug_of(severity)) + ".html";
}
std::string tool_path(std::string_view server, std::string_view tool) {
  return "tools/" + std::string(server) + '/' + std::string(tool) + ".html";
}
std::string risk_path(classify::Severity severity) { return "risk/" + std::string(slug_of(severity)) + ".html"; }
std::string attack_path(std::string_view attack) { return "attacks/" + std::string(attack) + ".html"; }

Links::Links(std::string_view page) {
  for (auto n = std::ranges::count(page, '/'); n > 0; --n) up_ += "../";
}

Link Links::external(std::string_view url) { return Link(url.starts_with("https://") ? std::string(url) : "#"); }

Link Links::canonical(std::string_view base_url, std::string_view page) {
  std::string out(base_url);
  if (!out.ends_with('/')) out += '/';
  return Link(out + std::string(page));
}

Link Links::download(std::string_view text) { return Link("data:text/yaml;charset=utf-8," + percent_encoded(text)); }

}  // namespace catalog
