// A rule's `validate` against the arguments of a call: required_args, schema, args. What cannot be decided does not
// pass.
#pragma once
#include <optional>
#include <string>

#include "json/document.h"
#include "policy/model.h"
#include "schema/schema.h"
#include "tools/definition.h"

namespace policy {

struct Unmet {
  std::string message;    // for the agent: each failing path and why. Printable and bounded
  std::string condition;  // for the record: "validate schema: /properties/a/minimum"
};

// Nothing if the arguments pass; allocates nothing then, once `scratch` is warm and the tool's schema compiled. `tool`
// may be null only if the rule does not read it (Validate::reads_tool). `arguments` is present.
std::optional<Unmet> check_arguments(const Validate& validate, const tools::Definition* tool, json::Value arguments,
                                     schema::Scratch& scratch);

}  // namespace policy
