// Making and reading ids of sessions.
#include "transport/session_id.h"

#include <algorithm>
#include <cassert>

#include "http/chars.h"

namespace transport {
namespace {

constexpr std::size_t random_bytes = 16;

bool is_hex(char c) { return http::is_digit(c) || (c >= 'a' && c <= 'f'); }

std::optional<unsigned> parse_loop(std::string_view text) {
  if (text.empty() || text.size() > 4 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  if (!std::ranges::all_of(text, http::is_digit)) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

}  // namespace

std::string make_session_id(base::Random& random, std::optional<unsigned> loop) {
  assert(!loop || *loop <= max_loop);
  std::string id = base::random_hex(random, random_bytes);
  if (loop) id += "-" + std::to_string(*loop);
  return id;
}

std::optional<SessionId> parse_session_id(std::string_view text) {
  constexpr std::size_t digits = 2 * random_bytes;
  if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), is_hex)) return std::nullopt;
  if (text.size() == digits) return SessionId{.text = text, .loop = {}};
  if (text[digits] != '-') return std::nullopt;
  const auto loop = parse_loop(text.substr(digits + 1));
  if (!loop) return std::nullopt;
  return SessionId{.text = text, .loop = loop};
}

}  // namespace transport
