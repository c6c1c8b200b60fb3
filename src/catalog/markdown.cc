// See the header.
#include "catalog/markdown.h"

#include <algorithm>

#include "catalog/words.h"

namespace catalog {
namespace {

using classify::Class;

constexpr std::size_t description_shown = 160;

void add_tool(std::string& out, const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  out += "| " + (tool.name.empty() ? "(no name)" : markdown_text(tool.name, 128)) + " | ";
  out.append(classify::text(a.severity)).append(" | ").append(std::to_string(a.confidence)).append(" % | ");
  std::string risks;
  for (const classify::Flag& flag : a.flags)
    risks.append(risks.empty() ? "" : "; ").append(markdown_text(classify::text(flag), 200));
  for (const std::string& conflict : a.conflicts)
    risks.append(risks.empty() ? "" : "; ").append("contradiction: ").append(markdown_text(conflict, 200));
  out += risks + " | ";
  if (!a.evidence.empty()) {
    const classify::Evidence& e = a.evidence.front();
    out += markdown_text(e.where + " \"" + e.words + "\": " + e.reason, 200);
  }
  out += " | " + markdown_text(tool.description.empty() ? tool.title : tool.description, description_shown) + " |\n";
}

void add_class(std::string& out, const Report& report, Class c) {
  if (report.counts.of(c) == 0) return;
  out.append("\n## ")
      .append(classify::text(c))
      .append(" (")
      .append(std::to_string(report.counts.of(c)))
      .append(")\n\n");
  out.append("By default: ").append(default_rule(c)).append(".\n\n");
  out += "| tool | severity | confidence | risks | why | what it says |\n|---|---|---|---|---|---|\n";
  for (const Tool& tool : report.tools)
    if (tool.assessment.of == c) add_tool(out, tool);
}

void add_items(std::string& out, const Report& report) {
  const auto flagged = std::ranges::count_if(report.items, [](const Item& i) { return !i.signs.empty(); });
  if (flagged == 0) return;
  out += "\n## Signs of poisoning outside of tools\n\n| what | name | signs |\n|---|---|---|\n";
  for (const Item& item : report.items) {
    if (item.signs.empty()) continue;
    std::string signs;
    for (const classify::Flag& f : item.signs)
      signs.append(signs.empty() ? "" : "; ").append(markdown_text(classify::text(f), 200));
    out.append("| ").append(text(item.kind)).append(" | ").append(markdown_text(item.name, 128));
    out.append(" | ").append(signs).append(" |\n");
  }
}

}  // namespace

std::string to_markdown(const Report& report) {
  const Source& s = report.server;
  std::string out = "# " + markdown_text(server_name(s), 200) + "\n\n";
  const std::size_t changing =
      report.counts.of(Class::write) + report.counts.of(Class::destructive) + report.counts.of(Class::financial);
  out += "**" + counted(report.tools.size(), "tool") + ". " + std::to_string(changing) +
         " can modify or destroy data, " + std::to_string(report.counts.of(Class::execute)) +
         " can run something. The worst severity is " + std::string(classify::text(report.worst())) + ".**\n\n";
  const auto fact = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out.append("- ").append(name).append(": ").append(markdown_text(value, 300)).append("\n");
  };
  fact("From", s.origin);
  fact("Protocol", s.protocol + (s.transport.empty() ? "" : (s.protocol.empty() ? "" : ", ") + s.transport));
  fact("Date", s.date);
  for (const std::string& note : s.notes) fact("Note", note);
  out += "\n| class | tools | by default |\n|---|---|---|\n";
  for (auto c = classes.rbegin(); c != classes.rend(); ++c) {
    out.append("| ").append(classify::text(*c)).append(" | ").append(std::to_string(report.counts.of(*c)));
    out.append(" | ").append(default_rule(*c)).append(" |\n");
  }
  for (auto c = classes.rbegin(); c != classes.rend(); ++c) add_class(out, report, *c);
  add_items(out, report);
  return out;
}

}  // namespace catalog
