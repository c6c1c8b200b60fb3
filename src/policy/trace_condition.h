// Conditions with what they saw. Internal to the room.
#pragma once
#include "policy/condition.h"
#include "policy/trace.h"

namespace policy {

// Evaluates the condition as the decision does, and everything inside it, also what the decision would not look at.
TracedCondition trace_condition(const Condition& source, const CompiledCondition& compiled, Reader& reader,
                                Reading reading);
// A list, which is ANDed: what stands behind the first false one is marked as not needed.
std::vector<TracedCondition> trace_all(const std::vector<Condition>& sources,
                                       const std::vector<CompiledCondition>& compiled, Reader& reader, Reading reading);

}  // namespace policy
