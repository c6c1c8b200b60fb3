// What must not load, by table: the text, the code, a word of the message or hint, and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/load_testing.h"

namespace policy {
namespace {

struct Case {
  const char* text;
  const char* code;
  const char* says;                    // in the message or the hint
  std::uint32_t line = 0, column = 0;  // 0: not checked
};

void check(const Case& c) {
  const Loaded loaded = load("p.yaml", c.text);
  EXPECT_FALSE(loaded.policy) << c.text;
  for (const Problem& p : loaded.problems) {
    if (p.severity != Severity::error || p.code != c.code) continue;
    if ((p.message + "\n" + p.hint).find(c.says) == std::string::npos) continue;
    if (c.line != 0 && (p.position.line != c.line || p.position.column != c.column)) continue;
    return;
  }
  ADD_FAILURE() << "expected [" << c.code << "] \"" << c.says << "\" at " << c.line << ":" << c.column << " in\n"
                << c.text << "\nbut got\n"
                << rendered(loaded, c.text);
}

// The value of a condition with this operator, in a rule of tool t.
std::string condition(std::string_view rest) {
  return "tools: {t: {rules: [{require: [{" + std::string(rest) + "}]}]}}";
}
std::string rule(std::string_view rest) { return "tools: {t: {rules: [{" + std::string(rest) + "}]}}"; }

TEST(LoadErrors, Texts) {
  const Case cases[] = {
      {"", "empty", "empty"},
      {" \n\t\n", "empty", "empty"},
      {"# only\n# comments\n", "empty", "comments"},
      {"---\n", "empty", "no content"},
      {"- a\n- b\n", "wrong-type", "a policy is a map", 1, 1},
      {"hello", "wrong-type", "a policy is a map", 1, 1},
      {"null", "wrong-type", "not null"},
      {"tools: {}\n---\ntools: {}\n", "several-documents", "second document", 2, 1},
      {"tools: {}\n---\n", "several-documents", "second document"},
      {"version: 1\nversion: 1\n", "duplicate-key", "line 1", 2, 1},
      {"tools:\n  a: {}\n  b: {}\n  a: {}\n", "duplicate-key", "\"a\" stands twice", 4, 3},
      {"tools: {\"a\": {}, 'a': {}}", "duplicate-key", "twice"},
      {"{\"version\":\"1\",\"version\":\"1\"}", "duplicate-key", "version"},
      {"{\"tools\":{\"a\":{},\"\\u0061\":{}}}", "duplicate-key", ""},
      {"tools:\n\ta: {}\n", "tab", "spaces", 2, 1},
      {"version: \"1\"\ntools: {a: \"\x01\"}\n", "control-character", "control", 2, 13},
      {"tools: {a: \"\xFF\"}\n", "encoding", "UTF-8", 1, 13},
      {"\xFF\xFEt\0", "encoding", "UTF-16"},
      {"# a\rtools: {}\n", "control-character", "carriage return", 1, 4},
      {"# a\xE2\x80\xA8tools: {}\n", "control-character", "line break", 1, 4},
      {"# a\xC2\x85tools: {}\n", "control-character", "line break", 1, 4},
      {"tools: {*: {}}", "yaml", "quoted"},
      {"tools: {a: [\n  {path: args.tags[*].x}]}", "yaml", "quote"},
      {"tools:\n  *:\n    rules: []\n", "yaml", "quoted"},
      {"tools: &a {x: *a}", "alias", "names no value"},
      {"tools: *nowhere", "alias", "nowhere"},
      {"hide: [&a x, &a y]", "anchor", "twice"},
      {"tools: !!map {}", "tag", "tag"},
      {"description: !ruby/object x", "tag", "ruby"},
      {"%TAG ! tag:example.com,2000:\n---\ntools: {}\n", "tag", "%TAG"},
      {"a: &x {version: 1}\n<<: *x\n", "merge-key", "<<"},
      {"? [a, b]\n: 1\n", "key", "key"},
      {"{a: 1}: 2\n", "key", "key"},
      {": 1\n", "yaml", "key"},
      {"{: 1}", "yaml", "YAML"},
      {"? \n: 1\n", "key", "missing"},
      {"tools: {a: {rules: []}", "yaml", "YAML", 1, 23},
      {"{\"version\": \"1\"", "json", "JSON"},
      {"{\"a\": 01}", "unknown-key", "a"},
      {"description: a: b\n", "yaml", "quote text"},
      {"tools:\n a: {}\n  b: {}\n", "yaml", "same column", 3, 3},
      {"description: @x", "yaml", "quote text"},
      {"tools: {a: {path: args.tags[any], op: eq}}", "yaml", "args.tags[any]"},
      {"tools: {a: {path: args.tags[*].x, op: eq}}", "yaml", "args.tags[any]"},
  };
  for (const Case& c : cases) check(c);
}

TEST(LoadErrors, NulByte) {
  const std::string text("tools: {}\0", 10);
  const Loaded l = load("p", text);
  ASSERT_FALSE(l.policy);
  EXPECT_EQ(l.problems.at(0).code, "control-character");
  EXPECT_EQ(l.problems[0].position.column, 10U);
}

TEST(LoadErrors, Budgets) {
  std::string deep = "{tools: {a: ";
  for (int i = 0; i < 70; ++i) deep += '[';
  EXPECT_THAT(codes_of(load("p", deep)), testing::ElementsAre("too-deep"));
  EXPECT_THAT(codes_of(load("p", "a: " + std::string(9 << 20, 'x'))), testing::ElementsAre("too-large"));
  std::string many = "hide: [";
  for (int i = 0; i < 1'000'001; ++i) many += "a,";
  EXPECT_THAT(codes_of(load("p", many + "]")), testing::ElementsAre("too-many-values"));

  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string n = std::to_string(i), m = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [" + m;
    for (int k = 1; k < 10; ++k) bomb += "," + m;
    bomb += "]\n";
  }
  EXPECT_THAT(codes_of(load("p", bomb)), testing::ElementsAre("alias-budget"));
  std::string fat = "description: &a \"" + std::string(1 << 20, 'x') + "\"\nhide: [";
  for (int i = 0; i < 20; ++i) fat += "*a,";
  EXPECT_THAT(codes_of(load("p", fat + "]")), testing::ElementsAre("alias-budget"));
}

TEST(LoadErrors, TopLevel) {
  const Case cases[] = {
      {"version: \"2\"", "bad-version", "\"1\"", 1, 10},
      {"version: 1.0", "bad-version", "1.0"},
      {"version: true", "bad-version", "true"},
      {"version:", "bad-version", "nothing"},
      {"defualt: deny", "unknown-key", "did you mean default?", 1, 1},
      {"default_action: deny", "unknown-key", "the key is default"},
      {"default: block", "bad-value", "allow or deny"},
      {"default: block", "bad-value", "did you mean deny?"},
      {"tools: [read_file]", "wrong-type", "read_file: {}"},
      {"tools: []", "wrong-type", "NAME: {}"},
      {"steps: []", "unknown-key", "intercept test"},
      {"description: \"\\.env\"", "yaml", "single quotes"},
      {"default: Deny", "bad-value", "did you mean deny?"},
      {"default: true", "wrong-type", "allow or deny"},
      {"default: {tool: deny}", "unknown-key", "did you mean tools?"},
      {"default: {tools: maybe}", "bad-value", "allow or deny", 1, 18},
      {"mode: dry-run", "bad-value", "enforce or shadow"},
      {"on_hidden: silent", "bad-value", "say or unknown"},
      {"hide: delete_x", "wrong-type", "[delete_x]"},
      {"hide: [a, a]", "duplicate-key", "twice", 1, 11},
      {"hide: [\"\"]", "empty-text", "empty"},
      {"hide: [5]", "wrong-type", "quote it"},
      {"hide: [[a]]", "wrong-type", "a list"},
      {"description: [a]", "wrong-type", "text"},
      {"tools: [a]", "wrong-type", "a map"},
      {"tools:", "wrong-type", "indentation"},
      {"tools: {a: }", "wrong-type", "write {}"},
      {"tools: {a: [ ]}", "wrong-type", "rules: before the list"},
      {"tools: {a: {rules: }}", "wrong-type", "write []"},
      {"tools: {a: {rules: {action: deny}}}", "wrong-type", "dash"},
      {"tools: {a: {rules: [deny]}}", "wrong-type", "a map"},
      {"tools: {a: {rule: []}}", "unknown-key", "did you mean rules?"},
      {"tools: {a: {rate_limit: 5/hour}}", "unknown-key", "belongs in a rule"},
      {"tools: {\"\": {}}", "empty-text", "name of a tool"},
      {"rate_limit: 5/hour", "unknown-key", "belongs in a rule"},
      {"servers: {a: {version: 1}}", "unknown-key", "top level"},
      {"servers: {a: {rules: []}}", "unknown-key", "rules belongs in an entry"},
      {"servers: [a]", "wrong-type", "a map"},
      {"servers: {a: {hide: [x, x]}}", "duplicate-key", "twice"},
      {"all_tools: {rules: []}", "unknown-key", "rules belongs"},
      {"all_tools: {limits: {}}", "wrong-type", "a list"},
      {"approvals: {timeout: soon}", "bad-duration", "soon"},
      {"approvals: {webhook_url: x}", "unknown-key", "notify: {webhook"},
      {"approvals: {notify: {webhook: {url: ftp://x}}}", "bad-value", "https://"},
      {"approvals: {notify: {webhook: {}}}", "missing-key", "url"},
      {"approvals: {max_pending: 0}", "bad-number", "whole number"},
      {"approvals: yes", "wrong-type", "bare word \"yes\""},
      {"a_tool: {rules: []}\nversion: 1", "lost-indentation", "  a_tool: {rules: []}", 1, 1},
  };
  for (const Case& c : cases) check(c);
}

TEST(LoadErrors, Rules) {
  struct Row {
    const char* rule;
    const char* code;
    const char* says;
  };
  const Row rows[] = {
      {"action: block", "bad-value", "require_approval"},
      {"action: block", "bad-value", "did you mean deny?"},
      {"action: ask", "bad-value", "did you mean require_approval?"},
      {"deny: true", "unknown-key", "action: deny"},
      {"allow: true", "unknown-key", "action: allow"},
      {"limit: 10/minute", "unknown-key", "rate_limit: 30/hour"},
      {"spend_limit: 100", "wrong-type", "from: args.amount"},
      {"action: denny", "bad-value", "did you mean deny?"},
      {"action: no", "bad-value", "deny"},
      {"rate_limits: 5/hour", "unknown-key", "did you mean rate_limit?"},
      {"spend: {per_call: 0.5}", "unknown-key", "spend_limit"},
      {"message: x", "unknown-key", "on_deny"},
      {"path: args.a, op: eq, value: 1", "unknown-key", "belongs in a condition"},
      {"name: \"\"", "empty-text", "name"},
      {"name: [a]", "wrong-type", "text"},
      {"name: 5, action: deny", "wrong-type", "quote it: \"5\""},
      {"on_deny: a, reason: b", "contradiction", "same key"},
      {"action: deny, require: {path: args.a, op: eq, value: 1}", "contradiction", "require on a deny rule"},
      {"action: deny, rate_limit: 5/hour", "contradiction", "rate_limit on a deny rule"},
      {"action: deny, spend_limit: {max: 1, window: day, from: args.a}", "contradiction", "spend_limit"},
      {"action: deny, limits: []", "contradiction", "limits on"},
      {"action: deny, state: {counter: a, window: day}", "contradiction", "state on"},
      {"action: deny, concurrency: 1", "contradiction", "concurrency on"},
      {"action: deny, validate: {required_args: true}", "contradiction", "validate on"},
      {"conditions: [{path: args.a, op: eq, value: 1}], when: [{path: args.a, op: eq, value: 1}]", "contradiction",
       "beside when"},
      {"conditions: [{path: args.a, op: eq, value: 1}], require: [{path: args.a, op: eq, value: 1}]", "contradiction",
       "beside require"},
      {"conditions: [{path: args.a, op: eq, value: 1}], rate_limit: 1/day", "contradiction", "beside rate_limit"},
      {"conditions: [{path: args.a, op: eq, value: 1}], spend_limit: {max: 1, window: day, from: args.a}",
       "contradiction", "beside spend_limit"},
      {"conditions: []", "no-conditions", "no conditions"},
      {"action: deny, conditions: []", "no-conditions", "applies always"},
      {"when: 5", "wrong-type", "a list of conditions"},
      {"validate: true", "wrong-type", "a map"},
      {"validate: {required_args: \"yes\"}", "wrong-type", "true or false"},
      {"validate: {required_arg: true}", "unknown-key", "did you mean required_args?"},
      {"idempotency_window: often", "bad-duration", "often"},
      {"idempotency_window: 500ms", "bad-duration", "500ms"},
      {"action: require_approval, approval_timeout: 0", "bad-number", "whole number"},
      {"mode: off", "bad-value", "enforce or shadow"},
      {"direction: client, action: deny", "contradiction", "methods"},
      {"rate_limit: 5", "wrong-type", "30/hour"},
      {"rate_limit: 5/hours", "bad-rate", "did you mean 5/hour?"},
      {"rate_limit: 5/fortnight", "bad-rate", "N/window"},
      {"rate_limit: 0/hour", "bad-rate", "action: deny"},
      {"rate_limit: -1/hour", "bad-rate", "at least 1"},
      {"rate_limit: 05/hour", "bad-rate", "whole number"},
      {"rate_limit: 1.5/hour", "bad-rate", "whole number"},
      {"rate_limit: 5 / hour", "bad-rate", "N/window"},
      {"rate_limit: 5 per hour", "bad-rate", "N/window"},
      {"rate_limit: 99999999999999999999/hour", "bad-rate", "whole number"},
      {"rate_limit: {max: 0, window: 60}", "bad-number", "action: deny"},
      {"rate_limit: {max: 1.5, window: 60}", "bad-number", "whole number"},
      {"rate_limit: {max: \"10\", window: 60}", "wrong-type", "quotes off"},
      {"rate_limit: {max: 10}", "missing-key", "no window"},
      {"rate_limit: {window: 10}", "missing-key", "no max"},
      {"rate_limit: {max: 10, window: 0}", "bad-number", "whole number"},
      {"rate_limit: {max: 10, window: 1.5}", "bad-number", "whole number"},
      {"rate_limit: {max: 10, window: 100000000}", "bad-duration", "366 days"},
      {"rate_limit: {max: 10, window: minutes}", "bad-value", "did you mean minute?"},
      {"rate_limit: {max: 10, window: 60, scope: user}", "bad-value", "session, identity"},
      {"rate_limit: {max: 10, window: 60, window_type: fixed}", "bad-value", "sliding or calendar"},
      {"rate_limit: {max: 10, window: 60, refund: always}", "bad-value", "undelivered"},
      {"rate_limit: {max: 10, windows: 60}", "unknown-key", "did you mean window?"},
      {"spend_limit: {max: 5, window: day}", "missing-key", "no from"},
      {"spend_limit: {max: -5, window: day, from: args.a}", "bad-number", "negative"},
      {"spend_limit: {max: 5, window: day, from: amount}", "bad-path", "args.amount"},
      {"spend_limit: {max: 5, window: day, from: \"args.a[*]\"}", "bad-path", "one argument"},
      {"spend_limit: {max: 5, window: day, from: args.a, currency_from: args.c}", "missing-key", "currency: USD"},
      {"spend_limit: {max: 0.0000000001, window: day, from: args.a}", "bad-number", "max"},
      {"limits: {counter: a}", "wrong-type", "a list"},
      {"limits: [{counter: a, window: day}]", "missing-key", "no max"},
      {"limits: [{window: day, max: 1}]", "missing-key", "no counter"},
      {"limits: [{counter: a, window: day, max: 1, increment: 1, increment_from: args.a}]", "contradiction", "exclude"},
      {"limits: [{counter: a, window: day, max: 1}, {counter: a, window: day, max: 2, increment: 2}]",
       "duplicate-counter", "defined again"},
      {"state: {counter: a}", "missing-key", "no window"},
      {"state: {counter: a, window: day, max: 5}", "unknown-key", "max belongs"},
      {"state: {counter: a, window: day, increment: -1}", "bad-number", "negative"},
      {"state: {counter: a, window: day, increment_from: state.t.a}", "bad-path", "one argument"},
      {"concurrency: 0", "bad-number", "at least"},
      {"concurrency: many", "wrong-type", "a number"},
  };
  for (const Row& r : rows) {
    const std::string text = rule(r.rule);
    const bool least = std::string_view(r.says) == "at least" && std::string_view(r.code) == "bad-number";
    check({text.c_str(), r.code, least ? "whole number from 1" : r.says});
  }
}

TEST(LoadErrors, Conditions) {
  struct Row {
    const char* condition;
    const char* code;
    const char* says;
  };
  const Row rows[] = {
      {"op: eq, value: 1", "missing-key", "no path"},
      {"path: args.a, value: 1", "missing-key", "no op"},
      {"path: args.a, op: eq", "missing-key", "no value"},
      {"path: args.a, op: eq, value: ", "missing-value", "write null"},
      {"path: args.a, op: same, value: 1", "unknown-operator", "operators:"},
      {"path: args.a, op: equal, value: 1", "unknown-operator", "did you mean eq?"},
      {"path: args.a, op: greater_than, value: 1", "unknown-operator", "did you mean gt?"},
      {"path: args.a, op: \"==\", value: 1", "unknown-operator", "did you mean eq?"},
      {"path: args.a, op: not-in, value: [1]", "unknown-operator", "did you mean not_in?"},
      {"path: args.a, op: eq, values: 1", "unknown-key", "did you mean value?"},
      {"path: amount, op: eq, value: 1", "bad-path", "did you mean args.amount?"},
      {"path: arguments.amount, op: eq, value: 1", "bad-path", "did you mean args.amount?"},
      {"path: arg.amount, op: eq, value: 1", "bad-path", "did you mean args?"},
      {"path: args..a, op: eq, value: 1", "bad-path", ""},
      {"path: \"args.a[\", op: eq, value: 1", "bad-path", "args[\"any key\"]"},
      {"path: \"args.a.*\", op: eq, value: 1", "bad-path", ""},
      {"path: \"\", op: eq, value: 1", "empty-text", "path"},
      {"path: tool.title, op: eq, value: 1", "bad-path", "annotations"},
      {"path: tool.annotations, op: eq, value: 1", "bad-path", "annotations"},
      {"path: server.id, op: eq, value: x", "bad-path", "name"},
      {"path: client.version, op: eq, value: x", "bad-path", "name"},
      {"path: session.name, op: eq, value: x", "bad-path", "id"},
      {"path: identity, op: eq, value: x", "bad-path", "name"},
      {"path: time.minute, op: eq, value: 1", "bad-path", "hour, weekday or date"},
      {"path: time.hour, op: eq, value: 25", "bad-value", "0 to 23"},
      {"path: time.hour, op: eq, value: nine", "bad-value", "0 to 23"},
      {"path: time.weekday, op: eq, value: Monday", "bad-value", "mon"},
      {"path: time.weekday, op: in, value: [mon, tues]", "bad-value", "tue"},
      {"path: time.date, op: eq, value: \"22.11.2026\"", "bad-value", "2026-11-22"},
      {"path: time.date, op: gte, value: 5", "bad-value", "2026-11-22"},
      {"path: time.date, op: regex, value: a", "bad-value", "eq, neq, in, not_in"},
      {"path: time.weekday, op: lt, value: 5", "bad-value", "eq, neq, in, not_in"},
      {"path: time.date, op: between, value: [\"2026-02-01\", \"2026-01-01\"]", "bad-value", "later"},
      {"path: args.a, op: eq, value: [1]", "wrong-type", "use in"},
      {"path: args.a, op: neq, value: {a: 1}", "wrong-type", "one value"},
      {"path: args.a, op: lte, value: \"5\"", "wrong-type", "quotes off: 5"},
      {"path: args.a, op: lt, value: abc", "wrong-type", "a number"},
      {"path: args.a, op: between, value: [1]", "wrong-type", "two numbers"},
      {"path: args.a, op: between, value: [2, 1]", "bad-value", "larger"},
      {"path: args.a, op: between, value: [a, b]", "wrong-type", "two numbers"},
      {"path: args.a, op: in, value: x", "wrong-type", "[x]"},
      {"path: args.a, op: in, value: [[x]]", "bad-value", "plain values"},
      {"path: args.a, op: contains, value: [x]", "wrong-type", "any:"},
      {"path: args.a, op: starts_with, value: 5", "wrong-type", "a string"},
      {"path: args.a, op: starts_with, value: \"\"", "bad-value", "always holds"},
      {"path: args.a, op: glob, value: [a]", "wrong-type", "a string"},
      {"path: args.a, op: regex, value: \"(\"", "bad-regex", "RE2"},
      {"path: args.a, op: matches, value: \"(?=a)\"", "bad-regex", "look-around"},
      {"path: args.a, op: regex, value: \"(((a{100}){100}){100}){100}\"", "bad-regex", ""},
      {"path: args.a, op: regex, value: 5", "wrong-type", "a string"},
      {"path: args.a, op: exists, value: 1", "wrong-type", "true or false"},
      {"path: args.a, op: exists, value: yes", "ambiguous-value", "true, false"},
      {"path: args.a, op: type, value: integer", "bad-value", "write number"},
      {"path: args.a, op: type, value: strng", "bad-value", "did you mean string?"},
      {"path: args.a, op: type, value: null", "wrong-type", "quotes"},
      {"path: args.a, op: length, value: -1", "bad-value", "whole number"},
      {"path: args.a, op: length, value: ten", "wrong-type", "{lte: 10}"},
      {"path: args.a, op: length, value: {max: 10}", "bad-value", "lte"},
      {"path: args.a, op: length, value: {lte: 1.5}", "bad-value", "whole number"},
      {"path: args.a, op: length, value: {}", "wrong-type", "{lte: 10}"},
      {"path: args.a, op: path_within, value: data", "bad-value", "begin it with /"},
      {"path: args.a, op: path_within, value: []", "bad-value", "never holds"},
      {"path: args.a, op: path_within, value: [5]", "bad-value", "text"},
      {"path: args.a, op: path_within, value: /d, base: here", "bad-value", "absolute"},
      {"path: args.a, op: path_within, value: /d, decode: url", "bad-value", "uri"},
      {"path: args.a, op: eq, value: /d, base: /e", "contradiction", "path_within"},
      {"path: args.a, op: eq, value: /d, decode: uri", "contradiction", "path_within"},
      {"path: args.a, op: regex, value: a, coerce: true", "contradiction", "coerce"},
      {"path: args.a, op: eq, value: 1, coerce: 1", "wrong-type", "true or false"},
      {"path: args.a, op: eq, value: 1, utc_offset: \"+02:00\"", "contradiction", "time"},
      {"path: time.hour, op: eq, value: 1, utc_offset: \"+2\"", "bad-value", "+02:00"},
      {"path: time.hour, op: eq, value: 1, utc_offset: \"+15:00\"", "bad-value", "offset"},
      {"path: args.u, op: url_host_in, value: [\"https://example.com/\"]", "bad-value", "without scheme"},
      {"path: args.u, op: url_scheme_in, value: [\"https:\"]", "bad-value", "colon"},
      {"path: args.u, op: cidr_in, value: [\"10.0.0.1/8\"]", "bad-value", "prefix"},
      {"path: args.u, op: cidr_in, value: [localhost]", "bad-value", "block"},
      {"path: state.t.nothing, op: lte, value: 5", "unknown-counter", "state block"},
      {"path: state.t.c, op: regex, value: a", "bad-value", "counter"},
      {"any: []", "no-conditions", "any"},
      {"all: {path: args.a, op: eq, value: 1}", "wrong-type", "list"},
      {"not: [{path: args.a, op: eq, value: 1}]", "wrong-type", "not: {all:"},
      {"any: [{path: args.a, op: eq, value: 1}], path: args.a", "contradiction", "alone"},
      {"not: {path: args.a, op: eq, value: 1}, any: []", "contradiction", "alone"},
      {"any: [5]", "wrong-type", "a map"},
  };
  for (const Row& r : rows) {
    const std::string text = condition(r.condition);
    check({text.c_str(), r.code, r.says});
  }
}

TEST(LoadErrors, AmbiguousWordsMustBeQuoted) {
  for (const char* word : {"yes",      "No",
                           "NO",       "on",
                           "Off",      "y",
                           "N",        "010",
                           "0x10",     "0o7",
                           "0b1",      "1_000",
                           "12:30",    "1:20:30",
                           ".inf",     "-.INF",
                           ".nan",     "+1",
                           ".5",       "5.",
                           "-.5",      "01e3",
                           "+1e3",     "2026-11-22",
                           "2026-1-2", "2026-11-22T10:00:00Z",
                           "-010"}) {
    const std::string bare = condition("path: args.a, op: eq, value: " + std::string(word));
    check({bare.c_str(), "ambiguous-value", "quote it"});
    const std::string in_list = condition("path: args.a, op: in, value: [x, " + std::string(word) + "]");
    check({in_list.c_str(), "ambiguous-value", "quote it"});
    const Policy quoted = good(condition("path: args.a, op: eq, value: '" + std::string(word) + "'"), {});
    EXPECT_EQ(quoted.rules.tools.at(0).rules.at(0).require.at(0).value.text, word);
  }
  for (const char* word : {"yess", "none", "10.0.0.1", "1.2.3", "0xyz", "v1", "1e", "-", "1-2-3", "12:30pm", "a:b",
                           "2026", "1h", "=", "0x"}) {
    const Loaded l = load("p", condition("path: args.a, op: eq, value: " + std::string(word)));
    EXPECT_TRUE(l.policy) << word << rendered(l, "");
  }
}

TEST(LoadErrors, Sections) {
  const Case cases[] = {
      {"resources: {\"file:///x\": {rules: [{require: {path: args.a, op: eq, value: 1}}]}}", "bad-path", "params.uri"},
      {"methods: {tools/call: {rules: [{require: {path: args.a, op: eq, value: 1}}]}}", "bad-path",
       "params.arguments.a"},
      {"prompts: {p: {rules: [{require: {path: tool.name, op: eq, value: x}}]}}", "bad-path", "tools only"},
      {"prompts: {p: {rules: [{validate: {required_args: true}}]}}", "contradiction", "input schema"},
      {"methods: {ping: {rules: [{direction: up}]}}", "bad-value", "client"},
      {"resources: {x: {limits: [{counter: c, window: day, max: 1, increment_from: args.a}]}}", "bad-path",
       "tools and prompts"},
      {"tools: {t: {require: {path: args.a, op: eq, value: 1}}}", "wrong-type", "a list"},
      {"tools: {t: {require: [{conditions: []}]}}", "no-conditions", "no conditions"},
      {"tools: {t: {deny_if: [{condition: []}]}}", "unknown-key", "conditions"},
      {"tools: {t: {limits: 5}}", "wrong-type", "a list"},
      {"tools: {t: {rules: [{state: {counter: c, window: day}}, {state: {counter: c, window: hour}}]}}",
       "duplicate-counter", "another window"},
      {"tools: {t: {rules: [{state: {counter: daily, window: day}, require: {path: state.t.dialy, op: lte, value: "
       "1}}]}}",
       "unknown-counter", "did you mean state.t.daily?"},
      {"tools: {t: {rules: [{state: {counter: c, window: day}, require: {path: state.t.c, op: lte, value: 1e40}}]}}",
       "bad-number", "counter"},
  };
  for (const Case& c : cases) check(c);
}

TEST(LoadErrors, AllOfAFileAtOnce) {
  const Loaded l =
      load("p.yaml",
           "version: 3\ndefualt: deny\ntools:\n  a: {rules: [{action: x}, {rate_limit: 5/hours}]}\n  b: 5\nhide: x\n");
  EXPECT_EQ(l.problems.size(), 6U);
  std::uint32_t line = 0;
  for (const Problem& p : l.problems) {
    EXPECT_GE(p.position.line, line);
    line = p.position.line;
    EXPECT_FALSE(p.code.empty());
  }
}

TEST(LoadErrors, ManyProblemsAreBounded) {
  std::string text = "tools:\n";
  for (int i = 0; i < 30'000; ++i) text += "  t" + std::to_string(i) + ": 5\n";
  const Loaded l = load("p.yaml", text);
  EXPECT_FALSE(l.policy);
  EXPECT_EQ(l.problems.size(), 201U);
  EXPECT_EQ(l.problems.back().code, "more");
}

TEST(LoadErrors, AliasesShowOnePlaceOnce) {
  const Loaded l = load("p.yaml", "tools:\n  a: &r {rules: [{action: x}]}\n  b: *r\n  c: *r\n");
  EXPECT_EQ(l.problems.size(), 1U);
}

}  // namespace
}  // namespace policy
