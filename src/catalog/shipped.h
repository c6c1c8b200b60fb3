// The servers that the program knows without being shown a list: what is in shipped.tsv, a line a tool, made from real
// lists by scripts/policies. Enough for a policy and an overview: names, classes, flags, required arguments; no
// descriptions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "catalog/site.h"

namespace catalog {

// All of them, sorted by id. Of each tool the name, class, severity, flags and required arguments are set, and of a
// server its name and version. Takes a millisecond; any thread.
std::vector<Entry> shipped();

// A policy's description in one line, from the server's name and the counts: "files 0.2.0, 14 tools: 10 read (allowed),
// 1 writes (limited), 3 destroy (refused)". Texts of the server are escaped.
std::string shipped_description(const Entry& entry);

// All of them for a terminal, a line each: id, worst severity, description.
std::string show_policies(const std::vector<Entry>& entries);

// A policy for one of them: a rule for every tool by its class, with the flags as comments. What it does not name is
// refused. `entry` may come from anywhere; its texts are escaped.
std::string shipped_policy(const Entry& entry);

}  // namespace catalog
