// Why a call was allowed or refused: the recorded decision, told to a person.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "audit/render.h"

namespace audit {

// What the caller found in the policy as it is now; all optional.
struct PolicyNow {
  std::string_view digest;     // of the policy file: whether it is still the one that decided
  std::string_view rule_text;  // the rule of Entry::rule as it stands in the file, any number of lines
  std::string_view where;      // "policy.yaml:12"
};

// Several lines with a line feed at the end: what was decided, when and for whom; by which rule, condition or limit,
// with which values; what came of it; what would have to change. `outcome` may be null; `start`, the start line of the
// decision's instance, too.
std::string explain(const Entry& decision, const Entry* outcome, const Entry* start, const PolicyNow* policy,
                    const Style& style);

}  // namespace audit
