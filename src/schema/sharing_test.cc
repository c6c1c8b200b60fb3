// One Schema, many threads: each with a Scratch of its own.
#include <atomic>
#include <thread>

#include "schema/schema_testing.h"

namespace schema {
namespace {

TEST(Sharing, ThreadsCheckTheSameSchema) {
  const auto schema = compiled(R"({"properties":{"a":{"pattern":"^(?!x)[a-z]+$"},"b":{"uniqueItems":true}},
    "unevaluatedProperties":false})");
  const Instance good(R"({"a":"abc","b":[1,2,3]})");
  const Instance bad(R"({"a":"xyz"})");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Scratch scratch;
      for (int i = 0; i < 500; ++i) {
        if (schema->check(good.root(), scratch) != Result::valid) ++wrong;
        if (schema->check(bad.root(), scratch) != Result::invalid) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace schema
