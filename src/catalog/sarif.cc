// See the header. Rules stand in one table, in the order of their indices.
#include "catalog/sarif.h"

#include <array>

#include "catalog/words.h"
#include "json/writer.h"

namespace catalog {
namespace {

using classify::Class;
using classify::Risk;

struct Rule {
  std::string_view id, title, help;
  std::string_view level;     // SARIF's word
  std::string_view severity;  // 0 to 10, as code scanning reads it
};

constexpr std::array<Rule, 7> rules{{
    {"tool/write", "A tool that changes data", "Creates or changes something that can be changed back.", "note", "4.0"},
    {"tool/execute", "A tool that starts something",
     "Starts processes, jobs, builds or messages, or runs code. What comes of it is open.", "warning", "7.0"},
    {"tool/destructive", "A tool that destroys",
     "Deletes or destroys what cannot be brought back. Deny it, or require approval.", "error", "9.0"},
    {"tool/financial", "A tool that moves money",
     "Moves money or commits to it. Require approval, and limit what may be spent.", "error", "9.0"},
    {"poisoning/hidden-characters", "Hidden characters",
     "The text has characters that a person does not see and a model reads.", "error", "9.0"},
    {"poisoning/instructions", "Instructions to the model",
     "The text tells the model what to do, beyond what the tool is for.", "error", "9.0"},
    {"poisoning/other-tool", "Another tool is mentioned",
     "The text speaks of another tool, which can steer the model to or from it.", "warning", "6.0"},
}};

// The rule of a class; Read has none of its own, so a Read tool that was raised by a sign stands under the sign.
std::size_t rule_of(Class c) { return static_cast<std::size_t>(c) - 1; }

// rules.size(): none.
std::size_t rule_of(Risk risk) {
  switch (risk) {
    case Risk::hidden_characters:
      return 4;
    case Risk::model_instructions:
      return 5;
    case Risk::mentions_tool:
      return 6;
    default:
      return rules.size();
  }
}

// Letters, digits and "-._~" stay (RFC 3986).
std::string as_uri(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").contains(c);
    if (plain) {
      out += c;
    } else {
      out.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15U]);
    }
  }
  return out;
}

void add_rules(json::Composer& c) {
  c.key("rules").open_array();
  for (const Rule& rule : rules) {
    c.open().member("id", rule.id);
    c.key("shortDescription").open().member("text", rule.title).close();
    c.key("fullDescription").open().member("text", rule.help).close();
    c.key("help").open().member("text", rule.help).close();
    c.key("defaultConfiguration").open().member("level", rule.level).close();
    c.key("properties").open().member("security-severity", rule.severity);
    c.key("tags").open_array().string("security").string("mcp").close_array().close();
    c.close();
  }
  c.close_array();
}

struct Subject {
  const Report& report;
  std::string_view kind, name;
};

void begin_result(json::Composer& c, const Subject& s, std::size_t rule, const std::string& message) {
  const std::string server = s.report.server.name.empty() ? "server" : s.report.server.name;
  const std::string name = one_line(s.name, 200), place = one_line(server, 100) + '/' + name;
  c.open().member("ruleId", rules[rule].id).member("ruleIndex", rule).member("level", rules[rule].level);
  c.key("message").open().member("text", message).close();
  c.key("locations").open_array().open();
  c.key("physicalLocation").open().key("artifactLocation").open().member("uri", as_uri(server)).close();
  c.key("region").open().member("startLine", 1).close().close();
  c.key("logicalLocations").open_array().open().member("name", name).member("fullyQualifiedName", place);
  c.member("kind", s.kind).close().close_array();
  c.close().close_array();
  c.key("partialFingerprints").open();
  c.member("interceptScan/v1", place + '/' + std::string(rules[rule].id)).close();
}

std::string message_of(const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  std::string out = "The tool " + one_line(tool.name, 128) + " is " + std::string(classify::text(a.of)) + " (" +
                    std::string(classify::text(a.severity)) + ", " + std::to_string(a.confidence) + " %).";
  if (!a.evidence.empty()) {
    const classify::Evidence& e = a.evidence.front();
    out += ' ' + one_line(e.where + " \"" + e.words + "\": " + e.reason, 300) + '.';
  }
  std::string risks;
  for (const classify::Flag& f : a.flags) risks.append(risks.empty() ? "" : "; ").append(classify::text(f));
  if (!risks.empty()) out += " Risks: " + one_line(risks, 600) + '.';
  return out;
}

void add_tool(json::Composer& c, const Report& report, const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  const Subject subject{report, "function", tool.name};
  if (a.of != Class::read) {
    begin_result(c, subject, rule_of(a.of), message_of(tool));
    c.key("properties").open().member("class", classify::text(a.of)).member("severity", classify::text(a.severity));
    c.member("confidence", a.confidence).close().close();
  }
  for (const classify::Flag& flag : a.flags) {
    if (rule_of(flag.risk) == rules.size()) continue;
    begin_result(c, subject, rule_of(flag.risk),
                 "The tool " + one_line(tool.name, 128) + ": " + one_line(classify::text(flag), 300) + '.');
    c.close();
  }
}

void add_run(json::Composer& c, const Report& report, std::string_view version) {
  c.open().key("tool").open().key("driver").open().member("name", "Intercept").member("version", version);
  add_rules(c);
  c.close().close();
  c.key("properties").open().member("server", server_name(report.server));
  c.member("origin", one_line(report.server.origin, 300)).close();
  c.key("results").open_array();
  for (const Tool& tool : report.tools) add_tool(c, report, tool);
  for (const Item& item : report.items) {
    for (const classify::Flag& flag : item.signs) {
      if (rule_of(flag.risk) == rules.size()) continue;
      const std::string name = item.name.empty() ? std::string(text(item.kind)) : item.name;
      begin_result(c, {report, "resource", name}, rule_of(flag.risk),
                   "The " + std::string(text(item.kind)) + ' ' + one_line(item.name, 128) + ": " +
                       one_line(classify::text(flag), 300) + '.');
      c.close();
    }
  }
  c.close_array().close();
}

}  // namespace

std::string to_sarif(const std::vector<Report>& reports, std::string_view version) {
  std::string out;
  json::Composer c(out);
  c.open().member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  c.key("runs").open_array();
  for (const Report& report : reports) add_run(c, report, version);
  c.close_array().close();
  return out + '\n';
}

}  // namespace catalog
