// The difference of two texts, line by line, as `diff -u` shows it.
#pragma once
#include <string>
#include <string_view>

namespace cli {

// A unified diff with three lines of context and the names `old_name`, `new_name`; "" if the texts are equal. Colours:
// red for what goes, green for what comes. Time is bounded: texts that differ in more than some thousand lines are
// shown as one replacement.
std::string line_diff(std::string_view old_name, std::string_view old_text, std::string_view new_name,
                      std::string_view new_text, bool colour);

}  // namespace cli
