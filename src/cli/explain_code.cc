// Printing a code. The message of the example is what loading says about it, so that the two cannot differ.
#include "cli/explain_code.h"

#include <ostream>

#include "base/strings.h"
#include "json/writer.h"
#include "policy/load.h"
#include "yaml/problems.h"

namespace cli {
namespace {

using policy::Code;

constexpr std::size_t width = 100;
constexpr const char* severities[] = {"error", "warning", "note"};

const char* severity_of(const Code& code) { return severities[static_cast<std::size_t>(code.severity)]; }

// Paragraphs in lines of `width`.
void wrap(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::size_t column = 0;
    while (!line.empty()) {
      const std::size_t space = line.find(' ');
      const std::string_view word = line.substr(0, space);
      line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
      if (column > 0 && column + 1 + word.size() > width) {
        out += '\n';
        column = 0;
      }
      if (column > 0) out += ' ', ++column;
      out += word;
      column += word.size();
    }
    out += '\n';
  }
}

void indent(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.append("    ").append(base::printable(text.substr(0, end), 400)).append("\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// What loading says of the example.
std::string message_of(const Code& code) {
  tools::Registry tools;
  json::Document document;
  if (!code.tools.empty() && document.read(code.tools, json::Profile::tolerant))
    tools.add_page("", document.root(), base::BootTime());
  const policy::Loaded loaded =
      policy::load("example", code.example, {.tools = code.tools.empty() ? nullptr : &tools, .compat = true});
  for (const auto* list : {&loaded.problems, &loaded.compat})
    for (const policy::Problem& p : *list)
      if (p.code == code.name)
        return (p.position.line > 0 ? "line " + std::to_string(p.position.line) + ": " : "") + p.message;
  return "";
}

std::string silencing_of(const Code& code) {
  if (code.silencing == policy::Silencing::never)
    return code.severity == yaml::Severity::error ? "" : "It cannot be silenced.";
  return "If it is meant, silence it with a reason, in the rule, the entry or at the top: lint: {" +
         std::string(code.name) + ": why it is right here}";
}

std::string code_json(const Code& code) {
  std::string out;
  json::Composer c(out);
  c.open();
  c.key("code").string(code.name);
  c.member("severity", severity_of(code));
  c.key("title").string(code.title);
  c.key("explanation").string(code.explanation);
  c.key("example").string(code.example);
  c.key("message").string(code.example.empty() ? "" : message_of(code));
  c.key("mended").string(code.mended);
  c.key("tools").string(code.tools);
  c.member("can_be_silenced", code.silencing != policy::Silencing::never);
  c.close();
  return out;
}

}  // namespace

bool is_code(std::string_view word) { return policy::find_code(word) != nullptr; }

std::string code_text(const Code& code) {
  std::string out(code.name);
  out.append(" (").append(severity_of(code)).append(code.compat ? " of --compat" : "").append("): ");
  out.append(code.title).append("\n\n");
  wrap(out, code.explanation);
  if (!code.example.empty()) {
    out += "\nExample:\n";
    indent(out, code.example);
    if (!code.tools.empty()) {
      out += "  beside the tools\n";
      indent(out, code.tools);
    }
    out.append("  ")
        .append(severity_of(code))
        .append(": ")
        .append(base::printable(message_of(code), 2'000))
        .append("\n");
    out += code.compat ? "\nWithout it:\n" : "\nMended:\n";
    indent(out, code.mended);
  }
  if (const std::string silencing = silencing_of(code); !silencing.empty()) {
    out += '\n';
    wrap(out, silencing);
  }
  return out;
}

int explain_code(std::string_view word, bool json, Terminal& terminal) {
  if (const Code* code = policy::find_code(word)) {
    terminal.out << (json ? code_json(*code) + "\n" : code_text(*code));
    return exit_ok;
  }
  const std::string near = policy::nearest_code(word);
  std::string message = "there is no code " + yaml::quoted(word);
  if (!near.empty()) message += "; did you mean " + near + "?";
  message += "\nCodes:\n";
  std::string list;
  for (const Code& code : policy::codes()) list.append(list.empty() ? "" : " ").append(code.name);
  wrap(message, list);
  message.pop_back();
  return usage_error(terminal, message);
}

}  // namespace cli
