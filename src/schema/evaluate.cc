// One schema on one value, and the keywords that look at one value.
#include "schema/evaluate.h"

#include "base/unicode.h"
#include "schema/pattern.h"

namespace schema {
namespace {

constexpr std::uint64_t bytes_a_step = 64;
constexpr std::uint64_t matched_bytes_a_step = 16;

}  // namespace

TypeSet type_of(json::Value value, TypeSet wanted) {
  switch (value.type()) {
    case json::Type::null:
      return type_null;
    case json::Type::boolean:
      return type_boolean;
    case json::Type::number:
      if ((wanted & type_number) != type_integer) return type_number;
      return Number(value.number()).is_integer() ? type_integer : type_fraction;
    case json::Type::string:
      return type_string;
    case json::Type::array:
      return type_array;
    case json::Type::object:
      return type_object;
  }
  return 0;
}

Result Evaluator::run(json::Value instance) {
  scratch_.marks.clear();
  scratch_.resources.clear();
  steps_ = 0;
  depth_ = 0;
  reason_ = nullptr;
  const bool good = evaluate(program_.root, instance, nullptr, {});
  if (reason_ != nullptr) return Result::undecided;
  return good ? Result::valid : Result::invalid;
}

Result Evaluator::run(json::Value instance, std::vector<Failure>& failures, std::size_t most) {
  failures_ = &failures;
  most_ = most;
  const Result result = run(instance);
  failures_ = nullptr;
  return result;
}

bool Evaluator::spend(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ <= budget_.steps) return reason_ == nullptr;
  return undecided("the schema takes too many steps on this value");
}

bool Evaluator::undecided(const char* reason) {
  if (reason_ == nullptr) reason_ = reason;
  return false;
}

bool Evaluator::matches(const CompiledPattern& pattern, std::string_view text) {
  if (!spend(1 + text.size() / matched_bytes_a_step)) return false;
  if (has_surrogate(text)) return undecided("a text holds a lone surrogate, which no pattern can read");
  return pattern.matches(text);
}

bool Evaluator::evaluate(NodeId id, json::Value value, const Where* where, Frame frame) {
  if (!spend(1)) return false;
  if (depth_ == budget_.depth) return undecided("the schema goes too deep on this value");
  ++depth_;
  const Node& node = program_.nodes[id];
  const bool enters =
      program_.has_dynamic_references && (scratch_.resources.empty() || scratch_.resources.back() != node.resource);
  if (enters) scratch_.resources.push_back(node.resource);
  bool good = false;
  const bool own_frame = (node.unevaluated_properties != no_node && value.is_object()) ||
                         (node.unevaluated_items != no_node && value.is_array());
  if (own_frame) {
    const Frame own = open_frame(value);
    good = evaluate_node(node, value, where, own);
    if (good) merge(frame, own);
    close_frame(own);
  } else {
    good = evaluate_node(node, value, where, frame);
  }
  if (enters) scratch_.resources.pop_back();
  --depth_;
  return good && reason_ == nullptr;
}

bool Evaluator::evaluate_node(const Node& node, json::Value value, const Where* where, Frame frame) {
  const Call call{node, value, where, frame};
  if (node.never) {
    fail(call, "", "is not allowed here");
    return false;
  }
  if ((node.types & type_of(value, node.types)) == 0) {
    fail_type(call);
    return false;
  }
  bool good = node.values == no_table || values(call, program_.values[node.values]);
  if (!good && !explaining()) return false;
  good = typed(call) && good;
  if (!good && !explaining()) return false;
  const bool applied_good = node.applied == no_table || applied(call);
  if (!applied_good) return false;  // what the combinations looked at is not known: nothing to say of the unevaluated
  return unevaluated(call) && good;
}

bool Evaluator::typed(const Call& call) {
  const Node& node = call.node;
  switch (call.value.type()) {
    case json::Type::number:
      return node.numbers == no_table || numbers(call, program_.numbers[node.numbers]);
    case json::Type::string:
      return node.strings == no_table || strings(call, program_.strings[node.strings]);
    case json::Type::array:
      return node.arrays == no_table || arrays(call, program_.arrays[node.arrays]);
    case json::Type::object:
      return node.objects == no_table || objects(call, program_.objects[node.objects]);
    default:
      return true;
  }
}

bool Evaluator::values(const Call& call, const ValueChecks& checks) {
  bool good =
      !checks.has_enum || (call.value.is_string() && checks.strings.find(call.value.string()) != KeyTable::none);
  if (!good && !call.value.is_string()) {
    for (const json::Value other : checks.others) {
      good = equal(call.value, other);
      if (good || reason_ != nullptr) break;
    }
  }
  if (good && checks.constant) good = equal(call.value, checks.constant);
  if (!good) fail_values(call, checks);
  return good;
}

bool Evaluator::numbers(const Call& call, const NumberChecks& checks) {
  const Number number(call.value.number());
  if (number.is_absurd()) return undecided("a number's exponent is too large to compare");
  const std::string_view text = number.text();
  bool good = true;
  const auto broken = [&](std::string_view keyword, std::string_view must, std::string_view limit) {
    good = false;
    return fail_limit(call, keyword, must, limit, text);
  };
  if (checks.minimum && number < *checks.minimum && !broken("minimum", "must be at least", checks.minimum->text())) {
    return false;
  }
  if (checks.maximum && number > *checks.maximum && !broken("maximum", "must be at most", checks.maximum->text())) {
    return false;
  }
  if (checks.exclusive_minimum && number <= *checks.exclusive_minimum &&
      !broken("exclusiveMinimum", "must be greater than", checks.exclusive_minimum->text())) {
    return false;
  }
  if (checks.exclusive_maximum && number >= *checks.exclusive_maximum &&
      !broken("exclusiveMaximum", "must be less than", checks.exclusive_maximum->text())) {
    return false;
  }
  if (checks.multiple_of && !checks.multiple_of->divides(number)) {
    broken("multipleOf", "must be a multiple of", checks.multiple_of_text);
  }
  return good;
}

bool Evaluator::strings(const Call& call, const StringChecks& checks) {
  const std::string_view text = call.value.string();
  if (!spend(text.size() / bytes_a_step)) return false;
  bool good = true;
  if (checks.min_length != 0 || text.size() > checks.max_length) {
    const std::uint64_t length = base::code_points(text);
    const auto broken = [&](std::string_view keyword, std::string_view must, std::uint64_t limit) {
      good = false;
      return explaining() &&
             fail_limit(call, keyword, must, std::to_string(limit) + " characters", std::to_string(length));
    };
    if (length < checks.min_length && !broken("minLength", "must have at least", checks.min_length)) return false;
    if (length > checks.max_length && !broken("maxLength", "must have at most", checks.max_length)) return false;
  }
  if (checks.pattern == nullptr) return good;
  if (matches(*checks.pattern, text)) return good;
  if (reason_ != nullptr) return false;
  fail_limit(call, "pattern", "must match the pattern", checks.pattern_text, call.value.raw());
  return false;
}

bool Evaluator::silently(NodeId id, json::Value value, const Where* where, Frame frame) {
  std::vector<Failure>* const failures = failures_;
  failures_ = nullptr;
  const bool good = evaluate(id, value, where, frame);
  failures_ = failures;
  return good;
}

}  // namespace schema
