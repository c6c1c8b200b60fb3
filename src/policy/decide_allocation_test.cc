// The promise of evaluate.h: a decision allocates nothing once its Verdict has been used. Counts every operator new of
// this thread (the replacement serves the whole test program). ThreadSanitizer brings an operator new of its own: there
// the test is left out, and the other builds run it.
#if !__has_feature(thread_sanitizer)
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "policy/deciding_test.h"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* p = std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) std::abort();
  return p;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace policy {
namespace {

std::size_t allocated_by_a_decision(std::string_view yaml, const std::string& arguments,
                                    const std::string& definition = "") {
  const auto snapshot = lowered(yaml);
  Call call("target", arguments);
  if (!definition.empty()) call.define(definition);
  Verdict verdict;
  for (int i = 0; i < 3; ++i) snapshot->evaluate(call.facts, verdict);
  EXPECT_FALSE(verdict.denied()) << verdict.message;
  const std::size_t before = allocations;
  snapshot->evaluate(call.facts, verdict);
  return allocations - before;
}

TEST(DecideAllocation, NothingOnceWarm) {
  EXPECT_EQ(allocated_by_a_decision("tools: {}", "{}"), 0U);
  EXPECT_EQ(allocated_by_a_decision(
                R"(
default: deny
hide: [a, "b*"]
tools:
  target:
    rules:
      - require:
          - {path: args.path, op: regex, value: '^/srv/[a-z]+$'}
          - {path: args.currency, op: in, value: [USD, EUR]}
          - {path: args.an_amount_with_a_long_name, op: lte, value: 1000}
          - {path: 'args.tags[*]', op: neq, value: x}
      - {rate_limit: {max: 10, window: 60}}
      - {name: spend, spend_limit: {max: 5000, window: day, from: args.an_amount_with_a_long_name, currency: USD, currency_from: args.currency}}
      - {action: deny, when: [{path: args.path, op: starts_with, value: /etc}]}
  "t*": {rules: [{rate_limit: 60/minute}]}
  "*": {rules: [{concurrency: 8}]}
)",
                R"({"path":"/srv/data","currency":"USD","an_amount_with_a_long_name":5,"tags":["a","b"]})"),
            0U);
}

TEST(DecideAllocation, NorDoesValidation) {
  constexpr const char* arguments =
      R"({"path":"/srv/data","mode":"fast","tags":["a","b"],"items":[{"price":1.5,"n":1},{"price":10,"n":2}]})";
  constexpr const char* schema = R"({"type":"object","required":["path"],"additionalProperties":false,"properties":{
    "path":{"type":"string","pattern":"^/srv/[a-z]+$"},"mode":{"enum":["fast","slow"]},
    "tags":{"type":"array","uniqueItems":true,"items":{"type":"string","maxLength":10}},
    "items":{"type":"array","items":{"$ref":"#/$defs/item"}}},
    "$defs":{"item":{"type":"object","properties":{"price":{"type":"number","multipleOf":0.5}},"minProperties":1,
    "unevaluatedProperties":{"anyOf":[{"type":"string"},{"type":"integer"}]}}}})";
  EXPECT_EQ(allocated_by_a_decision(
                R"(
tools:
  target:
    rules:
      - validate: {required_args: true, schema: true, args: {'items[all].price': {maximum: 10, type: number}, path: {minLength: 3}}}
)",
                arguments, std::string(R"({"name":"target","inputSchema":)") + schema + "}"),
            0U);
  EXPECT_EQ(allocated_by_a_decision(std::string("tools: {target: {rules: [{validate: {schema: ") + schema + "}}]}}",
                                    arguments),
            0U);
}

}  // namespace
}  // namespace policy

#endif
