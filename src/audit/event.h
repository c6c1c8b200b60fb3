// Events of no fixed shape: a name and fields in their order. The Recorder writes those of a session (a reload, a
// pause); who keeps the log writes its own (file, file_end, torn, found_dead, retention) with append_event.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace audit {

// A member of an event's line. Refers to its texts. A text that is empty is left out.
struct Field {
  enum class Kind : std::uint8_t {
    text,    // from outside: redacted and cut
    name,    // of a tool, method or rule: words that only look random stay
    word,    // our own: letters, digits and "-:_." only
    number,  //
    json,    // our own JSON, on one line
  };
  std::string_view name;  // never "chain" or "mac": they seal a line
  Kind kind = Kind::text;
  std::string_view value;
  std::int64_t integer = 0;

  static Field text_of(std::string_view name, std::string_view value) { return {name, Kind::text, value}; }
  static Field name_of(std::string_view name, std::string_view value) { return {name, Kind::name, value}; }
  static Field word_of(std::string_view name, std::string_view value) { return {name, Kind::word, value}; }
  static Field json_of(std::string_view name, std::string_view value) { return {name, Kind::json, value}; }
  static Field number_of(std::string_view name, std::int64_t value) { return {name, Kind::number, {}, value}; }
};

// A list of texts, for json_of.
std::string json_list(std::span<const std::string> texts);

// Appends one line without a session. `event` and `instance` are our own words.
void append_event(std::string& out, base::WallTime now, std::string_view event, std::string_view instance,
                  std::span<const Field> fields);

}  // namespace audit
