// See the header. Texts of servers are made printable (base::printable): a terminal obeys control characters.
#include "catalog/show.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "base/unicode.h"
#include "catalog/html.h"
#include "catalog/scaffold.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t widest_name = 48;

// Text in lines, each after `indent` spaces.
void wrap(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (column > 0 && indent + column + 1 + word.size() > width) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

// `text` and spaces up to `column` code points.
std::string padded(std::string text, std::size_t column) {
  const std::size_t length = base::code_points(text);
  if (length < column) text.append(column - length, ' ');
  return text;
}

std::string flags_of(const Tool& tool) {
  std::string out;
  for (const classify::Flag& flag : tool.assessment.flags)
    out.append(out.empty() ? "" : ", ").append(base::printable(classify::text(flag), 80));
  return out;
}

std::string counts_of(const Counts& counts) {
  std::string out;
  for (std::size_t i = classes.size(); i-- > 0;) {
    if (counts.of(classes[i]) == 0) continue;
    out.append(out.empty() ? "" : ", ").append(grouped(counts.of(classes[i]))).append(" ");
    out += classify::text(classes[i]);
  }
  return out;
}

void add_fact(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append("  ").append(padded(std::string(name), 14));
  std::string lines;
  wrap(lines, value, 16);
  out += std::string_view(lines).substr(16);
}

std::string names_of(const Tool& tool, bool required) {
  std::string out;
  for (const Parameter& p : tool.parameters)
    if (p.required == required) out.append(out.empty() ? "" : ", ").append(base::printable(p.name, 80));
  return out;
}

}  // namespace

std::string show_servers(std::span<const Entry> entries) {
  std::size_t longest = 0;
  for (const Entry& e : entries) longest = std::max(longest, base::code_points(shown_name(e.id, widest_name)));
  std::string out;
  for (const Entry& e : entries) {
    const Counts& counts = e.report.counts;
    out.append(padded(shown_name(e.id, widest_name), longest + 2))
        .append(padded(std::string(classify::text(e.report.worst())), 10));
    out.append(padded(counted(total(counts), "tool", "tools"), 11)).append(counts_of(counts)).append("\n");
  }
  return out;
}

std::string show_server(const Entry& entry) {
  const Report& report = entry.report;
  std::string out = shown_name(entry.id, 200);
  if (!report.server.name.empty()) out.append(" (").append(shown_name(report.server.name, 100));
  if (!report.server.name.empty() && !report.server.version.empty())
    out.append(" ").append(shown_name(report.server.version, 60));
  out.append(report.server.name.empty() ? "\n" : ")\n").append(headline(report.counts)).append("\n");
  out.append(counts_of(report.counts)).append("\n\n");
  std::vector<const Tool*> tools;
  std::size_t longest = 0;
  for (const Tool& tool : report.tools) {
    tools.push_back(&tool);
    longest = std::max(longest, base::code_points(shown_name(tool.name, widest_name)));
  }
  std::ranges::sort(tools, {}, [](const Tool* t) {
    return std::tuple(-static_cast<int>(t->assessment.severity), -static_cast<int>(t->assessment.of),
                      std::string_view(t->name));
  });
  for (const Tool* tool : tools) {
    out += padded(std::string(classify::text(tool->assessment.severity)), 10);
    out += padded(std::string(classify::text(tool->assessment.of)), 13);
    const std::string flags = flags_of(*tool);
    const std::string name = shown_name(tool->name, widest_name);
    out.append(flags.empty() ? name : padded(name, longest + 2)).append(flags).append("\n");
  }
  return out;
}

std::string show_tool(const Entry& entry, const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  std::string out = shown_name(entry.id, 200) + '/' + shown_name(tool.name, 200) + '\n';
  add_fact(out, "says", first_sentence(tool.description, 400));
  add_fact(out, "class", std::string(classify::text(a.of)) + ": it " + std::string(meaning_of(a.of)));
  add_fact(out, "severity", std::string(classify::text(a.severity)));
  if (a.confidence > 0) add_fact(out, "because", why(a) + " (" + std::to_string(a.confidence) + " % sure)");
  add_fact(out, "flags", flags_of(tool));
  for (const std::string& conflict : a.conflicts) add_fact(out, "conflict", base::printable(conflict, 300));
  for (const classify::Use& use : a.uses)
    add_fact(out, "use",
             base::printable(use.argument, 60) + " = " + base::printable(use.value, 60) + ": " +
                 std::string(classify::text(use.of)));
  add_fact(out, "required", names_of(tool, true));
  add_fact(out, "optional", names_of(tool, false));
  out += "\nWhat can go wrong\n";
  for (const std::string_view text : what_can_go_wrong(a.of)) {
    std::string lines;
    wrap(lines, text, 4);
    out.append("  - ").append(std::string_view(lines).substr(4));
  }
  return out.append("\nPolicy\n").append(snippet(tool));
}

}  // namespace catalog
