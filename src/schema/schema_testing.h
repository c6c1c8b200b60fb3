// For tests of this room: compiling and checking texts.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "schema/schema.h"

namespace schema {

inline std::expected<std::shared_ptr<const Schema>, CompileError> compile_text(const std::string& text,
                                                                               const CompileOptions& options = {}) {
  json::Document document;
  const auto read = document.read(text, json::Profile::tolerant, {.depth = 4000});
  EXPECT_TRUE(read) << text.substr(0, 200);
  return Schema::compile(document.root(), options);
}

inline std::shared_ptr<const Schema> compiled(const std::string& text, const CompileOptions& options = {}) {
  auto schema = compile_text(text, options);
  EXPECT_TRUE(schema) << text.substr(0, 200) << "\n" << (schema ? "" : schema.error().text());
  return schema ? *schema : nullptr;
}

// A value that outlives the expression.
struct Instance {
  explicit Instance(std::string json) : text(std::move(json)) {
    const auto read = document.read(text, json::Profile::tolerant, {.depth = 4000});
    EXPECT_TRUE(read) << text.substr(0, 200);
  }
  json::Value root() const { return document.root(); }
  std::string text;
  json::Document document;
};

inline Result checked(const Schema& schema, const std::string& instance, const CheckBudget& budget = {}) {
  const Instance value(instance);
  Scratch scratch;
  const Result result = schema.check(value.root(), scratch, budget);
  std::vector<Failure> failures;
  std::string reason;
  EXPECT_EQ(schema.explain(value.root(), failures, reason, 20, budget), result);
  EXPECT_EQ(failures.empty(), result != Result::invalid);
  EXPECT_EQ(reason.empty(), result != Result::undecided);
  return result;
}

// "path (schema path): message" of each failure, a line each.
inline std::string explained(const Schema& schema, const std::string& instance, std::size_t most = 20) {
  const Instance value(instance);
  std::vector<Failure> failures;
  std::string reason;
  (void)schema.explain(value.root(), failures, reason, most);
  std::string out = reason.empty() ? "" : "undecided: " + reason + "\n";
  for (const Failure& f : failures) out += f.path + " (" + f.schema_path + "): " + f.message + "\n";
  return out;
}

}  // namespace schema
