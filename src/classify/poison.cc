// The signs of tool poisoning (tools/signs.h) as flags. A definition has more signs than flags; those that have none
// (long texts, embedded data, look-alike names) are reported by who shows signs themselves.
#include "classify/poison.h"

#include <algorithm>
#include <optional>

#include "tools/signs.h"

namespace classify {
namespace {

constexpr std::ptrdiff_t max_mentions = 8;

std::vector<tools::Sign> look_for(json::Value tool, const Context& context) {
  return context.signs != nullptr ? tools::signs_of(tool, *context.signs) : tools::signs_of(tool, context.tool_names);
}

}  // namespace

std::optional<Risk> risk_of(tools::Sign::Kind kind) {
  switch (kind) {
    case tools::Sign::Kind::hidden_characters:
    case tools::Sign::Kind::terminal_escape:
    case tools::Sign::Kind::mixed_scripts:
      return Risk::hidden_characters;
    case tools::Sign::Kind::model_instructions:
      return Risk::model_instructions;
    case tools::Sign::Kind::mentions_tool:
      return Risk::mentions_tool;
    default:
      return std::nullopt;
  }
}

Poison poison_of(json::Value tool, const Context& context) {
  const std::vector<tools::Sign> own = context.found == nullptr ? look_for(tool, context) : std::vector<tools::Sign>();
  const std::vector<tools::Sign>& signs = context.found == nullptr ? own : *context.found;
  Poison poison;
  std::vector<Flag>& out = poison.flags;
  for (const Risk risk : {Risk::hidden_characters, Risk::model_instructions, Risk::mentions_tool}) {
    for (const tools::Sign& sign : signs) {
      if (risk_of(sign.kind) != risk) continue;
      const std::string other = risk == Risk::mentions_tool ? sign.words : "";
      const auto same = std::count_if(out.begin(), out.end(), [&](const Flag& flag) {
        return flag.risk == risk && (risk != Risk::mentions_tool || flag.argument == other);
      });
      const auto mentions =
          std::count_if(out.begin(), out.end(), [](const Flag& f) { return f.risk == Risk::mentions_tool; });
      if (same == 0 && mentions < max_mentions) out.push_back({risk, other});
    }
  }
  const auto steers =
      std::ranges::any_of(signs, [](const tools::Sign& sign) { return sign.kind == tools::Sign::Kind::steers_tools; });
  const auto is_mention = [](const Flag& flag) { return flag.risk == Risk::mentions_tool; };
  if (steers && std::ranges::none_of(out, is_mention)) out.push_back({Risk::mentions_tool, ""});
  poison.raises = steers || !std::ranges::all_of(out, is_mention);
  return poison;
}

}  // namespace classify
