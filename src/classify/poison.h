// The signs of tool poisoning as flags: the one place where this room asks for them.
#pragma once
#include <vector>

#include "classify/classify.h"

namespace classify {

// Flags for hidden characters, instructions to the model and mentions of other tools. Appended to those of flags_of().
std::vector<Flag> poison_flags(json::Value tool, const Context& context);

}  // namespace classify
