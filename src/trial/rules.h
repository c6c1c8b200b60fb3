// The rules of a policy by the ids that decisions give them, for reports.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "policy/model.h"

namespace trial {

// Calls `f` with each rule and its id, in the file's order.
void each_rule(const policy::Policy& policy, const std::function<void(const std::string& id, const policy::Rule&)>& f);

// A rule that can refuse something; others only count.
bool can_refuse(const policy::Rule& rule);

// What a message has where the rule's conditions look: "args.amount is 60000", "args.reason is missing". Only what
// stands in the message; at most ten.
std::vector<std::string> values_of(const policy::Rule& rule, json::Value message);

}  // namespace trial
