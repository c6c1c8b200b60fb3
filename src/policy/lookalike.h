// Keys that look like one that matters without being it: "Amount" or "amoun\u017F" beside a rule on args.amount, or in
// place of it. Some servers read both as the same, so a message that holds such a key has more than one meaning.
// Looked for at every level that a rule's path names, and in the top level of the arguments for what the tool's schema
// names. A key that no rule or schema comes near is free: "Path" and "path" may stand together in a free map.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "policy/compiled.h"

namespace policy {

// Adds a path's keys. `steps` are those after the root.
void add_named_keys(NamedKeys& into, const std::vector<json::Step>& steps, std::size_t first = 0);

struct LookAlike {
  std::string_view key;    // in the message
  std::string_view named;  // what it looks like
};

std::optional<LookAlike> find_look_alike(const NamedKeys& named, json::Value object);
// Top-level arguments against the properties and required names of the tool's schema.
std::optional<LookAlike> find_look_alike(const tools::Definition& tool, json::Value arguments);

}  // namespace policy
