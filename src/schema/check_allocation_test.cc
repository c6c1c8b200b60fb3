// The promise of schema.h: a check allocates nothing once its Scratch is warm. Counts every operator new of this thread
// (the replacement serves the whole test program). ThreadSanitizer brings an operator new of its own: there the test is
// left out, and the other builds run it.
#if !__has_feature(thread_sanitizer)
#include <cstdlib>
#include <new>

#include "schema/schema_testing.h"

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

namespace schema {
namespace {

std::size_t allocated_by_a_check(const Schema& schema, const std::string& text, Result wanted) {
  const Instance value(text);
  Scratch scratch;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(schema.check(value.root(), scratch), wanted);
  const std::size_t before = allocations;
  (void)schema.check(value.root(), scratch);
  return allocations - before;
}

TEST(CheckAllocation, NothingOnceWarm) {
  const auto schema = compiled(R"({
    "$defs": {"id": {"anyOf": [{"type": "integer", "multipleOf": 0.5}, {"type": "string", "pattern": "^(?!x)[0-9a-z]+$"}]}},
    "type": "object", "minProperties": 1, "required": ["id"],
    "properties": {"id": {"$ref": "#/$defs/id"}, "tags": {"type": "array", "items": {"maxLength": 30}, "uniqueItems": true,
                   "contains": {"const": "a"}, "unevaluatedItems": false},
                   "value": {"enum": [1, {"a": [1.5]}, "a value that is longer than any small string is"]},
                   "amount": {"minimum": 0.5, "maximum": 1e3}},
    "patternProperties": {"^x-": {"type": "string"}}, "propertyNames": {"maxLength": 40},
    "dependentRequired": {"tags": ["id"]}, "dependentSchemas": {"tags": {"minProperties": 2}},
    "if": {"required": ["tags"]}, "then": {"required": ["value"]}, "oneOf": [{"required": ["tags"]}, {"required": ["none"]}],
    "not": {"required": ["none"]}, "unevaluatedProperties": false})");
  const std::string good = R"({"id":"4711","tags":["a","b","c",[1,2,{"k":1.50}],1.5e1],"value":{"a":[15e-1]},
    "amount":999.99,"x-a property with a name that is long":"s"})";
  EXPECT_EQ(allocated_by_a_check(*schema, good, Result::valid), 0U);
  EXPECT_EQ(allocated_by_a_check(*schema, R"({"id":"x"})", Result::invalid), 0U);
  EXPECT_EQ(allocated_by_a_check(*schema, R"({"id":"1","tags":[],"value":1,"amount":5000})", Result::invalid), 0U);
}

}  // namespace
}  // namespace schema

#endif
