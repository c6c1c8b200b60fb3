// The public face: owns the program.
#include "schema/schema.h"

#include "base/strings.h"
#include "json/writer.h"
#include "schema/compiler.h"
#include "schema/evaluate.h"
#include "schema/program.h"

namespace schema {

std::string CompileError::text() const {
  return (pointer.empty() ? std::string("the schema ") : "at " + base::printable(pointer) + ": ") + message;
}

Schema::Schema(std::unique_ptr<const Program> program) : program_(std::move(program)) {
  levels_ = object_levels(*program_, levels_complete_);
}

void Scratch::shrink(std::size_t bytes) {
  const std::size_t held =
      marks.capacity() + resources.capacity() * sizeof(std::uint32_t) + hashed.capacity() * sizeof(Hashed);
  if (held <= bytes) return;
  std::vector<std::uint8_t>().swap(marks);
  std::vector<std::uint32_t>().swap(resources);
  std::vector<Hashed>().swap(hashed);
}

Schema::~Schema() = default;

std::expected<std::shared_ptr<const Schema>, CompileError> Schema::compile(json::Value schema,
                                                                           const CompileOptions& options) {
  using Kind = CompileError::Kind;
  if (!schema.is_object() && !schema.is_boolean()) {
    return std::unexpected(CompileError{Kind::malformed, "", "must be an object, true or false"});
  }
  auto program = std::make_unique<Program>();
  json::write(program->text, schema);
  const json::Budget budget{.bytes = options.max_bytes, .depth = options.max_depth};
  if (auto read = program->document.read(program->text, json::Profile::tolerant, budget); !read) {
    return std::unexpected(CompileError{Kind::unsupported, "", "is too large to be used: " + read.error().message});
  }
  Compiler compiler(*program, options);
  if (auto done = compiler.run(); !done) return std::unexpected(std::move(done.error()));
  return std::shared_ptr<const Schema>(new Schema(std::move(program)));
}

Result Schema::check(json::Value instance, Scratch& scratch, const CheckBudget& budget) const {
  return Evaluator(*program_, scratch, budget).run(instance);
}

Result Schema::explain(json::Value instance, std::vector<Failure>& failures, std::string& undecided_reason,
                       std::size_t max_failures, const CheckBudget& budget) const {
  failures.clear();
  undecided_reason.clear();
  Scratch scratch;
  Evaluator evaluator(*program_, scratch, budget);
  const Result result = evaluator.run(instance);
  if (result == Result::undecided) undecided_reason = evaluator.undecided_reason();
  if (result != Result::invalid || max_failures == 0) return result;
  // Looking on after the first failure may use up the budget: the answer stays, the list is what was found until then.
  (void)evaluator.run(instance, failures, max_failures);
  if (failures.empty()) failures.push_back({"", "", "does not match the schema"});
  return result;
}

std::span<const std::string> Schema::property_names() const { return levels_.front().names; }

bool Schema::refuses_unknown_properties() const { return levels_.front().closed; }

}  // namespace schema
