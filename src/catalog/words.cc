// See the header.
#include "catalog/words.h"

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"

namespace catalog {
namespace {

// In any case of its letters.
bool ends_with_www(std::string_view text) {
  return text.size() >= 3 &&
         std::ranges::all_of(text.substr(text.size() - 3), [](char c) { return c == 'w' || c == 'W'; });
}

}  // namespace

std::string one_line(std::string_view text, std::size_t max) {
  // What is cut away need not be looked at; a code point has at most four bytes, and white space may be much of it.
  const std::string_view look = text.substr(0, std::min(text.size(), 64 * (max + 1)));
  std::string joined;
  bool space = false;
  for (const char c : look) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space = !joined.empty();
      continue;
    }
    if (space) joined += ' ';
    space = false;
    joined += c;
  }
  if (look.size() < text.size() && base::first_invalid_utf8(joined) == std::string::npos &&
      base::code_points(joined) <= max)
    joined += " …";
  return base::printable(joined, max);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t max, std::size_t width) {
  const std::string line = one_line(text, max);
  std::vector<std::string> out;
  std::string_view rest = line;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    if (out.empty() || base::code_points(out.back()) + 1 + base::code_points(word) > width) {
      out.emplace_back(word);
    } else {
      out.back().append(" ").append(word);
    }
  }
  return out;
}

// What begins markup inside a line (CommonMark 2.4, 6; GitHub's autolinks: http://, www., @name). What only begins a
// block is left, since nothing of a server's stands at the beginning of a line.
std::string markdown_text(std::string_view text, std::size_t max) {
  constexpr std::string_view special = "\\`*_{}[]<>|~$&@";
  const std::string line = one_line(text, max);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::string_view before = std::string_view(line).substr(0, i);
    const bool link = std::string_view(line).substr(i).starts_with("://") || (line[i] == '.' && ends_with_www(before));
    if (link || special.contains(line[i])) out += '\\';
    out += line[i];
  }
  return out;
}

std::string counted(std::size_t n, std::string_view one) {
  return std::to_string(n) + ' ' + std::string(one) + (n == 1 ? "" : "s");
}

std::string class_counts(const Counts& counts) {
  std::string out;
  for (const classify::Class c : classes) {
    out.append(out.empty() ? "" : ", ").append(std::to_string(counts.of(c))).append(" ").append(classify::text(c));
  }
  return out;
}

std::string server_name(const Source& server) {
  if (server.name.empty()) return "a server without a name";
  std::string out = one_line(server.name, 100);
  if (!server.version.empty()) out.append(" ").append(one_line(server.version, 40));
  return out;
}

std::string_view default_rule(classify::Class c) {
  switch (c) {
    case classify::Class::read:
      return "allowed";
    case classify::Class::write:
      return "allowed, at most 30 calls a minute";
    case classify::Class::execute:
      return "allowed with every required argument, at most 10 calls a minute";
    case classify::Class::destructive:
      return "refused until you decide otherwise";
    case classify::Class::financial:
      return "refused until a person approves the call";
  }
  return "refused";
}

}  // namespace catalog
