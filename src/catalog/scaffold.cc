// The lines of a scaffold. The rules stand in one table; everything else is comments and keys.
#include "catalog/scaffold.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "catalog/words.h"
#include "policy/load.h"
#include "yaml/quoted.h"

namespace catalog {
namespace {

using classify::Class;

constexpr std::size_t width = 108, description_shown = 400, parameter_shown = 120, parameters_shown = 40;
constexpr std::size_t evidence_shown = 4;
constexpr std::size_t longest_key = 1000;  // YAML looks for a key's colon no further than 1024 characters

// What stands below a tool's key, by dialect and class. Read, Write, Execute, Destructive, Financial.
constexpr std::string_view rules[3][5] = {
    {
        "rules:\n  - action: allow\n",
        "rules:\n  - action: allow\n    rate_limit:\n      max: 30\n      window: 60\n",
        ("rules:\n  - action: allow\n    rate_limit:\n      max: 10\n      window: 60\n    validate:\n"
         "      required_args: true\n"),
        "rules:\n  - action: deny\n    reason: \"Blocked by default — enable with approval\"\n",
        "rules:\n  - action: require_approval\n    reason: \"It moves money — a person has to approve it\"\n",
    },
    {
        "rules: []\n",
        "rules:\n  - name: \"calls a minute\"\n    rate_limit: 30/minute\n",
        ("rules:\n  - name: \"required arguments\"\n    validate: {required_args: true}\n"
         "  - name: \"calls a minute\"\n    rate_limit: 10/minute\n"),
        ("rules:\n  - name: \"blocked\"\n    action: \"deny\"\n"
         "    on_deny: \"Blocked by default — enable with approval\"\n"),
        ("rules:\n  - name: \"approval\"\n    action: \"require_approval\"\n"
         "    on_deny: \"It moves money — a person has to approve it\"\n    approval_timeout: \"30m\"\n"),
    },
    {
        "limits: []\n",
        "limits:\n  - {counter: \"calls\", window: \"minute\", max: 30, scope: \"grant\"}\n",
        ("rules:\n  - validate: {required_args: true}\n"
         "limits:\n  - {counter: \"calls\", window: \"minute\", max: 10, scope: \"grant\"}\n"),
        "deny_if:\n  - on_deny: \"Blocked by default — enable with approval\"\n",
        "rules:\n  - action: \"require_approval\"\n    on_deny: \"It moves money — a person has to approve it\"\n",
    },
};

// Lines that end in a line feed, each after `spaces`.
void add_indented(std::string& out, std::string_view lines, std::size_t spaces) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n') + 1;
    out.append(spaces, ' ').append(lines.substr(0, end));
    lines.remove_prefix(end);
  }
}

void comment(std::string& out, std::size_t spaces, std::string_view text) {
  out.append(spaces, ' ').append(text.empty() ? "#" : "# ").append(text).append("\n");
}

// A text of the server's, wrapped; the lines after the first stand two columns further in.
void comment_wrapped(std::string& out, std::string_view prefix, std::string_view text, std::size_t max) {
  bool first = true;
  for (const std::string& line : wrapped(std::string(prefix) + std::string(text), max + prefix.size(), width)) {
    comment(out, 2, (first ? "" : "  ") + line);
    first = false;
  }
}

// Words that YAML reads as something else than text.
bool is_plain_key(std::string_view name) {
  constexpr std::array reserved{"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || name.size() > 100 || !letter(name[0])) return false;
  if (std::ranges::any_of(reserved, [&](std::string_view word) { return base::equal_folded(word, name); }))
    return false;
  return std::ranges::all_of(
      name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/'; });
}

std::string key_of(std::string_view name) { return is_plain_key(name) ? std::string(name) : yaml::glob_key(name); }

// In place of a limit a session, where its name or its server says that a tool destroys and nothing else does: a new
// session begins such a limit anew (docs/policy.md, destructive-session-limit).
constexpr std::string_view lasting_write = "rules:\n  - action: allow\n    rate_limit: 30/minute\n";
constexpr std::string_view lasting_execute =
    "rules:\n  - action: allow\n    rate_limit: 10/minute\n    validate:\n      required_args: true\n";

// Lint would say that a limit a session does not bound the tool.
bool wants_lasting_limit(const Tool& tool, std::string_view rule) {
  if (tool.declared_destructive) return true;
  std::string text = "tools:\n  " + key_of(tool.name) + ":\n";
  add_indented(text, rule, 4);
  return std::ranges::any_of(policy::load("scaffold", text).problems,
                             [](const policy::Problem& p) { return p.code == "destructive-session-limit"; });
}

std::string_view rule_of(Dialect dialect, const Tool& tool) {
  const Class c = tool.assessment.of;
  const std::string_view rule = rules[static_cast<std::size_t>(dialect)][static_cast<std::size_t>(c)];
  if (dialect != Dialect::catalogue || (c != Class::write && c != Class::execute)) return rule;
  if (!wants_lasting_limit(tool, rule)) return rule;
  return c == Class::write ? lasting_write : lasting_execute;
}

void add_rule(std::string& out, const Tool& tool, Dialect dialect) {
  out.append("  ").append(key_of(tool.name)).append(":\n");
  add_indented(out, rule_of(dialect, tool), 4);
}

std::string flags_of(const std::vector<classify::Flag>& flags) {
  std::string out;
  for (const classify::Flag& flag : flags) out.append(out.empty() ? "" : "; ").append(classify::text(flag));
  return out;
}

std::string evidence_of(const classify::Assessment& a) {
  std::string out;
  std::size_t count = 0;
  for (const classify::Evidence& e : a.evidence) {
    if (++count > evidence_shown) break;
    out.append(out.empty() ? "" : "; ").append(e.where).append(" \"").append(e.words).append("\": ").append(e.reason);
  }
  return out;
}

void add_parameters(std::string& out, const Tool& tool) {
  std::size_t count = 0;
  for (const Parameter& p : tool.parameters) {
    if (++count > parameters_shown) {
      comment(out, 2, "  and " + std::to_string(tool.parameters.size() - parameters_shown) + " more");
      return;
    }
    std::string line = one_line(p.name, 100) + " (" + one_line(p.type, 100) + (p.required ? ", required)" : ")");
    if (!p.description.empty()) line += ": " + one_line(p.description, parameter_shown);
    comment(out, 2, "  " + line);
  }
}

void add_uses(std::string& out, const classify::Assessment& a) {
  std::map<std::string, std::string> of;  // argument -> "list: Read, remove: Destructive"
  for (const classify::Use& use : a.uses) {
    std::string& text = of[use.argument];
    text.append(text.empty() ? "" : ", ").append(use.value).append(": ").append(classify::text(use.of));
  }
  for (const auto& [argument, text] : of) comment_wrapped(out, "By " + one_line(argument, 100) + ": ", text, 600);
}

void add_facts(std::string& out, const Tool& tool) {
  const classify::Assessment& a = tool.assessment;
  std::string line(classify::text(a.of));
  line.append(", ").append(classify::text(a.severity)).append(", ").append(std::to_string(a.confidence)).append(" %");
  if (const std::string evidence = evidence_of(a); !evidence.empty()) line += ". " + evidence;
  comment_wrapped(out, "", line, 600);
  if (!a.flags.empty()) comment_wrapped(out, "Risks: ", flags_of(a.flags), 600);
  for (const tools::Sign& sign : tool.poison)
    comment_wrapped(out, "Look at it: ", sign.reason + ": " + sign.words, 300);
  for (const std::string& conflict : a.conflicts) comment_wrapped(out, "Contradiction: ", conflict, 300);
  add_uses(out, a);
}

void add_tool(std::string& out, const Tool& tool, std::size_t times, Dialect dialect) {
  out += '\n';
  if (!is_writable(tool.name)) {
    comment(out, 2,
            tool.name.empty() ? "A tool without a name: no rule can name it, and its calls are refused."
                              : "A name that no rule can hold, so its calls are refused: " + one_line(tool.name, 100));
    return;
  }
  const std::string& said = tool.description.empty() ? tool.title : tool.description;
  comment_wrapped(out, "", said.empty() ? "(no description)" : std::string_view(said), description_shown);
  add_parameters(out, tool);
  add_facts(out, tool);
  if (times > 1) comment(out, 2, "Listed " + std::to_string(times) + " times; this is the worst of them.");
  add_rule(out, tool, dialect);
}

void add_header(std::string& out, const Report& report, Dialect dialect) {
  const Source& s = report.server;
  comment(out, 0,
          "A policy to begin with for " + server_name(s) + ", made by intercept scan" +
              (s.date.empty() ? "" : " on " + one_line(s.date, 40)) + ".");
  if (!s.origin.empty()) comment(out, 0, "From: " + one_line(s.origin, 300));
  comment(out, 0,
          counted(report.tools.size(), "tool") + ": " + class_counts(report.counts) + ". The worst is " +
              std::string(classify::text(report.worst())) + ".");
  comment(out, 0, "");
  comment(out, 0, "It is in force as it stands: intercept -c THIS-FILE -- COMMAND. Change what does not fit.");
  for (const Class c : classes) {
    std::string name(classify::text(c));
    name.resize(12, ' ');
    comment(out, 0, "  " + name + std::string(default_rule(c)));
  }
  comment(out, 0, "Texts of the server stand in comments and are cut; what is invisible in them is written \\u{...}.");
  for (const Item& item : report.items) {
    if (item.signs.empty()) continue;
    const std::string name = item.name.empty() ? std::string() : " \"" + one_line(item.name, 100) + '"';
    comment(out, 0, "Look at the " + std::string(text(item.kind)) + name + ": " + one_line(flags_of(item.signs), 300));
  }
  for (const std::string& note : s.notes) comment(out, 0, "Note: " + one_line(note, 300));
  out += '\n';
  if (dialect != Dialect::catalogue) {
    out += "version: \"1\"\n";
    out += "description: " + yaml::quoted_text("Policy for " + server_name(s)) + '\n';
  }
  out += "default:\n  tools: deny  # what is not named below\n\n";
}

}  // namespace

std::optional<Dialect> find_dialect(std::string_view word) {
  if (word == "catalogue") return Dialect::catalogue;
  if (word == "classic") return Dialect::classic;
  if (word == "hosted") return Dialect::hosted;
  return std::nullopt;
}

bool is_writable(std::string_view tool_name) {
  return !tool_name.empty() && base::first_invalid_utf8(tool_name) == std::string_view::npos &&
         yaml::glob_key(tool_name).size() <= longest_key;
}

std::string snippet(const Tool& tool, Dialect dialect) {
  std::string out = "tools:\n";
  add_rule(out, tool, dialect);
  return out;
}

std::string scaffold(const Report& report, Dialect dialect) {
  // A name that is there several times has one entry: the worst.
  struct Entry {
    const Tool* tool;
    std::size_t times = 1;
  };
  std::vector<Entry> entries;
  std::map<std::string_view, std::size_t> places;
  for (const Tool& tool : report.tools) {
    const auto [place, fresh] = places.emplace(tool.name, entries.size());
    if (fresh) {
      entries.push_back({&tool});
      continue;
    }
    Entry& entry = entries[place->second];
    ++entry.times;
    if (entry.tool->assessment.of < tool.assessment.of) entry.tool = &tool;
  }
  std::string out;
  add_header(out, report, dialect);
  const bool any = std::ranges::any_of(entries, [](const Entry& e) { return is_writable(e.tool->name); });
  out += any ? "tools:\n" : "tools: {}\n";
  for (auto c = classes.rbegin(); c != classes.rend(); ++c) {
    const auto is_of = [&](const Entry& e) { return e.tool->assessment.of == *c; };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(entries, is_of));
    if (count == 0) continue;
    out += '\n';
    comment(out, 2,
            "---- " + std::string(classify::text(*c)) + ": " + counted(count, "tool") + ", " +
                std::string(default_rule(*c)) + " ----");
    for (const Entry& e : entries)
      if (is_of(e)) add_tool(out, *e.tool, e.times, dialect);
  }
  return out;
}

}  // namespace catalog
