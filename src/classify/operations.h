// Tools of several uses: an argument chooses what is done ({"action": ["list", "delete"]}). Each value is read as the
// name of a tool is.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "classify/arguments.h"
#include "classify/classify.h"

namespace classify {

struct Operations {
  std::string pointer;  // of the argument, printable
  std::vector<Use> uses;
};

inline constexpr std::size_t max_uses = 1024;  // of one tool; what follows is taken for Execute

// The arguments whose values are operations: by their name ("action"), or because every value begins with a verb
// ("mode": "read_rows" | "delete_rows"). Values stand in an enum or const, or quoted in the argument's description. A
// value that nothing explains has the class `unexplained`.
std::vector<Operations> operations_of(std::span<const Argument> arguments, Class unexplained);

}  // namespace classify
