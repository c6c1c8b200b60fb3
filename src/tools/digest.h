// The digest of a tool's definition: what a lock pins. Two definitions with one digest say the same to a model.
//
// What belongs to it: every member of the definition but `icons`. The members that the protocol has for the model
// (name, title, description, inputSchema, outputSchema, annotations) are in it, and so is what only some clients read
// (`_meta`, `execution`) and what no revision knows: a client may show any of it to its model, and a change that nobody
// looks at is what a lock exists against. Icons are pictures for people; no client gives them to a model, and their
// addresses change with every build of a server's site.
//
// Canonical form (json::write_canonical): one line without white space; members sorted by the bytes of their key;
// numbers by value ("1", "1.0" and "1e0" are one: sign, digits without leading or trailing zeros, "e", exponent; exact,
// never through a double); strings as the writer escapes them. It is RFC 8785 but for the numbers, which there are
// doubles, for the order of keys beyond U+FFFF, which there is that of UTF-16, and for U+0085, U+2028 and U+2029, which
// are escaped here. Of a key that occurs twice the last counts, since that is the one that is forwarded. A member that
// is null and one that is absent differ; the order of an array counts.
#pragma once
#include <string>
#include <string_view>

#include "json/document.h"

namespace tools {

// The member of a definition counts.
constexpr bool is_pinned(std::string_view member) { return member != "icons"; }

// The canonical form above, appended to `out`. What is no object is written as it is.
void append_pinned(std::string& out, json::Value tool);

// "sha256:" and 64 hexadecimal digits in lower case, of the canonical form. Any value; pure, any thread.
std::string digest_of(json::Value tool);

}  // namespace tools
