// Authorities and request targets.
#include "http/authority.h"

#include "http/chars.h"

namespace http {
namespace {

bool is_host_char(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }
bool is_address_char(char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 0xFFFF) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

// Where the host ends, or npos if it is none.
std::size_t host_end(std::string_view text) {
  if (!text.starts_with('[')) {
    std::size_t n = 0;
    while (n < text.size() && is_host_char(text[n])) ++n;
    return n == 0 ? std::string_view::npos : n;
  }
  std::size_t n = 1;
  bool colon = false;
  for (; n < text.size() && is_address_char(text[n]); ++n) colon = colon || text[n] == ':';
  return colon && n < text.size() && text[n] == ']' ? n + 1 : std::string_view::npos;
}

bool is_target_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c == 0x7F || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\') return false;
    if (static_cast<unsigned char>(c) >= 0x80) return false;
    if (c != '%') continue;
    if (text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
  }
  return true;
}

void split_path(std::string_view text, Target& out) {
  const std::size_t mark = text.find('?');
  out.path = text.substr(0, mark);
  if (mark != std::string_view::npos) out.query = text.substr(mark + 1);
}

std::optional<Target> absolute(std::string_view text) {
  const std::size_t scheme = starts_with_ignoring_case(text, "http://")    ? 4
                             : starts_with_ignoring_case(text, "https://") ? 5
                                                                           : 0;
  if (scheme == 0) return std::nullopt;
  const std::string_view rest = text.substr(scheme + 3);
  const std::size_t end = rest.find_first_of("/?");
  Target out{.scheme = text.substr(0, scheme), .authority = rest.substr(0, end), .path = {}, .query = {}};
  if (!parse_authority(out.authority)) return std::nullopt;
  if (end != std::string_view::npos) split_path(rest.substr(end), out);
  if (out.path.empty()) out.path = "/";
  return out;
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const std::size_t end = host_end(text);
  if (end == std::string_view::npos) return std::nullopt;
  Authority out{.host = text.substr(0, end), .port = {}};
  if (end == text.size()) return out;
  if (text[end] != ':') return std::nullopt;
  out.port = parse_port(text.substr(end + 1));
  if (!out.port) return std::nullopt;
  return out;
}

bool same_authority(const Authority& a, const Authority& b, std::uint16_t default_port) {
  return equal_ignoring_case(a.host, b.host) && a.port.value_or(default_port) == b.port.value_or(default_port);
}

std::optional<Target> parse_target(std::string_view text) {
  if (!is_target_text(text)) return std::nullopt;
  if (text == "*") return Target{.scheme = {}, .authority = {}, .path = text, .query = {}};
  if (!text.starts_with('/')) return absolute(text);
  Target out;
  split_path(text, out);
  return out;
}

}  // namespace http
