// The header fields of a message that was read: names as they came, values without the blanks around them.
// Views into the reader's memory; nothing is allocated by a look-up, and names compare without case.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Field {
  std::string_view name;
  std::string_view value;
};

// A field that somebody makes up or keeps.
struct OwnedField {
  std::string name;
  std::string value;
  bool operator==(const OwnedField&) const = default;
};

// One as the other. Views into `fields`; copies of them.
std::vector<Field> views(std::span<const OwnedField> fields);
std::vector<OwnedField> owned(std::span<const Field> fields);

// Names of fields compare without case (ASCII).
bool same_name(std::string_view a, std::string_view b);

// A value type of two words; valid as long as the head it belongs to.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::span<const Field> fields) : fields_(fields) {}

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

  // The value of the first field of this name, in any case; nothing if there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view value_or(std::string_view name, std::string_view otherwise) const {
    return find(name).value_or(otherwise);
  }
  std::size_t count(std::string_view name) const;

  // Some field `name`, read as a comma-separated list, has this element (without case): `has_token("Connection",
  // "close")`.
  bool has_token(std::string_view name, std::string_view token) const;

  // A field of this name ends at this connection and must not be forwarded: those of RFC 9110 section 7.6.1, of
  // proxies, every name that this message's Connection fields list, and Content-Length, which the next writer sets.
  bool is_hop_by_hop(std::string_view name) const;

 private:
  std::span<const Field> fields_;
};

}  // namespace http
