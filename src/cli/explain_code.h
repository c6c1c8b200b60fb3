// What `intercept explain CODE` prints: a finding's code with its meaning, an example and the example mended.
#pragma once
#include <string>
#include <string_view>

#include "cli/command_table.h"
#include "policy/codes.h"

namespace cli {

// The word is the code of a finding: what explain takes instead of a policy and a call.
bool is_code(std::string_view word);

// Prints the code to terminal.out, as text or as one line of JSON. Exit codes: 0, or 2 if there is no such code; then
// the nearest one and the list of all go to terminal.err.
int explain_code(std::string_view word, bool json, Terminal& terminal);

// The text that is printed, wrapped at 100 columns.
std::string code_text(const policy::Code& code);

}  // namespace cli
