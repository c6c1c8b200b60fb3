// See the header.
#include "catalog/shipped.h"

#include <algorithm>

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

std::string shipped_policy(const Entry& entry) {
  const Report& report = entry.report;
  std::string out =
      "# A policy to begin with for " + one_line(entry.id, 100) + " (" + server_name(report.server) +
      "), a rule for every tool by its class.\n# " + headline(report.counts) +
      " The rules say what is safe to begin with, not what your agent\n# needs: take out what it does not "
      "use, and bound the arguments of what it does (docs/policy.md).\n# A server of another version may "
      "have other tools: intercept scan makes such a policy from the one that you run.\n";
  out += "default:\n  tools: deny  # what is not named below\n\ntools:";
  out += total(report.counts) == 0 ? " {}\n" : "\n";
  for (auto c = classes.rbegin(); c != classes.rend(); ++c) add_class(out, report, *c);
  return out;
}

}  // namespace catalog
