// Each finding of lint, with the neighbour that must not be found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/lint_testing.h"

namespace policy {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Lint, RulesThatDoNothing) {
  EXPECT_THAT(in_rules("{}"), UnorderedElementsAre("rule-does-nothing"));
  EXPECT_THAT(in_rules("{name: x, on_deny: y}"), UnorderedElementsAre("rule-does-nothing"));
  EXPECT_THAT(in_rules("{action: allow, when: {path: args.a, op: eq, value: 1}}"),
              UnorderedElementsAre("rule-does-nothing"));
  EXPECT_THAT(in_rules("{action: allow}"), IsEmpty());
  EXPECT_THAT(in_rules("{when: {path: args.a, op: eq, value: 1}, rate_limit: 1/day}"), IsEmpty());
  EXPECT_THAT(in_rules("{idempotency_window: 60}"), IsEmpty());
}

TEST(Lint, Unreachable) {
  EXPECT_THAT(in_rules("{action: deny}, {rate_limit: 1/day}"), UnorderedElementsAre("unreachable-rule"));
  EXPECT_THAT(in_rules("{action: deny}, {mode: enforce, rate_limit: 1/day}"), IsEmpty());  // the file may be a shadow
  EXPECT_THAT(in_rules("{action: deny, mode: enforce}, {mode: enforce, rate_limit: 1/day}"),
              UnorderedElementsAre("unreachable-rule"));
  EXPECT_THAT(in_rules("{rate_limit: 1/day}, {action: deny}"), IsEmpty());
  EXPECT_THAT(in_rules("{action: deny, mode: shadow}, {rate_limit: 1/day}"), IsEmpty());
  EXPECT_THAT(in_rules("{action: deny, when: {path: args.a, op: eq, value: 1}}, {rate_limit: 1/day}"), IsEmpty());
}

TEST(Lint, NeverPasses) {
  const char* const rows[] = {
      "{path: args.a, op: eq, value: 1}, {path: args.a, op: eq, value: 2}",
      "{path: args.a, op: eq, value: 1}, {path: args.a, op: eq, value: '1'}",
      "{path: args.a, op: in, value: []}",
      "{path: args.a, op: in, value: [a, b]}, {path: args.a, op: eq, value: c}",
      "{path: args.a, op: gt, value: 5}, {path: args.a, op: lt, value: 5}",
      "{path: args.a, op: gte, value: 5}, {path: args.a, op: lt, value: 5}",
      "{path: args.a, op: between, value: [1, 2]}, {path: args.a, op: gt, value: 2}",
      "{path: args.a, op: eq, value: x}, {path: args.a, op: gt, value: 2}",
      "{path: args.a, op: exists, value: false}, {path: args.a, op: eq, value: 2}",
      "{path: args.a, op: eq, value: x}, {path: args.a, op: neq, value: x}",
      "{all: [{path: args.a, op: eq, value: 1}, {path: args.a, op: eq, value: 2}]}",
  };
  for (const char* row : rows) {
    EXPECT_THAT(in_rules("{require: [" + std::string(row) + "]}"), testing::Contains("never-passes")) << row;
    const bool loose = std::string_view(row).find("'1'") != std::string_view::npos;
    if (!loose)
      EXPECT_THAT(in_rules("{action: deny, when: [" + std::string(row) + "]}"), testing::Contains("never-applies"))
          << row;
  }
  const char* const fine[] = {
      "{path: args.a, op: eq, value: 1}, {path: args.a, op: eq, value: 1.0}",
      "{path: args.a, op: gte, value: 5}, {path: args.a, op: lte, value: 5}",
      "{path: args.a, op: eq, value: 1}, {path: args.b, op: eq, value: 2}",
      "{path: 'args.a[any]', op: eq, value: 1}, {path: 'args.a[any]', op: eq, value: 2}",
      "{path: args.a, op: in, value: [a, b]}, {path: args.a, op: in, value: [b, c]}",
      "{any: [{path: args.a, op: eq, value: 1}, {path: args.a, op: eq, value: 2}]}",
      "{path: args.a, op: eq, value: 1, coerce: true}, {path: args.a, op: eq, value: '1', coerce: true}",
      "{path: args.a, op: regex, value: x}, {path: args.a, op: neq, value: x}",
  };
  for (const char* row : fine)
    EXPECT_THAT(in_rules("{require: [" + std::string(row) + "]}"), testing::Each("implied-condition")) << row;
  EXPECT_THAT(in_rules("{limits: [{counter: c, window: day, max: 0}]}"), UnorderedElementsAre("never-passes"));
  EXPECT_THAT(in_rules("{state: {counter: c, window: day}, require: [{path: state.t.c, op: lt, value: 0}]}"),
              UnorderedElementsAre("never-passes"));
  EXPECT_THAT(in_rules("{state: {counter: c, window: day}, require: [{path: state.t.c, op: lt, value: 2}]}"),
              IsEmpty());
}

TEST(Lint, ConflictingRules) {
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: eq, value: x}]}, {require: [{path: args.a, op: eq, value: z}]}"),
              UnorderedElementsAre("conflicting-rules"));
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: eq, value: x}]}, {when: {path: args.b, op: eq, value: 1}, "
                       "require: [{path: args.a, op: eq, value: z}]}"),
              IsEmpty());
  EXPECT_THAT(
      in_rules("{require: [{path: args.a, op: lte, value: 5}]}, {require: [{path: args.a, op: gte, value: 1}]}"),
      IsEmpty());
}

TEST(Lint, NegativesOnWhatMayBeMissing) {
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: neq, value: x}]}"), UnorderedElementsAre("missing-is-undecided"));
  EXPECT_THAT(in_rules("{action: deny, when: [{not: {path: args.a, op: eq, value: x}}]}"),
              UnorderedElementsAre("missing-is-undecided"));
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: not_in, value: [x]}, {path: args.a, op: exists, value: true}]}"),
              IsEmpty());
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: exists, value: true}]}, {action: deny, when: [{path: args.a, op: "
                       "neq, value: x}]}"),
              IsEmpty());
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: neq, value: x}], validate: {required_args: true}}"), IsEmpty());
  EXPECT_THAT(in_rules("{require: [{path: time.weekday, op: not_in, value: [sat, sun]}]}"), IsEmpty());
}

TEST(Lint, DestructiveToolsBoundBySession) {
  const auto with = [](const char* name, const char* rules) {
    return found("tools: {" + std::string(name) + ": {rules: [" + rules + "]}}");
  };
  const char* session = "{rate_limit: {max: 1, window: 60}, validate: {required_args: true}}";
  for (const char* name : {"delete_file", "files.remove", "deleteFile", "drop-table", "wipe"})
    EXPECT_THAT(with(name, session), UnorderedElementsAre("destructive-session-limit")) << name;
  for (const char* name : {"undeleted_list", "dropbox_list", "read_file", "removal"})
    EXPECT_THAT(with(name, session), IsEmpty()) << name;
  EXPECT_THAT(with("delete_file", "{rate_limit: {max: 1, window: 60}}, {rate_limit: 5/day}"), IsEmpty());
  EXPECT_THAT(with("delete_file", "{rate_limit: {max: 1, window: 60}}, {action: deny}"), IsEmpty());
  EXPECT_THAT(with("delete_file", "{action: allow}"), IsEmpty());
}

TEST(Lint, HideAndDenyOverlaps) {
  EXPECT_THAT(found("hide: [a]\ntools: {a: {rules: [{action: deny}]}}"), UnorderedElementsAre("hidden-rules"));
  EXPECT_THAT(found("hide: ['del_*']\ntools: {del_x: {rules: [{action: deny}]}, other: {rules: [{action: deny}]}}"),
              UnorderedElementsAre("hidden-rules"));
  EXPECT_THAT(found("hide: [a]\ntools: {a: {}, b: {}}"), IsEmpty());
  EXPECT_THAT(found("hide: [a]\nservers: {s: {tools: {a: {rules: [{action: deny}]}}}}"),
              UnorderedElementsAre("hidden-rules"));
  EXPECT_THAT(found("tools: {\"*\": {rules: [{action: deny}]}, a: {}}"), UnorderedElementsAre("deny-everything"));
  EXPECT_THAT(found("tools: {\"*\": {rules: [{action: deny}]}}"), IsEmpty());
  EXPECT_THAT(found("tools: {\"del_*\": {rules: [{action: deny}]}, del_x: {}}"),
              UnorderedElementsAre("deny-covers-entry"));
  EXPECT_THAT(found("tools: {\"del_*\": {rules: [{action: deny}]}, del_x: {rules: [{action: deny}]}, x: {}}"),
              IsEmpty());
  EXPECT_THAT(found("default: deny\ntools: {\"*\": {rules: [{action: allow}]}}"),
              UnorderedElementsAre("nothing-permitted"));
  EXPECT_THAT(found("default: deny\ntools: {\"*\": {}, a: {}}"), IsEmpty());
}

TEST(Lint, Names) {
  for (const char* name : {"'delete_?'", "'(a|b)'", "'^x$'", "'.*'", "'a[bc]'"}) {
    EXPECT_THAT(found("tools: {" + std::string(name) + ": {}}"), UnorderedElementsAre("glob-syntax")) << name;
    EXPECT_THAT(found("hide: [" + std::string(name) + "]"), UnorderedElementsAre("glob-syntax")) << name;
  }
  EXPECT_THAT(found("tools: {'github.*': {}, 'a/b:c': {}}\nresources: {'http://x/?q=[1]': {}}"), IsEmpty());
  EXPECT_THAT(found("methods: {tool/call: {}}"), UnorderedElementsAre("unknown-method"));
  EXPECT_THAT(found("methods: {tools/call: {}, 'x-own/anything-else': {}, '*': {}}"), IsEmpty());
  EXPECT_THAT(found("servers: {'git*': {}}"), UnorderedElementsAre("server-glob"));
}

TEST(Lint, CountersAndModes) {
  EXPECT_THAT(in_rules("{state: {counter: c, window: day}}"), UnorderedElementsAre("counter-without-limit"));
  EXPECT_THAT(in_rules("{state: {counter: c, window: day}}, {require: [{path: state.t.c, op: lte, value: 5}]}"),
              IsEmpty());
  EXPECT_THAT(found("mode: shadow"), UnorderedElementsAre("shadow"));
  EXPECT_THAT(in_rules("{require: [{path: client.name, op: eq, value: x}]}"), UnorderedElementsAre("client-name"));
  EXPECT_THAT(in_rules("{action: deny, when: [{path: client.name, op: eq, value: x}]}"), IsEmpty());
}

TEST(Lint, BoundedOnLargePolicies) {
  std::string text = "hide: [";
  for (int i = 0; i < 5'000; ++i) text += "'h" + std::to_string(i) + "_*',";
  text += "]\ntools:\n";
  for (int i = 0; i < 5'000; ++i)
    text += "  'g" + std::to_string(i) + "*': {rules: [{action: deny}]}\n  t" + std::to_string(i) +
            ": {rules: [{action: deny}]}\n";
  EXPECT_THAT(found(text), IsEmpty());
}

}  // namespace
}  // namespace policy
