// Look-ups in the fields of a message. Linear: a head has ten fields, and never more than its reader's limit.
#include "http/fields.h"

#include <array>

#include "http/chars.h"
#include "http/name_set.h"

namespace http {
namespace {

constexpr NameSet per_connection(std::to_array<std::string_view>(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "http2-settings", "proxy-connection",
     "proxy-authenticate", "proxy-authorization", "content-length", "proxy-authentication-info"}));

}  // namespace

std::vector<Field> views(std::span<const OwnedField> fields) {
  std::vector<Field> out;
  out.reserve(fields.size());
  for (const OwnedField& f : fields) out.push_back({f.name, f.value});
  return out;
}

std::vector<OwnedField> owned(std::span<const Field> fields) {
  std::vector<OwnedField> out;
  out.reserve(fields.size());
  for (const Field& f : fields) out.push_back({std::string(f.name), std::string(f.value)});
  return out;
}

bool same_name(std::string_view a, std::string_view b) { return equal_ignoring_case(a, b); }

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t n = 0;
  for (const Field& field : fields_) n += equal_ignoring_case(field.name, name) ? 1 : 0;
  return n;
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    std::string_view rest = field.value;
    while (const auto element = next_element(rest)) {
      if (equal_ignoring_case(*element, token)) return true;
    }
  }
  return false;
}

bool Fields::is_hop_by_hop(std::string_view name) const {
  if (per_connection.contains(name)) return true;
  return has_token("Connection", name);
}

}  // namespace http
