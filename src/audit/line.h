// One line being written: ,"field":value after field, by hand. Internal to this room.
// What must stay true:
//  - A line is one JSON object and one line feed, whatever the bytes of its fields.
//  - Every text that a peer could choose passes text() or name(), which redact and bound it; only our own words do not.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "audit/memo.h"
#include "base/append.h"

namespace audit {

// Texts of the last lines, ready to write: as JSON strings.
struct Memos {
  Memo texts, names, counters, keys;
};

class Line {
 public:
  // `out` ends with an open object that has a member. Its brace and the line feed are written at the end of life.
  // `memos` may be null: then every text is worked out.
  Line(std::string& out, Memos* memos) : out_(out), memos_(memos) {}
  ~Line() { out_ += "}\n"; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Begins a member whose value the caller appends to out().
  void field(std::string_view name) { base::append(out_, ",\"", name, "\":"); }
  // Our own JSON.
  void raw(std::string_view name, std::string_view json) { base::append(out_, ",\"", name, "\":", json); }
  // Our own word: nothing to redact and, being made of letters, digits and "-:_.", nothing to escape. Left out if
  // empty.
  void word(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    base::append(out_, ",\"", name, "\":\"", value, "\"");
  }
  void number(std::string_view name, std::int64_t value) { raw(name, std::to_string(value)); }
  // Anything that comes from outside. Left out if empty.
  void text(std::string_view name, std::string_view value);
  // A tool, method or rule: words that only look random stay. Left out if empty.
  void name(std::string_view field_name, std::string_view value);
  // A request's id as it came, unless it is very long or looks like a secret.
  void id(std::string_view json);
  void add(const Field& field);
  std::string& out() { return out_; }

  // A counter's key as people read it (its parts with slashes between), and the name of an argument; as JSON strings
  // that live until the next call. Only with memos.
  const std::string& counter(std::string_view key);
  const std::string& key(std::string_view name);

 private:
  std::string& out_;
  Memos* memos_;
};

// What text() and name() write, as a JSON string.
std::string quoted_text(std::string_view text);
std::string quoted_name(std::string_view text);

}  // namespace audit
