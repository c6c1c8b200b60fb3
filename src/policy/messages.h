// The texts that an agent reads when the policy gives none of its own (policy-language, section 9). Names that come
// from a message are made printable.
#pragma once
#include <string>
#include <string_view>

#include "limits/store.h"
#include "policy/evaluate.h"
#include "policy/model.h"

namespace policy {

struct CompiledRule;

std::string hidden_message(std::string_view tool);                                // Tool "X" is hidden by policy
std::string not_permitted_message(std::string_view word, std::string_view name);  // Tool "X" is not permitted by policy
std::string denied_message(const CompiledRule& rule);                             // its on_deny; or Denied by rule "R"
std::string unlisted_message(std::string_view tool);                              // server does not list tool "X"
// The definition of tool "X" is not the locked one: its description changed …
std::string changed_message(std::string_view tool, std::string_view what);
std::string unlocked_message(std::string_view tool);     // Tool "X" is not in the lock file …
std::string approval_message(std::string_view on_deny);  // this version has no approvals
// What a rule's validation refuses with: its on_deny, if it has one, before the list of what does not fit.
std::string explained(const std::string& on_deny, const std::string& why);
std::string look_alike_message(std::string_view key, std::string_view named);

// A limit's own text: "Rate limit of 10 per minute reached. Try again in 7 s." Seconds are rounded up, at least 1.
std::string reached_message(const Limit& limit, const limits::Refusal& refusal);
// The store could not say.
// Not a command that mends it: the agent has a shell.
std::string store_message(const limits::Refusal& refusal);

// The record's word for a reason; "" for none.
std::string_view reason_word(Reason reason);

}  // namespace policy
