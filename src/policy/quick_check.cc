// Which rules have a quick check: enforced, in both directions, one plain condition, nothing to charge or to ask.
#include "policy/quick_check.h"

#include <limits>

namespace policy {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t most_texts = 8;

bool is_plain(const CompiledRule& rule) {
  const Rule& r = *rule.source;
  return !rule.shadow && r.direction == RuleDirection::both && rule.limits.empty() && !r.validate.checks_something() &&
         !r.idempotency_seconds && !rule.when_reads_tool && !rule.require_reads_tool;
}

// The only condition of a requirement (pass if true) or of a denial (pass if false).
const CompiledCondition* only_condition(const CompiledRule& rule, bool& pass_if) {
  pass_if = rule.source->action == Action::allow;
  if (rule.source->action == Action::require_approval) return nullptr;
  const auto& list = pass_if ? rule.require : rule.when;
  const auto& other = pass_if ? rule.when : rule.require;
  return list.size() == 1 && other.empty() ? &list[0] : nullptr;
}

bool integer_range(const CompiledCondition& c, QuickCheck& check) {
  if (c.op == Op::between) {
    const auto& list = c.data->list;
    if (!list[0].small || !list[1].small || list[0].kind != Constant::Kind::number ||
        list[1].kind != Constant::Kind::number)
      return false;
    check.low = list[0].integer;
    check.high = list[1].integer;
    return true;
  }
  if (c.scalar.kind != Constant::Kind::number || !c.scalar.small) return false;
  const std::int64_t n = c.scalar.integer;  // at most 18 digits: n - 1 and n + 1 exist
  check.low = c.op == Op::gt ? n + 1 : c.op == Op::gte || c.op == Op::eq ? n : lowest;
  check.high = c.op == Op::lt ? n - 1 : c.op == Op::lte || c.op == Op::eq ? n : highest;
  return true;
}

}  // namespace

QuickCheck quick_check(const CompiledRule& rule, std::deque<std::vector<std::string_view>>& texts) {
  QuickCheck check;
  const CompiledCondition* c = is_plain(rule) ? only_condition(rule, check.pass_if) : nullptr;
  if (c == nullptr || c->kind != Condition::Kind::compare || c->slot >= operand_slots) return check;
  check.slot = c->slot;
  std::vector<std::string_view> found;
  switch (c->op) {
    case Op::lt:
    case Op::lte:
    case Op::gt:
    case Op::gte:
    case Op::between:
      if (integer_range(*c, check)) check.kind = QuickCheck::Kind::integers;
      return check;
    case Op::eq:
      if (c->scalar.kind == Constant::Kind::number) {
        if (integer_range(*c, check)) check.kind = QuickCheck::Kind::integers;
        return check;
      }
      if (c->scalar.kind != Constant::Kind::string) return check;
      found.push_back(c->scalar.text);
      check.kind = QuickCheck::Kind::texts;
      break;
    case Op::in:
      if (!c->data->only_strings || c->data->list.size() > most_texts) return check;
      for (const Scalar& s : c->data->list) found.push_back(s.text);
      check.kind = QuickCheck::Kind::texts;
      break;
    case Op::starts_with:
      found.push_back(c->scalar.text);
      check.kind = QuickCheck::Kind::prefix;
      break;
    default:
      return check;
  }
  texts.push_back(std::move(found));
  check.texts = texts.back().data();
  check.count = static_cast<std::uint32_t>(texts.back().size());
  return check;
}

}  // namespace policy
