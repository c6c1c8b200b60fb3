// Values to try a condition with: at its bound, just below and above, of another type, missing, null, in an array;
// texts that begin, end or match as it asks, and almost. What a value gives is not decided here: it is only tried.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "policy/model.h"
#include "trial/made.h"

namespace trial {

// One change of a call.
struct Change {
  enum class Where : std::uint8_t { args, params, identity, session, client, time };
  Where where = Where::args;
  std::vector<json::Step> steps;  // args, params: below them
  std::optional<Made> value;      // args, params; nullopt: taken away
  std::string text;               // identity, session, client
  std::int64_t time = 0;          // nanoseconds since 1970
  std::string what;               // "args.amount = 50001"
};

// When calls are made that no condition asks another time of: a Monday, 12:00 UTC.
inline constexpr std::int64_t usual_time = 1'772'452'800'000'000'000;

// For a comparison. The first is likely to make it true, the second false; at most `most_changes`. Empty where nothing
// of a call can be changed for it (tool.*, server.name, state.*).
std::vector<Change> changes_for(const policy::Condition& comparison);
// For an amount that a limit reads.
std::vector<Change> changes_for(const policy::Limit& limit);
// For a property of a tool's schema; `required`: taking it away comes second.
std::vector<Change> changes_for(std::string_view property, json::Value schema, bool required);
// A value that such a schema probably admits.
Made example_of(json::Value schema, int depth = 0);
// Of the path alone: every type, missing.
void add_types(std::vector<Change>& out, const json::Path& path);

inline constexpr std::size_t most_changes = 48;

}  // namespace trial
