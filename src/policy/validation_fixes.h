// Arguments that fit a schema, for suggestions: guesses that somebody has to try. Internal to the room.
#pragma once
#include <vector>

#include "policy/trial_call.h"

namespace policy {

// Ways to mend arguments that a rule's `validate` refuses: all failures together, and if there is but one, each way of
// it, nearest first, at most four. Empty: none could be guessed for one of them, or nothing can be checked.
std::vector<Fix> validation_fixes(const std::vector<CheckedPart>& checked, const Facts& facts);

}  // namespace policy
