// What the parts of reading a test file share. Every reader reports what is wrong itself and then gives nothing.
// Internal to the room.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trial/test_file.h"
#include "yaml/tree.h"

namespace trial {

using yaml::Node;
using yaml::NodeMember;
using yaml::Problems;
using yaml::quoted;
using Keys = std::span<const std::string_view>;

struct Reading {
  Problems& problems;
  TestFile file;
};

// --- read_fields.cc --------------------------------------------------------------------------------------------------

// Reports `node` unless it is a map, and its keys that are not in `known`. `what` names the map: "a step".
bool check_map(Reading& r, const Node& node, std::string_view what, Keys known);
void wrong_type(Reading& r, const Node& node, std::string_view what, std::string_view needs, std::string hint = "");
std::optional<std::string> read_text(Reading& r, const Node& node, std::string_view what);
std::optional<bool> read_bool(Reading& r, const Node& node, std::string_view what);
// A whole number from 1 to `most`.
std::optional<std::uint32_t> read_count(Reading& r, const Node& node, std::string_view what, std::uint32_t most);
// "90s", "1h30m"; at most ten years.
std::optional<base::Duration> read_duration(Reading& r, const Node& node, std::string_view what);
// 2026-11-25T12:00:00Z, or a date; before the year 2200.
std::optional<base::WallTime> read_time(Reading& r, const Node& node, std::string_view what);
// One of the words.
std::optional<std::string> read_word(Reading& r, const Node& node, std::string_view what, Keys words);
// The value as JSON. Text in it that is a bare word of two readings is an error.
std::optional<std::string> read_value(Reading& r, const Node& node, std::string_view what);
// JSON text if the node is text (for what YAML cannot spell), else the value as JSON.
std::optional<std::string> read_json(Reading& r, const Node& node, std::string_view what);
// Text over several lines is the policy itself, a line is the path of its file. Index in TestFile::policies.
std::optional<std::size_t> read_policy(Reading& r, const Node& node, std::string_view what);

// Moments beyond this one are refused, so that no sum of times overflows.
inline constexpr base::WallTime last_moment{std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)};

// --- read_step.cc ----------------------------------------------------------------------------------------------------

// A list of steps; reports one that asserts nothing. `what`: "the file", "this case".
std::vector<Step> read_steps(Reading& r, const Node& node, Position at, std::string_view what);

}  // namespace trial
