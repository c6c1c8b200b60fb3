// Which counters a new policy starts at zero although the old one counted the same thing: those whose window or scope
// was changed. (Maxima, places in the file and other rules start nothing anew.)
#pragma once
#include <string>
#include <vector>

#include "policy/evaluate.h"

namespace policy {

// A sentence each, in the new file's order.
std::vector<std::string> counter_changes(const Snapshot& before, const Snapshot& after);

}  // namespace policy
