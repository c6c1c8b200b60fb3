// The table, and help written from it.
#include "cli/command_table.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "cli/audit_commands.h"
#include "cli/catalog_commands.h"
#include "cli/completion.h"
#include "cli/diff.h"
#include "cli/explain.h"
#include "cli/fmt.h"
#include "cli/limits_commands.h"
#include "cli/lock.h"
#include "cli/man.h"
#include "cli/pause_commands.h"
#include "cli/policies_commands.h"
#include "cli/run.h"
#include "cli/scan.h"
#include "cli/schema.h"
#include "cli/status.h"
#include "cli/suggest.h"
#include "cli/test_command.h"
#include "cli/validate.h"
#include "cli/why.h"

namespace cli {
namespace {

constexpr std::string_view introduction =
    "Intercept stands between an AI agent and an MCP server and decides on every message by a policy.\n";

constexpr std::size_t width = 120;

// Text in lines of `width`, each after `indent` spaces but the first.
void wrap(std::string& out, std::string_view text, std::size_t column, std::size_t indent) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (column > indent && column + 1 + word.size() > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

// "  -c, --config FILE": all flags of a command stand in one column.
std::string head_of(const FlagInfo& flag) {
  const std::size_t comma = flag.names.find(',');
  std::string out = "  ";
  if (comma == std::string_view::npos) {
    out.append(4, ' ').append(flag.names);
  } else {
    out.append(flag.names.substr(0, comma)).append(", ").append(flag.names.substr(comma + 1));
  }
  if (!flag.value.empty()) out.append(" ").append(flag.value);
  return out;
}

void append_flags(std::string& out, std::span<const FlagInfo> flags) {
  std::size_t longest = 0;
  for (const FlagInfo& f : flags) {
    if (f.shown) longest = std::max(longest, head_of(f).size());
  }
  std::string_view group;
  for (const FlagInfo& f : flags) {
    if (!f.shown) continue;
    if (f.group != group) out.append("\n").append(group = f.group).append(":\n");
    const std::string head = head_of(f);
    out.append(head).append(longest + 2 - head.size(), ' ');
    wrap(out, f.help, longest + 2, longest + 2);
  }
}

void append_usage(std::string& out, std::string_view usage) {
  out += "\nUsage:\n";
  while (!usage.empty()) {
    const std::size_t end = usage.find('\n');
    out.append("  intercept ").append(usage.substr(0, end)).append("\n");
    usage.remove_prefix(end == std::string_view::npos ? usage.size() : end + 1);
  }
}

std::string help_of(const CommandInfo& command) {
  std::string out;
  wrap(out, command.summary, 0, 0);
  if (!command.about.empty()) out.append("\n").append(command.about);
  append_usage(out, command.usage);
  append_flags(out, command.flags);
  if (!command.after.empty()) out.append("\n").append(command.after);
  return out;
}

// The commands of a group ("audit", "limits").
std::string help_of_group(std::string_view group) {
  std::string out;
  for (const CommandInfo* c : commands()) {
    if (!c->name.starts_with(group) || c->name.size() <= group.size() || c->name[group.size()] != ' ') continue;
    if (out.empty()) out.append("Usage:\n");
    out.append("  intercept ").append(c->usage.substr(0, c->usage.find('\n'))).append("\n      ");
    wrap(out, c->summary, 6, 6);
  }
  if (!out.empty()) out.append("\nintercept ").append(group).append(" COMMAND --help says more.\n");
  return out;
}

std::string general_help() {
  const CommandInfo& run = run_info;
  std::string out(introduction);
  append_usage(out, run.usage);
  out += "\nCommands:\n";
  std::size_t longest = 0;
  for (const CommandInfo* c : commands()) longest = std::max(longest, c->name.size());
  for (const CommandInfo* c : commands()) {
    if (c == &run) continue;
    out.append("  ").append(c->name).append(longest + 2 - c->name.size(), ' ');
    wrap(out, c->summary, longest + 4, longest + 4);
  }
  out += "intercept COMMAND --help says more of each; intercept --version which one this is.\n";
  append_flags(out, run.flags);
  return out.append("\n").append(run.after);
}

constexpr const CommandInfo* table[] = {
    &run_info,           &scan_info,         &catalog_build_info, &catalog_show_info, &policies_list_info,
    &policies_show_info, &policies_use_info, &validate_info,      &explain_info,      &test_info,
    &diff_info,          &lock_info,         &lock_diff_info,     &suggest_info,      &fmt_info,
    &schema_info,        &status_info,       &why_info,           &limits_show_info,  &limits_reset_info,
    &audit_tail_info,    &audit_show_info,   &audit_query_info,   &audit_export_info, &audit_verify_info,
    &audit_anchor_info,  &pause_info,        &resume_info,        &completion_info,   &man_info,
};

}  // namespace

std::span<const CommandInfo* const> commands() { return table; }

const CommandInfo* find_command(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, [](const CommandInfo* c) { return c->name; });
  return found == std::end(table) ? nullptr : *found;
}

const CommandInfo* match_command(std::span<const std::string> words, std::size_t& length) {
  for (length = std::min<std::size_t>(words.size(), 2); length > 0; --length) {
    const std::string name = length == 2 ? words[0] + ' ' + words[1] : words[0];
    if (const CommandInfo* found = find_command(name)) return found;
  }
  return nullptr;
}

std::string_view program_introduction() { return introduction; }

std::string help_text(std::string_view topic) {
  const CommandInfo* command = find_command(topic);
  if (command != nullptr && command != &run_info) return help_of(*command);
  if (std::string group = topic.empty() ? "" : help_of_group(topic); !group.empty()) return group;
  return general_help();
}

int usage_error(Terminal& terminal, const std::string& message) {
  terminal.err << "Error: " << message << '\n';
  return exit_usage;
}

int bad_use(Terminal& terminal, const std::string& message) {
  const bool names = !terminal.command.empty() && terminal.command != run_info.name;
  return usage_error(terminal, message + "\nRun 'intercept " + (names ? std::string(terminal.command) + ' ' : "") +
                                   "--help' for flags and examples.");
}

int failed(Terminal& terminal, const std::string& message) {
  terminal.err << "Error: " << message << '\n';
  return exit_failed;
}

const char* environment(const char* name) { return std::getenv(name); }

}  // namespace cli
