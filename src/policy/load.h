// From a file's text to a Policy, with every problem of the file at once.
// A file that has an error never becomes a policy; warnings do not stop it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"
#include "tools/registry.h"

namespace policy {

using yaml::Problem;
using yaml::Severity;

// A warning or note that the policy silences with a reason (`lint:`).
struct Silenced {
  Problem problem;
  std::string reason;
};

struct LoadOptions {
  // What the server says its tools are, as a complete list; lint then also compares the policy with it. Null: unknown.
  // Must outlive the call.
  tools::Registry* tools = nullptr;
  std::string server_name = {};  // whose block of `servers` belongs to `tools`
  bool lint = true;              // look for what is probably not meant; errors are found without
  bool compat = false;           // fill Loaded::compat
};

struct Loaded {
  std::optional<Policy> policy;    // absent if any problem is an error
  std::vector<Problem> problems;   // sorted by position: errors and lint's warnings
  std::vector<Silenced> silenced;  // sorted by position: what would be among `problems`
  std::vector<Problem> compat;     // rules that are decided more strictly than where they came from (--compat)
};

// Reads YAML (or JSON, which is read strictly) of any family, or a mixture; validates, lints. Pure: `file` is only a
// name. Budgets: 8 MiB of text, 64 levels, 1,000,000 nodes, aliases expanding to at most 100,000 nodes.
Loaded load(std::string_view file, std::string_view text, const LoadOptions& options = {});

}  // namespace policy
