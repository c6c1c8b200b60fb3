// What makes a tool riskier than its class says: flags with the argument that shows each (flags.inc).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/arguments.h"
#include "classify/classify.h"

namespace classify {

// What the flags look at. `words`: of the name; `text`: title and description.
struct Definition {
  std::span<const std::string> words;
  std::string_view text;
  std::span<const Argument> arguments;
  Class of = Class::execute;
};

// In the order of Risk; each risk at most once, with the argument that shows it best. Without the signs of poisoning.
std::vector<Flag> flags_of(const Definition& tool);

}  // namespace classify
