// Properties of src/schema on any schema (the first line) and instance (the rest):
// - nothing crashes and nothing hangs; the same text gives the same answer;
// - a schema that is refused says where and why, in one printable line;
// - check() and explain() agree; there are failures if and only if the instance is invalid, a reason if and only if
//   undecided, and what is said holds no control character;
// - a smaller budget may leave undecided what was decided, and never turns it around;
// - the dialect `open` admits nothing that 2020-12 refuses.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "schema/schema.h"

namespace {

using schema::Result;
using schema::Schema;

constexpr json::Budget budget{.bytes = 1U << 16, .depth = 64, .values = 20'000};
constexpr schema::CheckBudget steps{.steps = 50'000};

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u < 0x20 || u == 0x7F;
  });
}

void check_refusal(const schema::CompileError& error) {
  FUZZ_CHECK(!error.message.empty() && is_printable(error.message));
  FUZZ_CHECK(error.pointer.empty() || error.pointer[0] == '/');
}

Result check_both(const Schema& schema, json::Value instance) {
  schema::Scratch scratch;
  const Result result = schema.check(instance, scratch, steps);
  FUZZ_CHECK(schema.check(instance, scratch, steps) == result);
  std::vector<schema::Failure> failures;
  std::string reason;
  FUZZ_CHECK(schema.explain(instance, failures, reason, 5, steps) == result);
  FUZZ_CHECK(failures.empty() == (result != Result::invalid) && failures.size() <= 5);
  FUZZ_CHECK(reason.empty() == (result != Result::undecided));
  for (const schema::Failure& failure : failures) {
    FUZZ_CHECK(!failure.message.empty() && failure.message.size() < 2000 && is_printable(failure.message));
  }
  for (const std::uint64_t few : {3U, 30U, 300U}) {
    const Result hurried = schema.check(instance, scratch, {.steps = few});
    FUZZ_CHECK(hurried == Result::undecided || result == Result::undecided || hurried == result);
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  json::Document schema_document, instance;
  if (!schema_document.read(text.substr(0, line), json::Profile::tolerant, budget)) return 0;
  if (!instance.read(text.substr(line + 1), json::Profile::tolerant, budget)) return 0;
  const schema::CompileOptions open{.max_patterns = 5, .max_pattern_bytes = 200};
  schema::CompileOptions named = open;
  named.dialect = schema::Dialect::draft2020;
  const auto compiled = Schema::compile(schema_document.root(), open);
  const auto strict = Schema::compile(schema_document.root(), named);
  if (!strict) check_refusal(strict.error());
  if (!compiled) {
    check_refusal(compiled.error());
    return 0;
  }
  FUZZ_CHECK(!(*compiled)->levels().empty());
  const Result result = check_both(**compiled, instance.root());
  if (strict && check_both(**strict, instance.root()) == Result::invalid) FUZZ_CHECK(result != Result::valid);
  return 0;
}
