// The signs of tool poisoning as flags: the one place where this room asks for them.
#include "classify/poison.h"

namespace classify {

std::vector<Flag> poison_flags(json::Value, const Context&) { return {}; }

}  // namespace classify
