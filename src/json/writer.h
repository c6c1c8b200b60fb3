// The one writing of a message: one line, no white space, members in their order, numbers as they were spelt.
// Strings: `"` `\` and controls escaped (\b \f \n \r \t, else \u00xx in lower case); U+007F is kept; U+0085, U+2028 and
// U+2029 escaped, since some peers end a line there; a kept lone surrogate as its \udxxx; everything else as UTF-8.
// Appends to `out`; never fails; does not recurse. An absent value is written as null.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/document.h"

namespace json {

void write(std::string& out, Value value);

// Text (UTF-8 or WTF-8) as a JSON string with its quotes. A byte that is neither is written as U+FFFD.
void write_string(std::string& out, std::string_view text);

// Canonical form for digests and comparison: as write(), but object members sorted by key (bytes of the UTF-8),
// recursively, and numbers by value (1, 1.0 and 1e0 are written alike: base::Decimal::canonical).
void write_canonical(std::string& out, Value value);

// Incremental composition of own messages. Keys and commas are taken care of; the caller opens and closes.
// It keeps no state: a comma is due if the last byte of `out` ends a value. So several Composers may take turns on one
// message, and what stands in `out` before a message must end in a line feed or a space (or be nothing).
//   Composer c(out); c.open(); c.key("id"); c.raw(id_text); c.member("ok", true); c.close();
class Composer {
 public:
  explicit Composer(std::string& out) : out_(out) {}
  Composer& open();                         // {
  Composer& close();                        // }
  Composer& open_array();                   // [
  Composer& close_array();                  // ]
  Composer& key(std::string_view key);      // "key": (with the comma before it, if one is due)
  Composer& string(std::string_view text);  // a value
  Composer& integer(std::int64_t value);
  Composer& boolean(bool value);
  Composer& null();
  Composer& value(Value value);          // write() of a read value
  Composer& raw(std::string_view json);  // JSON that the program itself wrote
  Composer& member(std::string_view k, std::string_view text) { return key(k).string(text); }
  Composer& member(std::string_view k, const char* text) { return key(k).string(text); }
  template <std::integral I>
  Composer& member(std::string_view k, I v) {
    if constexpr (std::same_as<I, bool>) {
      return key(k).boolean(v);
    } else {
      return key(k).integer(static_cast<std::int64_t>(v));
    }
  }

 private:
  void separate();
  std::string& out_;
};

}  // namespace json
