// Rules, conditions and limits that others make empty words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/lint_testing.h"

namespace policy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(LintShadowed, Rules) {
  const char* const shadowed[] = {
      "{action: deny, when: {path: args.a, op: gt, value: 5}}, {action: deny, when: {path: args.a, op: gt, value: 9}}",
      "{action: deny, when: {path: args.a, op: gte, value: 5}}, {action: deny, when: {path: args.a, op: gt, value: 5}}",
      "{action: deny, when: {path: args.a, op: in, value: [x, z]}}, {action: deny, when: {path: args.a, op: eq, value: "
      "x}}",
      "{action: deny, when: {path: args.a, op: starts_with, value: pr}}, "
      "{action: deny, when: {path: args.a, op: starts_with, value: prod}}",
      "{action: deny, when: {path: args.a, op: eq, value: 1}}, "
      "{action: deny, when: [{path: args.a, op: eq, value: 1.0}, {path: args.b, op: eq, value: 2}]}",
      "{require: {path: args.a, op: lte, value: 5}}, {require: {path: args.a, op: lte, value: 9}}",
      "{require: {path: args.a, op: lte, value: 5}}, {require: {path: args.a, op: lte, value: 5}}",
      "{require: {path: args.a, op: lte, value: 5}}, "
      "{when: {path: args.b, op: eq, value: 1}, require: {path: args.a, op: between, value: [0, 0]}}, "
      "{require: {path: args.a, op: lt, value: 7}}",
  };
  for (const char* rules : shadowed) EXPECT_THAT(in_rules(rules), UnorderedElementsAre("shadowed-rule")) << rules;
  const char* const fine[] = {
      "{action: deny, when: {path: args.a, op: gt, value: 9}}, {action: deny, when: {path: args.a, op: gt, value: 5}}",
      "{action: deny, when: {path: args.a, op: gt, value: 5}}, {action: deny, when: {path: args.b, op: gt, value: 9}}",
      "{action: deny, when: {path: args.a, op: gt, value: 5}, mode: shadow}, "
      "{action: deny, when: {path: args.a, op: gt, value: 9}}",
      "{action: deny, when: {path: args.a, op: gt, value: 5}}, "
      "{action: deny, when: {path: args.a, op: gt, value: 9}, mode: shadow}",
      "{action: deny, when: [{path: args.a, op: gt, value: 5}, {path: args.b, op: eq, value: 2}]}, "
      "{action: deny, when: {path: args.a, op: gt, value: 9}}",
      "{require: {path: args.a, op: lte, value: 5}}, {require: {path: args.a, op: lte, value: 9}, rate_limit: 5/hour}",
      "{when: {path: args.b, op: eq, value: 1}, require: {path: args.a, op: lte, value: 5}}, "
      "{require: {path: args.a, op: lte, value: 9}}",
      "{require: {path: args.a, op: lte, value: 9}}, {require: {path: args.a, op: lte, value: 5}}",
      // The denial lets a missing argument pass, the requirement does not.
      "{action: deny, when: {path: args.a, op: gt, value: 5}}, {require: {path: args.a, op: lte, value: 5}}",
      "{require: {path: args.a, op: lte, value: 5, coerce: true}}, {require: {path: args.a, op: lte, value: 9}}",
      "{require: {path: args.a, op: starts_with, value: prod}}, {require: {path: args.a, op: ends_with, value: -x}}",
  };
  for (const char* rules : fine) EXPECT_THAT(in_rules(rules), IsEmpty()) << rules;
  EXPECT_THAT(
      found("methods: {sampling/createMessage: {rules: [{action: deny, direction: server, when: {path: params.a, op: "
            "gt, value: 5}}, {action: deny, when: {path: params.a, op: gt, value: 9}}]}}"),
      IsEmpty());
}

TEST(LintShadowed, Conditions) {
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: lte, value: 5}, {path: args.a, op: lt, value: 9}]}"),
              UnorderedElementsAre("implied-condition"));
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: eq, value: x}, {path: args.a, op: eq, value: x}]}"),
              UnorderedElementsAre("implied-condition"));
  EXPECT_THAT(in_rules("{action: deny, when: [{path: args.a, op: gt, value: 5}, {path: args.a, op: gt, value: 1}]}"),
              UnorderedElementsAre("implied-condition"));
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: gte, value: 1}, {path: args.a, op: lte, value: 9}]}"), IsEmpty());
  // Presence beside a comparison is what the hint of missing-is-undecided asks for.
  EXPECT_THAT(in_rules("{require: [{path: args.a, op: exists, value: true}, {path: args.a, op: lte, value: 9}]}"),
              IsEmpty());
  EXPECT_THAT(in_rules("{require: {any: [{path: args.a, op: lte, value: 5}, {path: args.a, op: lte, value: 9}]}}"),
              IsEmpty());
}

TEST(LintLimits, OfOneEntry) {
  const char* const idle[] = {
      "{rate_limit: 10/minute}, {rate_limit: 1000/hour}",
      "{rate_limit: 10/hour}, {rate_limit: 10/minute}",
      "{rate_limit: 10/hour}, {rate_limit: 20/hour}",
      "{rate_limit: 10/hour}, {rate_limit: 10/hour}",
      "{rate_limit: 10/hour}, {rate_limit: {max: 10, window: 3600}}",
      "{rate_limit: 10/hour}, {rate_limit: {max: 20, window: 60, scope: identity}}",
      "{rate_limit: 10/minute}, {limits: [{counter: c, window: hour, max: 1000}]}",
      "{concurrency: 2}, {concurrency: 5}",
      "{rate_limit: 10/hour}, {when: {path: args.a, op: eq, value: 1}, rate_limit: 20/hour}",
      ("{rate_limit: {max: 10, window: hour, window_type: calendar}}, "
       "{rate_limit: {max: 300, window: day, window_type: calendar}}"),
  };
  for (const char* rules : idle) EXPECT_THAT(in_rules(rules), UnorderedElementsAre("limit-never-fires")) << rules;
  const char* const fine[] = {
      "{rate_limit: 10/minute}, {rate_limit: 100/hour}",
      "{rate_limit: {max: 10, window: 3600}}, {rate_limit: 20/hour}",  // many sessions come to more
      "{rate_limit: {max: 10, window: 60}}, {rate_limit: 1000/hour}",
      "{when: {path: args.a, op: eq, value: 1}, rate_limit: 10/hour}, {rate_limit: 20/hour}",
      "{rate_limit: 10/hour, mode: shadow}, {rate_limit: 20/hour}",
      // At the border of calendar windows twice as many pass.
      "{rate_limit: {max: 10, window: hour, window_type: calendar}}, {rate_limit: {max: 15, window: hour}}",
      "{limits: [{counter: c, window: hour, max: 5, increment: 2}]}, {rate_limit: 20/hour}",
      ("{rate_limit: {max: 10, window: hour, scope: identity}}, "
       "{rate_limit: {max: 20, window: hour, scope: identity, refund: never}}"),
      "{concurrency: 5}, {rate_limit: 2/hour}",
      "{concurrency: 5}, {concurrency: 2}, {rate_limit: 2/hour}, {rate_limit: 1/minute}",
  };
  for (const char* rules : fine) {
    const std::set<std::string> codes = in_rules(rules);
    if (std::string_view(rules).starts_with("{concurrency: 5}, {concurrency: 2}"))
      EXPECT_THAT(codes, UnorderedElementsAre("limit-never-fires")) << rules;  // the first one
    else
      EXPECT_THAT(codes, IsEmpty()) << rules;
  }
  EXPECT_THAT(said("tools: {t: {rules: [{rate_limit: 10/minute}, {rate_limit: 1000/hour}]}}"), HasSubstr("line 1"));
}

TEST(LintLimits, UnderGlobs) {
  const auto with = [](const char* glob, const char* other, const char* own) {
    return found("tools: {'" + std::string(glob) + "': {rules: [" + other + "]}, get_x: {rules: [" + own + "]}}");
  };
  EXPECT_THAT(with("*", "{rate_limit: 60/minute}", "{rate_limit: 100/minute}"),
              UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(with("get_*", "{rate_limit: 60/minute}", "{rate_limit: 60/minute}"),
              UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(with("*", "{concurrency: 2}", "{concurrency: 2}"), UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(with("*", "{rate_limit: 60/minute}", "{rate_limit: 30/minute}"), IsEmpty());
  EXPECT_THAT(with("put_*", "{rate_limit: 60/minute}", "{rate_limit: 100/minute}"), IsEmpty());
  EXPECT_THAT(with("*", "{rate_limit: {max: 60, window: 60, scope: tool}}", "{rate_limit: 100/minute}"),
              UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(found("tools: {'*': {rules: [{rate_limit: 60/minute}]}}\n"
                    "servers: {s: {tools: {x: {rules: [{rate_limit: 100/minute}]}}}}"),
              UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(found("methods: {'*': {rules: [{rate_limit: 6/minute}]}, tools/list: {rules: [{rate_limit: 9/minute}]}}"),
              IsEmpty());
}

TEST(LintLimits, Amounts) {
  const char* spend = ", {spend_limit: {max: 1000, window: hour, from: args.amount}}";
  const auto with = [&](const std::string& rules) { return in_rules(rules + spend); };
  EXPECT_THAT(with("{require: {path: args.amount, op: lte, value: 50}}, {rate_limit: 20/hour}"),
              UnorderedElementsAre("limit-never-fires"));
  EXPECT_THAT(with("{require: {path: args.amount, op: between, value: [1, 50]}}, "
                   "{rate_limit: {max: 10, window: hour, window_type: calendar}}"),
              IsEmpty());  // per session
  EXPECT_THAT(with("{require: {path: args.amount, op: lte, value: 50}}, {rate_limit: 21/hour}"), IsEmpty());
  EXPECT_THAT(with("{require: {path: args.amount, op: lte, value: 50}}, {rate_limit: 200/day}"), IsEmpty());
  EXPECT_THAT(with("{require: {path: args.other, op: lte, value: 50}}, {rate_limit: 10/hour}"), IsEmpty());
  EXPECT_THAT(with("{when: {path: args.b, op: eq, value: 1}, require: {path: args.amount, op: lte, value: 50}}, "
                   "{rate_limit: 10/hour}"),
              IsEmpty());
  EXPECT_THAT(with("{require: {path: args.amount, op: lte, value: 50}}"), IsEmpty());
}

}  // namespace
}  // namespace policy
