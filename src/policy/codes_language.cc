// Codes of errors in the policy language: a file with one of them never becomes active.
#include "policy/codes_rows.h"

namespace policy {
namespace {

using code_rows::error;

std::vector<Code> value_codes() {
  return {
      error(
          "ambiguous-value", "a bare word that readers disagree about",
          "yes, no, on, off, 010, 0x10, 1_000, 12:30, .inf and dates are text to some readers of YAML and truth values "
          "or numbers to others; NO is a country and also \"false\". As a value to compare with, that decides what is "
          "refused. Quote it if it is text.",
          "tools:\n  t:\n    rules:\n      - require: {path: args.country, op: in, value: [DE, NO]}\n",
          "tools:\n  t:\n    rules:\n      - require: {path: args.country, op: in, value: [DE, \"NO\"]}\n"),
      error(
          "bad-duration", "not a length of time",
          "Lengths are whole seconds (90) or numbers with a unit: \"90s\", \"30m\", \"1h30m\", \"1d\". From one second "
          "to 366 days.",
          "tools:\n  t:\n    rules:\n      - idempotency_window: soon\n",
          "tools:\n  t:\n    rules:\n      - idempotency_window: 10m\n"),
      error(
          "bad-number", "a number out of range",
          "Maxima and increments are not negative and have at most nine fractional digits; counts are whole numbers of "
          "at least 1. A limit of 0 calls is a denial: write action: deny.",
          "tools:\n  t:\n    rules:\n      - rate_limit: {max: 0, window: 60}\n",
          "tools:\n  t:\n    rules:\n      - action: deny\n"),
      error("bad-path", "a path that leads nowhere",
            "A path begins with args, params, tool, server, identity, session, client, time or state, and has steps: "
            ".key, [\"any key\"], [0], [all], [any], [*]. Not every root exists everywhere: args is there in tools and "
            "prompts only.",
            "tools:\n  t:\n    rules:\n      - require: {path: amount, op: lte, value: 5}\n",
            "tools:\n  t:\n    rules:\n      - require: {path: args.amount, op: lte, value: 5}\n"),
      error("bad-rate", "not a rate",
            "A rate in one word is N/window: 5/hour. Windows are second, minute, hour, day, week and month, in the "
            "singular; other lengths are written {max: 5, window: 90}.",
            "tools:\n  t:\n    rules:\n      - rate_limit: 5/hours\n",
            "tools:\n  t:\n    rules:\n      - rate_limit: 5/hour\n"),
      error("bad-regex", "not a regular expression",
            "Patterns are RE2: time linear in the text, and therefore no look-around and no back-references. In YAML "
            "write patterns in single quotes, where a backslash is a backslash.",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: matches, value: '(?!x).*'}\n",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: matches, value: '[^x].*'}\n"),
      error(
          "bad-value", "a value that the key or operator cannot use",
          "The value has the right type and no meaning here: a word that is none of the choices, a host with a scheme "
          "before it, a relative directory. The message says what is expected.",
          "tools:\n  t:\n    rules:\n      - require: {path: args.url, op: url_host_in, value: "
          "\"https://example.com\"}\n",
          "tools:\n  t:\n    rules:\n      - require: {path: args.url, op: url_host_in, value: example.com}\n"),
      error("bad-version", "an unknown version", "The language has one version, \"1\". The key may be left out.",
            "version: \"2\"\n", "version: \"1\"\n"),
      error("empty-text", "text that is empty",
            "A name, a message, a reason or another text has nothing in it. Write something, or take the key out.",
            "tools:\n  t:\n    rules:\n      - {action: deny, on_deny: \"\"}\n",
            "tools:\n  t:\n    rules:\n      - {action: deny, on_deny: Not for agents.}\n"),
      error("missing-value", "nothing after the colon",
            "A condition compares with a value. null is one, and so is \"\"; nothing is not.",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: eq, value: }\n",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: eq, value: \"\"}\n"),
      error(
          "wrong-type", "a value of another type",
          "A list stands where a map belongs, text where a number belongs, or nothing where something does. Most often "
          "the indentation is wrong, or a number is in quotes.",
          "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: lte, value: \"5\"}\n",
          "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: lte, value: 5}\n"),
  };
}

std::vector<Code> shape_codes() {
  return {
      error(
          "cannot-silence", "a finding that cannot be silenced",
          "lint: silences warnings and notes that somebody looked at. Errors have to be mended, and who may write the "
          "file (untrusted-file) is not for the file to say.",
          "lint: {unknown-key: we like it}\n", "description: a policy\n"),
      error(
          "contradiction", "keys that exclude each other",
          "Two keys of one map contradict each other, or a key stands where it has no meaning: a limit on a deny rule, "
          "conditions beside when, direction outside methods. A guess might permit what was meant to be refused.",
          "tools:\n  t:\n    rules:\n      - {action: deny, rate_limit: 5/hour}\n",
          "tools:\n  t:\n    rules:\n      - rate_limit: 5/hour\n"),
      error(
          "duplicate-counter", "one counter, defined in two ways",
          "Two blocks of one entry give a counter of one name different windows, scopes or increments. State counters "
          "are read by name alone, so that one name is one counter.",
          "tools:\n  t:\n    rules:\n"
          "      - {state: {counter: n, window: day}, require: {path: state.t.n, op: lte, value: 5}}\n"
          "      - {state: {counter: n, window: hour}}\n",
          "tools:\n  t:\n    rules:\n"
          "      - {state: {counter: n, window: day}, require: {path: state.t.n, op: lte, value: 50}}\n"
          "      - {state: {counter: h, window: hour}, require: {path: state.t.h, op: lte, value: 5}}\n"),
      error("missing-key", "a key that must be there",
            "A condition needs path, op and value; a limit needs max and window; a counter needs its name.",
            "tools:\n  t:\n    rules:\n      - rate_limit: {max: 5}\n",
            "tools:\n  t:\n    rules:\n      - rate_limit: {max: 5, window: 60}\n"),
      error("no-conditions", "an empty list of conditions",
            "when, require, conditions, any and all need at least one condition. An empty list would hold always, or "
            "never, depending on who reads it.",
            "tools:\n  t:\n    rules:\n      - {require: [], rate_limit: 5/hour}\n",
            "tools:\n  t:\n    rules:\n      - {rate_limit: 5/hour}\n"),
      error("unknown-code", "no finding has this code",
            "lint: maps codes of findings to reasons. Codes stand in brackets at the end of each finding's first line.",
            "lint: {unanchored-regexp: the server anchors it}\n", "description: a policy\n"),
      error("unknown-counter", "a counter that no rule counts",
            "A condition reads state.<entry>.<counter>, and no rule of that entry has a state block with that counter. "
            "It "
            "would read zero for ever, and limit nothing.",
            "tools:\n  t:\n    rules:\n"
            "      - {state: {counter: spend, window: day}, require: {path: state.t.spent, op: lte, value: 5}}\n",
            "tools:\n  t:\n    rules:\n"
            "      - {state: {counter: spend, window: day}, require: {path: state.t.spend, op: lte, value: 5}}\n"),
      error(
          "unknown-key", "a key that means nothing here",
          "The key is misspelt or stands in the wrong map. A key that was silently passed over would be a rule that is "
          "not in force.",
          "defualt: deny\n", "default: deny\n"),
      error("unknown-operator", "no operator of this name",
            "Operators are eq neq lt lte gt gte between in not_in contains starts_with ends_with glob regex matches "
            "exists type length path_within url_host_in url_scheme_in cidr_in.",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: less, value: 5}\n",
            "tools:\n  t:\n    rules:\n      - require: {path: args.a, op: lt, value: 5}\n"),
      error("bad-schema", "what stands under validate is not a JSON Schema",
            "A keyword has a value that it cannot have, or a reference leads nowhere, or none of the keys is a keyword "
            "of "
            "JSON Schema: arguments stand under properties. Schemas are read as JSON Schema 2020-12 or draft-07.",
            "tools:\n  t:\n    rules:\n      - validate: {schema: {properties: {amount: {type: money}}}}\n",
            "tools:\n  t:\n    rules:\n      - validate: {schema: {properties: {amount: {type: number}}}}\n"),
      error(
          "unsupported-schema", "a JSON Schema by which nothing can be decided",
          "It refers to the network, or has a pattern that RE2 refuses (look-behind, back-references), or it is larger "
          "than any schema may be. Every call would be refused, so it does not load.",
          "tools:\n  t:\n    rules:\n      - validate: {args: {id: {pattern: '(?<=a)b'}}}\n",
          "tools:\n  t:\n    rules:\n      - validate: {args: {id: {pattern: 'ab'}}}\n"),
  };
}

}  // namespace

std::vector<Code> language_codes() {
  std::vector<Code> all = value_codes();
  for (const Code& code : shape_codes()) all.push_back(code);
  return all;
}

}  // namespace policy
