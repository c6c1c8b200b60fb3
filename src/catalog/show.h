// The catalogue in a terminal: the servers, one server, or one tool of it, as text.
#pragma once
#include <span>
#include <string>

#include "catalog/site.h"

namespace catalog {

// A line a server: tools, counts per class, the worst severity.
std::string show_servers(std::span<const Entry> entries);
// Headline, counts, and a line a tool, the worst first.
std::string show_server(const Entry& entry);
// What a tool's page says, and its policy.
std::string show_tool(const Entry& entry, const Tool& tool);

}  // namespace catalog
