// Lowers conditions: constants parsed, patterns compiled, paths numbered, counters found.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/compiled.h"
#include "policy/pattern.h"

namespace policy {

// What an entry's conditions share while they are lowered.
struct ConditionContext {
  std::vector<std::string> slots;  // texts of the paths that have a slot of the operand cache
  // The limit whose counter `state.<text>` reads, or null.
  std::function<const CompiledLimit*(std::string_view text)> counter;
  Patterns* patterns = nullptr;  // of the whole policy; never null
};

// Errors name the operator and what is wrong with its value. `condition` must outlive the result.
base::Result<CompiledCondition> lower_condition(const Condition& condition, ConditionContext& context);

// Conditions on tool.annotations occur in it.
bool reads_tool(const CompiledCondition& condition);

}  // namespace policy
