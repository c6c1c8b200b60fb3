// Entries as people read them. Whatever a peer put into a field, what comes out is printable text on the lines that we
// meant: control, bidi and invisible characters are made visible.
#pragma once
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "audit/filter.h"
#include "audit/time_text.h"

namespace audit {

struct Style {
  TimeStyle time;
  bool colour = false;  // ANSI, of the one word that says what happened
};

// One line without a line feed: time, what happened, server, target, why, id.
//   2026-11-22 10:00:00.123  deny    files  write_file  Write below /srv/work only.  tools/write_file/rules/0
//   5f0c2a91de-3
// `call`: what Calls::see gave; may be null.
std::string render_line(const Entry& entry, const Call* call, const Style& style);

// A line that is not an entry, for the same list.
std::string render_unreadable(std::string_view line, std::string_view why, const Style& style);

// Every field of an entry on a line of its own, with its name; with a line feed at the end.
std::string render_detail(const Entry& entry, const Style& style);

// A JSON value for people: a text without quotes, everything else as JSON; printable, cut at `max` code points.
std::string shown_value(json::Value value, std::size_t max = 400);

}  // namespace audit
