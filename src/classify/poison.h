// The signs of tool poisoning as flags: the one place where this room asks for them.
#pragma once
#include <vector>

#include "classify/classify.h"

namespace classify {

struct Poison {
  // For hidden characters, instructions to the model and mentions of other tools. Appended to those of flags_of().
  std::vector<Flag> flags;
  bool raises = false;  // the severity: not so what only mentions another tool (docs/classification.md says why)
};
Poison poison_of(json::Value tool, const Context& context);

}  // namespace classify
