// Ids are made as lowering makes them (lower.cc); the lines of a rule are told by their indentation.
#include "policy/rule_text.h"

#include <algorithm>
#include <vector>

namespace policy {
namespace {

constexpr std::size_t most_lines = 20;

std::optional<Position> find_in(const std::vector<Entry>& entries, const std::string& prefix, std::string_view section,
                                std::string_view id) {
  for (const Entry& entry : entries) {
    for (const Rule& rule : entry.rules) {
      if (id == rule_id(prefix, section, entry, rule)) return rule.position;
    }
  }
  return std::nullopt;
}

std::optional<Position> find_in(const Ruleset& rules, const std::string& prefix, std::string_view id) {
  const std::pair<std::string_view, const std::vector<Entry>*> sections[] = {{"tools", &rules.tools},
                                                                             {"resources", &rules.resources},
                                                                             {"prompts", &rules.prompts},
                                                                             {"methods", &rules.methods}};
  for (const auto& [word, entries] : sections) {
    if (const auto found = find_in(*entries, prefix, word, id)) return found;
  }
  return std::nullopt;
}

std::vector<std::string_view> lines_from(std::string_view text, std::uint32_t first) {
  std::vector<std::string_view> lines;
  for (std::uint32_t number = 1; !text.empty() && lines.size() <= most_lines; ++number) {
    const std::size_t end = text.find('\n');
    if (number >= first) lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::optional<Position> find_rule(const Policy& policy, std::string_view id) {
  for (const ServerRules& server : policy.servers) {
    if (const auto found = find_in(server.rules, "servers/" + server.name + '/', id)) return found;
  }
  return find_in(policy.rules, "", id);
}

std::string rule_text(std::string_view file_text, const Position& at) {
  if (at.line == 0) return {};
  const std::vector<std::string_view> lines = lines_from(file_text, at.line);
  if (lines.empty()) return {};
  const std::size_t column = at.column == 0 ? 0 : at.column - 1;
  // The first line may begin before the rule ("- "): that is what the others are indented from.
  const std::size_t indent = std::min(lines[0].find_first_not_of(" \t"), lines[0].size());
  std::string out;
  for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i) {
    const std::size_t text = std::min(lines[i].find_first_not_of(" \t\r"), lines[i].size());
    if (i > 0 && (text == lines[i].size() || text < column)) break;  // blank, or indented less: it is over
    out.append(lines[i].substr(std::min(indent, text))).append("\n");
  }
  if (lines.size() > most_lines) out += "…\n";
  return out;
}

}  // namespace policy
