// The JSON Schema of the policy file, for editors: policy.schema.json, as it stands there.
#pragma once
#include <string_view>

namespace policy {

// JSON Schema 2020-12. What it refuses load() refuses too; load() finds more (docs/editing.md lists what).
std::string_view policy_schema();

}  // namespace policy
