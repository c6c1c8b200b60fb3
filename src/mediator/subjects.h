// What a message names, for the policy: the same for messages that are ruled and for those that people ask about.
#pragma once
#include <vector>

#include "mcp/message.h"
#include "policy/evaluate.h"

namespace mediator {

// The row of the table if this side may send the method; otherwise no revision knows such a message.
const mcp::Method* known_from(const mcp::Method* method, mcp::Direction direction);

// Fills `out`. `known`: what known_from gave; `params`: the message's, or those that it stands for.
void collect_subjects(const mcp::Message& message, const mcp::Method* known, json::Value params,
                      std::vector<policy::Subject>& out);

}  // namespace mediator
