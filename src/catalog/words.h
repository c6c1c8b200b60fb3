// Texts of servers (hostile input) as they may stand in what is written for people, and the words about classes that
// several outputs use. What must stay true: what comes out is one line, and nothing in it ends a comment, a table's
// cell or a code block, hides itself, or turns the text around.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/report.h"

namespace catalog {

// On one line: runs of white space are one space, what is invisible stands as \u{...}; cut to `max` code points with
// "…".
std::string one_line(std::string_view text, std::size_t max);
// The same, in lines of at most `width` code points (a longer word stands alone).
std::vector<std::string> wrapped(std::string_view text, std::size_t max, std::size_t width);
// The same as Markdown that shows as itself: no markup, no links, no end of a table's cell.
std::string markdown_text(std::string_view text, std::size_t max);

// "12 Read, 3 Write, 0 Execute, 1 Destructive, 0 Financial".
std::string class_counts(const Counts& counts);
// "arcane 1.2.3": how the server calls itself, or "a server without a name".
std::string server_name(const Source& server);
// "1 tool", "2 tools".
std::string counted(std::size_t n, std::string_view one);

// What a scaffold does with tools of the class by default, for people: "at most 30 calls a minute".
std::string_view default_rule(classify::Class c);

}  // namespace catalog
