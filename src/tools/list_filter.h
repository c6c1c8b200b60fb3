// Takes hidden tools out of a tools/list result. Every other field survives, known or not, in its order.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace tools {

struct Filtered {
  std::size_t removed = 0;
  std::size_t kept = 0;
};

// Appends `message` (an answer whose result has "tools") to `out`, without the tools whose name `hidden` gives true for
// (a tool that has no readable name is removed: nobody could rule it; "tools" that is no array becomes an empty one),
// and, if `make_private`, with result.cacheScope "private" where the result carries a cacheScope (a list that a policy
// filters is no longer public). No line feed.
Filtered filter_list(std::string& out, json::Value message, const std::function<bool(std::string_view)>& hidden,
                     bool make_private);

}  // namespace tools
