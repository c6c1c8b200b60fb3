// Codes of warnings and notes about entries, rules and conditions: the file loads, and something is probably not meant.
#include "policy/codes_rows.h"

namespace policy {
namespace {

using code_rows::warning;
using yaml::Severity;

std::vector<Code> schema_codes() {
  return {
      {"format-unchecked", Severity::note, Silencing::always, "format in a schema checks nothing",
       "To a validator format is a comment, as the specification has it. What a text must look like is said with a "
       "pattern, or with a condition that parses it: url_host_in, path_within, cidr_in.",
       "tools:\n  t:\n    rules:\n      - validate: {args: {to: {type: string, format: email}}}\n",
       "tools:\n  t:\n    rules:\n      - validate: {args: {to: {type: string, pattern: '^[^@]+@example[.]com$'}}}\n",
       ""},
      warning(
          "unknown-schema-keyword", "a keyword that JSON Schema does not have",
          "What JSON Schema does not know checks nothing. Mostly it is a slip of the pen, or an argument's name that "
          "should stand under properties.",
          "tools:\n  t:\n    rules:\n      - validate: {args: {to: {type: string, maxLenght: 50}}}\n",
          "tools:\n  t:\n    rules:\n      - validate: {args: {to: {type: string, maxLength: 50}}}\n"),
  };
}

std::vector<Code> entry_codes() {
  return {
      warning(
          "deny-covers-entry", "a glob's denial also covers an entry that seems to permit",
          "Rules are obstacles, and every rule that applies must be passed. An entry of its own does not exempt a tool "
          "from the denial of a glob that matches its name.",
          "tools:\n  \"delete_*\": {rules: [{action: deny}]}\n  delete_draft: {}\n",
          "default: deny\ntools:\n  delete_draft: {}\n"),
      warning(
          "deny-everything", "\"*\" denies every tool",
          "The entry \"*\" applies to all tools, also to those that have entries. To refuse what no entry names, write "
          "default: deny.",
          "tools:\n  \"*\": {rules: [{action: deny}]}\n  list_files: {}\n",
          "default: deny\ntools:\n  list_files: {}\n"),
      warning(
          "glob-syntax", "a name that looks like a pattern of another kind",
          "In names only * is special. ?, [, ^, | and the rest stand for themselves, so that this entry is about tools "
          "that are spelt just so, and most likely about none.",
          "tools:\n  \"delete_(file|dir)\": {rules: [{action: deny}]}\n",
          "tools:\n  delete_file: {rules: [{action: deny}]}\n  delete_dir: {rules: [{action: deny}]}\n"),
      warning(
          "hidden-rules", "rules of a tool that is hidden",
          "hide refuses every call of the tool before its rules are looked at. Rules that seem to bound it do nothing.",
          "hide: [t]\ntools:\n  t: {rules: [{rate_limit: 5/hour}]}\n",
          "tools:\n  t: {rules: [{rate_limit: 5/hour}]}\n"),
      warning(
          "lock-only-warns", "a lock that refuses nothing",
          "With on_change: warn and without on_new: deny every call passes, whatever the server makes of its tools. "
          "That is for the first days with a lock; a changed definition then only stands in the record.",
          "default: deny\ntools: {t: {rules: [{rate_limit: 5/hour}]}}\n"
          "lock: {file: intercept.lock, on_change: warn, on_new: warn}\n",
          "default: deny\ntools: {t: {rules: [{rate_limit: 5/hour}]}}\nlock: intercept.lock\n"),
      warning("nothing-permitted", "no tool is permitted",
              "Under default: deny a tool is permitted by an entry that names it, exactly or as a glob. The bare \"*\" "
              "only "
              "adds obstacles.",
              "default: deny\ntools:\n  \"*\": {rules: [{rate_limit: 5/hour}]}\n",
              "default: deny\ntools:\n  \"*\": {rules: [{rate_limit: 5/hour}]}\n  list_files: {}\n"),
      warning(
          "server-glob", "a server's name with a star",
          "Names under servers are compared exactly with --server-name. Rules for every server stand at the top level.",
          "servers:\n  \"git*\": {tools: {push: {}}}\n", "servers:\n  github: {tools: {push: {}}}\n"),
      {"shadow", Severity::note, Silencing::always, "the file only records",
       "mode: shadow records what would have been refused and refuses nothing. Rules with mode: enforce do refuse.",
       "mode: shadow\n", "mode: enforce\n", ""},
      warning(
          "unknown-method", "a method with a slip of the pen",
          "No published revision of MCP knows this method, and one has almost that name. The rule would never apply.",
          "methods:\n  tool/call: {rules: [{action: deny}]}\n", "methods:\n  tools/call: {rules: [{action: deny}]}\n"),
      {"unused-silence", Severity::warning, Silencing::never, "a silence that silences nothing",
       "lint: names a finding that is not made here, or not any more. Left standing, it would hide the next one of "
       "its kind, which nobody has looked at.",
       "tools:\n  t:\n    lint: {deny-everything: on purpose}\n    rules: [{rate_limit: 5/hour}]\n",
       "tools:\n  t:\n    rules: [{rate_limit: 5/hour}]\n", ""},
  };
}

std::vector<Code> rule_codes() {
  return {
      warning(
          "approvals-not-configured", "a rule that asks a person refuses",
          "This version has no approvals: a call that the rule applies to is refused, and the refusal says why. The "
          "rest of the policy is in force.",
          "tools:\n  t: {rules: [{action: require_approval}]}\n", "tools:\n  t: {rules: [{action: deny}]}\n"),
      warning(
          "conflicting-rules", "two rules that no call can both pass",
          "Every rule of an entry must be passed. These two ask for values that exclude each other, so that every call "
          "is refused. Alternatives are written with any: inside one rule.",
          "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: eq, value: x}\n"
          "      - require: {path: args.a, op: eq, value: z}\n",
          "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: in, value: [x, z]}\n"),
      warning("duplicate-name", "two rules of one name",
              "Decisions and the log name a rule by its name. The second one of a name is called by its place instead.",
              "tools:\n  t: {rules: [{name: a, rate_limit: 5/hour}, {name: a, rate_limit: 9/day}]}\n",
              "tools:\n  t: {rules: [{name: a, rate_limit: 5/hour}, {name: b, rate_limit: 9/day}]}\n"),
      warning(
          "rule-does-nothing", "a rule that asks nothing",
          "The rule has no conditions, no limit and no action but allow, or says when it applies and then asks "
          "nothing. "
          "A rule cannot permit what others refuse: to admit certain calls only, write the conditions under require.",
          "tools:\n  t: {rules: [{when: {path: args.a, op: eq, value: x}}]}\n",
          "tools:\n  t: {rules: [{require: {path: args.a, op: eq, value: x}}]}\n"),
      warning(
          "shadowed-rule", "a rule that never refuses anything itself",
          "Another rule of the entry stands before this one and refuses everything that this one would. Its text is "
          "never seen, and changing it changes nothing: a person who tightens it is surprised.",
          "tools:\n  t:\n    rules:\n      - {action: deny, when: {path: args.amount, op: gt, value: 100}}\n"
          "      - {action: deny, when: {path: args.amount, op: gt, value: 500}, on_deny: Far too much.}\n",
          "tools:\n  t:\n    rules:\n      - {action: deny, when: {path: args.amount, op: gt, value: 500}, on_deny: "
          "Far too much.}\n      - {action: deny, when: {path: args.amount, op: gt, value: 100}}\n"),
      warning("unreachable-rule", "rules behind one that denies everything",
              "A deny rule without when refuses every call, and the first denial is the one that counts.",
              "tools:\n  t: {rules: [{action: deny}, {rate_limit: 5/hour}]}\n",
              "tools:\n  t: {rules: [{action: deny}]}\n"),
      warning("unused-key", "a key without effect",
              "The key has a meaning with another action only, such as approval_timeout without require_approval.",
              "tools:\n  t: {rules: [{rate_limit: 5/hour, approval_timeout: 1h}]}\n",
              "tools:\n  t: {rules: [{rate_limit: 5/hour}]}\n"),
  };
}

std::vector<Code> condition_codes() {
  return {
      warning(
          "client-name", "an allow rests on what the client says of itself",
          "client.name is sent by the client, and anything can call itself that. identity.name is what the operator "
          "set with --identity.",
          "tools:\n  t: {rules: [{require: {path: client.name, op: eq, value: editor}}]}\n",
          "tools:\n  t: {rules: [{require: {path: identity.name, op: eq, value: editor}}]}\n"),
      warning("implied-condition", "a condition that another one implies",
              "Conditions of a list must all hold. One of them says less than another about the same argument, or the "
              "same: "
              "it decides nothing. Perhaps another argument was meant, or alternatives (any:).",
              "tools:\n  t:\n    rules:\n      - require:\n          - {path: args.a, op: lte, value: 50}\n"
              "          - {path: args.a, op: lte, value: 100}\n",
              "tools:\n  t:\n    rules:\n      - require:\n          - {path: args.a, op: lte, value: 50}\n"
              "          - {path: args.b, op: lte, value: 100}\n"),
      {"missing-is-undecided", Severity::warning, Silencing::depends, "a negative on an argument that may be missing",
       "Where a path is missing, neq, not_in and not are undecided, and undecided restricts: a requirement refuses the "
       "call, a denial applies to it. If that is meant, say so with {op: exists, value: true}, or let validate: "
       "{required_args: true} guarantee the argument.\n\n"
       "With --tools nothing is said of arguments that the tool's schema requires.",
       "tools:\n  t:\n    rules:\n      - require: {path: args.mode, op: neq, value: raw}\n",
       "tools:\n  t:\n    rules:\n      - require:\n          - {path: args.mode, op: exists, value: true}\n"
       "          - {path: args.mode, op: neq, value: raw}\n",
       ""},
      warning("never-applies", "conditions that nothing meets",
              "Conditions in a list must all hold, and no value meets these together: the rule never applies. "
              "Alternatives are written under any:.",
              "tools:\n  t:\n    rules:\n      - action: deny\n        when:\n"
              "          - {path: args.a, op: eq, value: x}\n          - {path: args.a, op: eq, value: z}\n",
              "tools:\n  t:\n    rules:\n      - action: deny\n        when: {path: args.a, op: in, value: [x, z]}\n"),
      warning("never-passes", "a rule or limit that nothing passes",
              "No value meets these conditions together, or no call fits into this limit: every call is refused. If "
              "that is "
              "meant, action: deny says it plainly.",
              "tools:\n  t:\n    rules:\n      - require:\n          - {path: args.a, op: gt, value: 5}\n"
              "          - {path: args.a, op: lt, value: 5}\n",
              "tools:\n  t:\n    rules:\n      - require:\n          - {path: args.a, op: gt, value: 5}\n"
              "          - {path: args.a, op: lt, value: 50}\n"),
  };
}

}  // namespace

std::vector<Code> lint_codes() {
  std::vector<Code> all = entry_codes();
  for (auto part : {rule_codes, condition_codes, schema_codes})
    for (const Code& code : part()) all.push_back(code);
  return all;
}

}  // namespace policy
