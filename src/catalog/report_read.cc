// See the header.
#include "catalog/report_read.h"

#include <optional>

#include "base/strings.h"

namespace catalog {
namespace {

std::string text_of(json::Value object, std::string_view key) { return std::string(object.find(key).string()); }

// The value of an enumeration whose word a member holds. Its values are 0, 1, …, `last`.
template <class E>
std::optional<E> word_of(json::Value object, std::string_view key, E last) {
  const std::string_view word = object.find(key).string();
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (classify::text(static_cast<E>(i)) == word) return static_cast<E>(i);
  return std::nullopt;
}

std::optional<classify::Class> class_of(json::Value object) {
  return word_of(object, "class", classify::Class::financial);
}

// The word that could not be read is named by its member: "" if all could.
std::string read_assessment(json::Value value, classify::Assessment& out) {
  const auto of = class_of(value);
  if (!of) return "class";
  const auto severity = word_of(value, "severity", classify::Severity::critical);
  if (!severity) return "severity";
  out.of = *of;
  out.severity = *severity;
  const std::string_view confidence = value.find("confidence").number();
  if (confidence.size() <= 3)
    for (const char c : confidence)
      if (c >= '0' && c <= '9') out.confidence = out.confidence * 10 + (c - '0');
  for (const json::Value flag : value.find("flags").elements()) {
    const auto risk = word_of(flag, "flag", classify::Risk::mentions_tool);
    if (!risk) return "flags";
    out.flags.push_back({*risk, text_of(flag, "argument")});
  }
  for (const json::Value e : value.find("evidence").elements()) {
    const auto towards = class_of(e);
    if (!towards) return "evidence";
    out.evidence.push_back({text_of(e, "where"), text_of(e, "words"), *towards, text_of(e, "reason")});
  }
  for (const json::Value conflict : value.find("conflicts").elements()) out.conflicts.emplace_back(conflict.string());
  for (const json::Value use : value.find("uses").elements()) {
    const auto one = class_of(use);
    if (!one) return "uses";
    out.uses.push_back({text_of(use, "argument"), text_of(use, "value"), *one});
  }
  return {};
}

void read_parameters(json::Value value, Tool& out) {
  for (const json::Value name : value.find("required").elements()) out.required.emplace_back(name.string());
  for (const json::Value p : value.find("parameters").elements()) {
    out.parameters.push_back({.name = text_of(p, "name"),
                              .type = text_of(p, "type"),
                              .description = text_of(p, "description"),
                              .required = p.find("required").boolean()});
  }
}

}  // namespace

bool is_report(json::Value value) { return value.find("tools").is_array() && value.find("counts").is_object(); }

base::Result<Report> read_report(json::Value value) {
  Report report;
  const json::Value server = value.find("server");
  report.server.name = text_of(server, "name");
  report.server.title = text_of(server, "title");
  report.server.version = text_of(server, "version");
  report.server.protocol = text_of(server, "protocolVersion");
  report.server.transport = text_of(server, "transport");
  report.server.origin = text_of(server, "origin");
  report.server.date = text_of(server, "date");
  for (const json::Value note : value.find("notes").elements()) report.server.notes.emplace_back(note.string());
  for (const json::Value entry : value.find("tools").elements()) {
    Tool& tool = report.tools.emplace_back();
    if (!entry.find("name").is_string())
      return base::fail("tool " + std::to_string(report.tools.size()) + " of the report is no map with a \"name\"");
    tool.name = text_of(entry, "name");
    if (const std::string wrong = read_assessment(entry, tool.assessment); !wrong.empty()) {
      return base::fail("the tool \"" + base::printable(tool.name) + "\" of the report has no \"" + wrong +
                        "\" that can be read; make the report again with intercept scan --format json");
    }
    tool.title = text_of(entry, "title");
    tool.description = text_of(entry, "description");
    tool.digest = text_of(entry, "digest");
    read_parameters(entry, tool);
    for (const classify::Evidence& e : tool.assessment.evidence)
      if (e.where == "annotations" && e.words == "destructiveHint: true") tool.declared_destructive = true;
    ++report.counts.of_class[static_cast<std::size_t>(tool.assessment.of)];
    ++report.counts.of_severity[static_cast<std::size_t>(tool.assessment.severity)];
  }
  return report;
}

bool is_reports(json::Value value) { return value.find("servers").is_array() && !value.find("tools"); }

base::Result<std::vector<Report>> read_reports(json::Value value) {
  std::vector<Report> out;
  for (const json::Value one : value.find("servers").elements()) {
    const std::string which = "server " + std::to_string(out.size() + 1) + " of the reports";
    if (!is_report(one)) return base::fail(which + " is no report with \"tools\" and \"counts\"");
    auto report = read_report(one);
    if (!report) return base::fail(which + ": " + report.error().message);
    out.push_back(std::move(*report));
  }
  return out;
}

}  // namespace catalog
