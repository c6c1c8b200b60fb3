// Lexical containment of paths. Compared part by part, so that /srv/data2 is not inside /srv/data.
#include "policy/path_within.h"

#include <algorithm>
#include <cassert>

namespace policy {
namespace {

constexpr auto npos = std::string_view::npos;

// The parts that remain of an absolute path, joined with a slash before each.
std::string join_parts(std::string_view path, std::string_view separators) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(separators), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(path.size(), end + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (const std::size_t slash = out.rfind('/'); slash != std::string::npos) out.resize(slash);
    } else {
      // A part may hold a backslash only if that is no separator; it never holds a slash.
      (out += '/') += part;
    }
  }
  return out;
}

bool inside(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '%' && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
}

// Nothing for an invalid escape, or if the result could be decoded again.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (!is_escape(text, i)) return std::nullopt;
    out += static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
    i += 2;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (is_escape(out, i)) return std::nullopt;
  }
  return out;
}

bool has_scheme(std::string_view text) {
  const std::size_t end = text.find_first_of(":/?#\\");
  return end != npos && end > 0 && text[end] == ':';
}

bool equal_ascii(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
         });
}

bool is_file_uri(std::string_view text) { return text.size() >= 5 && equal_ascii(text.substr(0, 5), "file:"); }

// file:///p, file://localhost/p and file:/p give /p; text without a scheme is itself. Still percent-encoded.
std::optional<std::string_view> path_of_uri(std::string_view text) {
  if (!has_scheme(text)) return text;
  if (!is_file_uri(text)) return std::nullopt;
  if (text.find_first_of("?#") != npos) return std::nullopt;
  text.remove_prefix(5);
  if (!text.starts_with("//")) return text.starts_with('/') ? std::optional(text) : std::nullopt;
  text.remove_prefix(2);
  const std::size_t slash = text.find('/');
  if (slash == npos) return std::nullopt;
  if (slash != 0 && !equal_ascii(text.substr(0, slash), "localhost")) return std::nullopt;
  return text.substr(slash);
}

bool may_be_expanded(std::string_view text) {
  if (text.find('$') != npos) return true;
  for (std::size_t at = text.find('~'); at != npos; at = text.find('~', at + 1)) {
    if (at == 0 || text[at - 1] == '/' || text[at - 1] == '\\') return true;
  }
  return false;
}

bool has_drive(std::string_view text) {
  if (text.size() < 2 || text[1] != ':') return false;
  const char c = static_cast<char>(text[0] | 0x20);
  return c >= 'a' && c <= 'z';
}

// The path as it is read when exactly `separators` separate, or nothing if that is not an absolute path.
std::optional<std::string> reading(std::string_view text, const std::string& base, std::string_view separators) {
  std::string whole;
  if (separators.find(text.front()) == npos) {
    if (base.empty()) return std::nullopt;
    whole = base;
    whole += '/';
  }
  whole += text;
  std::string path = join_parts(whole, separators);
  if (path.empty()) path = "/";
  return path;
}

}  // namespace

std::optional<std::string> normal_path(std::string_view path) {
  if (path.empty() || path.find('\0') != npos || path[0] != '/') return std::nullopt;
  return reading(path, "", "/\\");
}

Truth PathWithin::operator()(std::string_view text) const {
  std::string decoded;
  if (decode_uri) {
    const auto path = path_of_uri(text);
    if (!path) return Truth::undecided;
    auto plain = percent_decode(*path);
    if (!plain) return Truth::undecided;
    decoded = std::move(*plain);
    text = decoded;
  } else if (is_file_uri(text)) {
    return Truth::undecided;  // a name below the base, or a URI that leads anywhere
  }
  if (text.empty() || text.find('\0') != npos || may_be_expanded(text) || has_drive(text)) return Truth::undecided;
  const auto path = reading(text, base, "/\\");
  if (!path) return Truth::undecided;
  const auto within = [this](std::string_view p) {
    return std::any_of(directories.begin(), directories.end(), [&](const std::string& d) { return inside(p, d); });
  };
  const bool result = within(*path);
  if (text.find('\\') != npos) {
    // A backslash separates on some systems and is part of a name on others: both readings must agree.
    const auto other = reading(text, base, "/");
    if (!other || within(*other) != result) return Truth::undecided;
  }
  return truth_of(result);
}

}  // namespace policy
