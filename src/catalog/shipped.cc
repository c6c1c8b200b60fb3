// See the header.
#include "catalog/shipped.h"

#include <algorithm>
#include <array>

#include "catalog/html.h"
#include "catalog/scaffold.h"
#include "catalog/shipped_table.h"
#include "catalog/site_text.h"
#include "catalog/words.h"

namespace catalog {
namespace {

// Up to the next `c`, which is taken away, too.
std::string_view take(std::string_view& text, char c) {
  const std::size_t end = std::min(text.find(c), text.size());
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

Tool read_tool(std::string_view line) {
  Tool tool;
  std::string_view name = take(line, '\t');
  const std::string_view marks = take(name, ' ');
  classify::Assessment& a = tool.assessment;
  a.of = static_cast<classify::Class>(std::string_view("RWXDF").find(marks[0]));
  a.severity = classify::severity_of(a.of);
  if (marks.contains('+')) a.severity = static_cast<classify::Severity>(static_cast<int>(a.severity) + 1);
  tool.declared_destructive = marks.contains('!');
  tool.name = name;
  for (std::string_view required = take(line, '\t'); !required.empty();) {
    const std::string_view one = take(required, ' ');
    tool.required.emplace_back(one);
    tool.parameters.push_back({.name = std::string(one), .type = "any", .description = {}, .required = true});
  }
  while (!line.empty()) {
    const std::string_view flag = take(line, ' ');
    a.flags.push_back({static_cast<classify::Risk>(flag[0] - 'a'), std::string(flag.substr(1))});
  }
  return tool;
}

void add_class(std::string& out, const Report& report, classify::Class c) {
  const std::size_t count = report.counts.of(c);
  if (count == 0) return;
  out.append("\n  # ").append(classify::text(c)).append(": ").append(counted(count, "tool", "tools"));
  out.append(", ").append(default_rule(c)).append("\n");
  for (const Tool& tool : report.tools) {
    if (tool.assessment.of != c || !is_writable(tool.name)) continue;
    std::string text = snippet(tool).substr(std::string_view("tools:\n").size());
    std::string flags;
    for (const classify::Flag& flag : tool.assessment.flags)
      flags.append(flags.empty() ? "  # " : "; ").append(one_line(classify::text(flag), 100));
    text.insert(text.find('\n'), flags);
    out += text;
  }
}

}  // namespace

std::vector<Entry> shipped() {
  std::vector<Entry> out;
  for (std::string_view rest = shipped_table(); !rest.empty();) {
    std::string_view line = take(rest, '\n');
    if (line.starts_with('!')) {
      line.remove_prefix(1);
      Entry& entry = out.emplace_back();
      entry.id = take(line, '\t');
      entry.report.server.name = take(line, '\t');
      entry.report.server.version = line;
    } else if (!line.empty()) {
      Report& report = out.back().report;
      const Tool& tool = report.tools.emplace_back(read_tool(line));
      ++report.counts.of_class[static_cast<std::size_t>(tool.assessment.of)];
      ++report.counts.of_severity[static_cast<std::size_t>(tool.assessment.severity)];
    }
  }
  return out;
}

std::string shipped_description(const Entry& entry) {
  struct Words {
    classify::Class of;
    std::string_view one, several, ruled;
  };
  using enum classify::Class;
  constexpr std::array<Words, classes.size()> words{{{read, "reads", "read", "allowed"},
                                                     {write, "writes", "write", "limited"},
                                                     {execute, "starts something", "start something", "limited"},
                                                     {destructive, "destroys", "destroy", "refused"},
                                                     {financial, "moves money", "move money", "a person approves"}}};
  const Counts& counts = entry.report.counts;
  std::string out = server_name(entry.report.server) + ", " + counted(total(counts), "tool", "tools");
  char separator = ':';
  for (const Words& w : words) {
    const std::size_t n = counts.of(w.of);
    if (n == 0) continue;
    out.append(1, separator).append(" ").append(grouped(n)).append(" ").append(n == 1 ? w.one : w.several);
    out.append(" (").append(w.ruled).append(")");
    separator = ',';
  }
  return out;
}

std::string show_policies(const std::vector<Entry>& entries) {
  std::size_t longest = 0;
  for (const Entry& e : entries) longest = std::max(longest, one_line(e.id, 100).size());
  constexpr std::size_t widest_severity = 8;
  std::string out;
  for (const Entry& e : entries) {
    const auto add = [&out](std::string text, std::size_t to) {
      text.resize(std::max(text.size(), to), ' ');
      out.append(text).append("  ");
    };
    add(one_line(e.id, 100), longest);
    add(std::string(classify::text(e.report.worst())), widest_severity);
    out.append(shipped_description(e)).append("\n");
  }
  return out;
}

std::string shipped_policy(const Entry& entry) {
  const Report& report = entry.report;
  std::string out =
      "# " + one_line(entry.id, 100) + ": " + shipped_description(entry) +
      "\n#\n# A policy to begin with, a rule for every tool by its class. " + headline(report.counts) +
      "\n# The rules say what is safe to begin with, not what your agent needs: take out what it does not "
      "use, and bound\n# the arguments of what it does (docs/policy.md).\n# A server of another version may "
      "have other tools: intercept scan makes such a policy from the one that you run.\n";
  out += "default:\n  tools: deny  # what is not named below\n\ntools:";
  out += total(report.counts) == 0 ? " {}\n" : "\n";
  for (auto c = classes.rbegin(); c != classes.rend(); ++c) add_class(out, report, *c);
  return out;
}

}  // namespace catalog
