// The operators: what one value yields against a condition's constants. The tables of policy-language, section 4.
#pragma once
#include "policy/compiled.h"
#include "policy/truth.h"

namespace policy {

bool is_negative(Op op);  // neq, not_in: undecided on a missing path

// The operator of `condition` on one value.
Truth apply(const CompiledCondition& condition, const Operand& operand, Reading reading);

}  // namespace policy
