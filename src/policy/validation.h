// A rule's `validate` against the arguments of a call: required_args, schema, args. What cannot be decided does not
// pass.
#pragma once
#include <optional>
#include <string>
#include <vector>

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

// One part of a rule's `validate` and what it says of the arguments: required_args, schema, or one path of args.
struct CheckedPart {
  struct Miss {
    std::string path;         // "args.items[0].price", with the keys as they are
    std::string schema_path;  // as schema::Failure has it; "" of required_args and of a path's own demands
    std::string why;          // printable
  };
  std::string part;                        // "required_args", "schema", "args.items[all].price"
  std::string condition;                   // what the record would say if it decided; "" if the part passes
  std::string undecided;                   // why it cannot be checked, printable; "" if it can
  std::vector<Miss> misses;                // at most as many as a refusal lists
  const WrittenSchema* written = nullptr;  // the policy's schema that it is held against; null: the server's

  bool passes() const { return condition.empty(); }
};

// The same checks one by one, none left out because of another: for explanations. The rule passes if all do, and the
// first that does not names the record's condition. What it returns lives no longer than `validate`.
std::vector<CheckedPart> check_each(const Validate& validate, const tools::Definition* tool, json::Value arguments,
                                    schema::Scratch& scratch);

}  // namespace policy
