// A report as JSON (docs/scan.md). Members that say nothing are left out, but those that a reader counts on: of a tool
// name, class, severity, confidence, flags, evidence, required.
#include "catalog/report.h"
#include "json/writer.h"

namespace catalog {
namespace {

void add_unless_empty(json::Composer& c, std::string_view key, const std::string& text) {
  if (!text.empty()) c.member(key, text);
}

void add_server(json::Composer& c, const Report& report) {
  const Source& s = report.server;
  c.open().member("name", s.name);
  add_unless_empty(c, "title", s.title);
  add_unless_empty(c, "version", s.version);
  add_unless_empty(c, "protocolVersion", s.protocol);
  add_unless_empty(c, "transport", s.transport);
  add_unless_empty(c, "origin", s.origin);
  add_unless_empty(c, "date", s.date);
  c.close();
}

void add_strings(json::Composer& c, std::string_view key, const std::vector<std::string>& texts) {
  c.key(key).open_array();
  for (const std::string& t : texts) c.string(t);
  c.close_array();
}

void add_flags(json::Composer& c, std::string_view key, const std::vector<classify::Flag>& flags) {
  c.key(key).open_array();
  for (const classify::Flag& flag : flags) {
    c.open().member("flag", classify::text(flag.risk));
    if (!flag.argument.empty()) c.member("argument", flag.argument);
    c.close();
  }
  c.close_array();
}

void add_signs(json::Composer& c, const std::vector<tools::Sign>& signs) {
  c.key("signs").open_array();
  for (const tools::Sign& sign : signs) {
    c.open().member("sign", tools::text(sign.kind));
    add_unless_empty(c, "where", sign.where);
    c.member("words", sign.words).member("reason", sign.reason).close();
  }
  c.close_array();
}

void add_parameters(json::Composer& c, const Tool& tool) {
  c.key("parameters").open_array();
  for (const Parameter& p : tool.parameters) {
    c.open().member("name", p.name).member("type", p.type).member("required", p.required);
    add_unless_empty(c, "description", p.description);
    c.close();
  }
  c.close_array();
}

void add_tool(json::Composer& c, const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  c.open().member("name", tool.name);
  add_unless_empty(c, "title", tool.title);
  c.member("class", classify::text(a.of)).member("severity", classify::text(a.severity));
  c.member("confidence", a.confidence);
  add_flags(c, "flags", a.flags);
  c.key("evidence").open_array();
  for (const classify::Evidence& e : a.evidence) {
    c.open().member("where", e.where).member("words", e.words).member("class", classify::text(e.towards));
    c.member("reason", e.reason).close();
  }
  c.close_array();
  if (!a.conflicts.empty()) add_strings(c, "conflicts", a.conflicts);
  if (!a.uses.empty()) {
    c.key("uses").open_array();
    for (const classify::Use& use : a.uses) {
      c.open().member("argument", use.argument).member("value", use.value);
      c.member("class", classify::text(use.of)).close();
    }
    c.close_array();
  }
  if (!tool.poison.empty()) add_signs(c, tool.poison);
  add_strings(c, "required", tool.required);
  add_unless_empty(c, "digest", tool.digest);
  add_unless_empty(c, "description", tool.description);
  add_parameters(c, tool);
  c.close();
}

void add_counts(json::Composer& c, const Report& report) {
  c.open().member("tools", report.tools.size());
  c.key("classes").open();
  for (const classify::Class one : classes) c.member(classify::text(one), report.counts.of(one));
  c.close().key("severities").open();
  for (const classify::Severity one : severities) c.member(classify::text(one), report.counts.of(one));
  c.close().member("worst", classify::text(report.worst())).close();
}

void add_item(json::Composer& c, const Item& item) {
  c.open().member("kind", text(item.kind));
  add_unless_empty(c, "name", item.name);
  add_unless_empty(c, "title", item.title);
  add_unless_empty(c, "description", item.description);
  add_signs(c, item.poison);
  c.close();
}

// A list with an entry a line.
template <class List, class Add>
void add_lines(std::string& out, const List& list, Add add) {
  out += '[';
  bool first = true;
  for (const auto& entry : list) {
    out += first ? "\n  " : ",\n  ";
    first = false;
    std::string line;
    json::Composer c(line);
    add(c, entry);
    out += line;
  }
  out += first ? "]" : "\n]";
}

void add_report(std::string& out, const Report& report) {
  std::string server, counts, notes;
  json::Composer s(server), c(counts), n(notes);
  add_server(s, report);
  add_counts(c, report);
  out.append("{\n\"server\": ").append(server).append(",\n\"tools\": ");
  add_lines(out, report.tools, add_tool);
  out.append(",\n\"counts\": ").append(counts).append(",\n\"items\": ");
  add_lines(out, report.items, add_item);
  out += ",\n\"notes\": ";
  add_lines(out, report.server.notes, [](json::Composer& line, const std::string& note) { line.string(note); });
  out += "\n}";
}

}  // namespace

std::string to_json(const Report& report) {
  std::string out;
  add_report(out, report);
  return out + '\n';
}

std::string to_json(const std::vector<Report>& reports) {
  std::string out = "{\"servers\": [";
  bool first = true;
  for (const Report& report : reports) {
    out += first ? "\n" : ",\n";
    first = false;
    add_report(out, report);
  }
  return out + "\n]}\n";
}

}  // namespace catalog
