// Ids: read once, kept as text, compared by value.
#include "mcp/id.h"

#include <cstdlib>

#include "base/decimal.h"
#include "json/writer.h"

namespace mcp {
namespace {

// Plain whole numbers without sign, leading zeros or exponent are their own canonical text.
bool is_plain_integer(std::string_view text) {
  if (text.empty() || text.size() > 18) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return text[0] != '0' || text.size() == 1;
}

// 1e2 and 100.0 get the key of 100, as long as that has at most 18 digits; larger and negative numbers keep the
// canonical form, which plain text of that size never has.
std::string value_key(const base::Decimal& number) {
  std::string canonical = number.canonical();
  const std::size_t e = canonical.find('e');
  const std::size_t zeros = static_cast<std::size_t>(std::strtoull(canonical.c_str() + e + 1, nullptr, 10));
  if (number.is_negative() || zeros > 18 || e + zeros > 18) return canonical;
  canonical.resize(e);
  canonical.append(canonical == "0" ? 0 : zeros, '0');
  return canonical;
}

}  // namespace

bool read_id(json::Value value, Id& out) {
  if (value.is_string()) {
    out.text.clear();
    json::write(out.text, value);
    out.key.assign(1, 's');
    out.key += value.string();
    return true;
  }
  if (!value.is_number()) return false;
  const std::string_view text = value.number();
  out.key.assign(1, 'n');
  if (is_plain_integer(text)) {
    out.key += text;
  } else {
    const auto number = base::Decimal::parse(text);
    if (!number || !number->is_integer()) return false;
    out.key += value_key(*number);
  }
  out.text = text;
  return true;
}

std::optional<Id> read_id(json::Value value) {
  Id id;
  if (!read_id(value, id)) return std::nullopt;
  return id;
}

}  // namespace mcp
