// Rules and conditions that others make empty words: a denial that an earlier rule always comes before, a condition
// that another of its list implies. Looks at pairs within one entry; of long lists only the first are compared.
#include <algorithm>

#include "base/decimal.h"
#include "policy/lint.h"

namespace policy {
namespace {

constexpr std::size_t max_rules = 48, max_conditions = 12, max_values = 64;

using Kind = Constant::Kind;
using base::Decimal;

bool same(const Constant& a, const Constant& b) {
  if (a.kind != b.kind || a.boolean != b.boolean || a.items.size() != b.items.size() ||
      a.members.size() != b.members.size())
    return false;
  if (a.kind == Kind::number) {
    const auto x = Decimal::parse(a.text), y = Decimal::parse(b.text);
    return x && y ? *x == *y : a.text == b.text;
  }
  if (a.text != b.text) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.members.size(); ++i)
    if (a.members[i].key != b.members[i].key || !same(a.members[i].value, b.members[i].value)) return false;
  return true;
}

bool same_path(const json::Path& a, const json::Path& b) {
  return a.root == b.root && std::ranges::equal(a.steps, b.steps, [](const json::Step& x, const json::Step& y) {
           return x.kind == y.kind && x.key == y.key && x.index == y.index;
         });
}

bool same_condition(const Condition& a, const Condition& b) {
  if (a.kind != b.kind || a.children.size() != b.children.size()) return false;
  if (a.kind != Condition::Kind::compare) {
    for (std::size_t i = 0; i < a.children.size(); ++i)
      if (!same_condition(a.children[i], b.children[i])) return false;
    return true;
  }
  return a.op == b.op && a.coerce == b.coerce && a.decode_uri == b.decode_uri && a.base == b.base &&
         a.utc_offset_minutes == b.utc_offset_minutes && same_path(a.path, b.path) && same(a.value, b.value);
}

// The bounds of a comparison of numbers.
struct Range {
  std::optional<Decimal> low, high;
  bool low_in = false, high_in = false;
};
std::optional<Range> range_of(const Condition& c) {
  const auto number = [](const Constant& v) { return v.kind == Kind::number ? Decimal::parse(v.text) : std::nullopt; };
  Range r;
  switch (c.op) {
    case Op::lt:
    case Op::lte:
      r.high = number(c.value);
      r.high_in = c.op == Op::lte;
      return r.high ? std::optional(r) : std::nullopt;
    case Op::gt:
    case Op::gte:
      r.low = number(c.value);
      r.low_in = c.op == Op::gte;
      return r.low ? std::optional(r) : std::nullopt;
    case Op::between:
      r.low = number(c.value.items[0]);
      r.high = number(c.value.items[1]);
      r.low_in = r.high_in = true;
      return r.low && r.high ? std::optional(r) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool inside(const Range& a, const Range& b) {
  if (b.low && (!a.low || *a.low < *b.low || (*a.low == *b.low && a.low_in && !b.low_in))) return false;
  return !b.high || (a.high && (*a.high < *b.high || (*a.high == *b.high && (b.high_in || !a.high_in))));
}

bool listed(const Constant& value, const std::vector<Constant>& list) {
  return list.size() <= max_values && std::ranges::any_of(list, [&](const Constant& c) { return same(c, value); });
}

bool comparison_implies(const Condition& a, const Condition& b) {
  if (a.coerce != b.coerce || a.utc_offset_minutes != b.utc_offset_minutes || !same_path(a.path, b.path)) return false;
  if (a.op == Op::eq && b.op == Op::in) return listed(a.value, b.value.items);
  if (a.op == Op::in && b.op == Op::in)
    return a.value.items.size() <= max_values && !a.value.items.empty() &&
           std::ranges::all_of(a.value.items, [&](const Constant& v) { return listed(v, b.value.items); });
  if (a.value.kind == Kind::string && b.value.kind == Kind::string) {
    if (a.op == Op::starts_with && b.op == Op::starts_with) return a.value.text.starts_with(b.value.text);
    if (a.op == Op::ends_with && b.op == Op::ends_with) return a.value.text.ends_with(b.value.text);
    // `contains` also reads arrays, whose elements are compared whole.
  }
  const auto x = range_of(a), y = range_of(b);
  return x && y && inside(*x, *y);
}

bool implied_by_one(const std::vector<Condition>& given, const Condition& wanted) {
  return std::ranges::any_of(given, [&](const Condition& g) { return implies(g, wanted); });
}

bool comparable(const Rule& a, const Rule& b) {
  return same_mode(a, b) && (a.direction == RuleDirection::both || a.direction == b.direction);
}

// Nothing is left to a rule that only requires, besides what it requires.
bool only_requires(const Rule& rule) {
  return rule.action == Action::allow && !rule.require.empty() && rule.limits.empty() && !checks_arguments(rule) &&
         !rule.idempotency_seconds;
}

// Whatever `later` refuses, `earlier` has refused before.
bool shadows(const Rule& earlier, const Rule& later) {
  if (!comparable(earlier, later)) return false;
  if (later.action == Action::deny)
    return earlier.action == Action::deny && !earlier.when.empty() && all_implied(later.when, earlier.when);
  if (!only_requires(later) || earlier.action != Action::allow || earlier.require.empty()) return false;
  return all_implied(later.when, earlier.when) && all_implied(earlier.require, later.require);
}

bool identical(const Rule& a, const Rule& b) {
  return a.action == b.action && all_implied(a.when, b.when) && all_implied(b.when, a.when) &&
         all_implied(a.require, b.require) && all_implied(b.require, a.require);
}

void rules(const Entry& entry, Problems& problems) {
  const std::size_t count = std::min(entry.rules.size(), max_rules);
  for (std::size_t i = 1; i < count; ++i) {
    const Rule& later = entry.rules[i];
    if (later.action != Action::deny && !only_requires(later)) continue;
    for (std::size_t j = 0; j < i; ++j) {
      const Rule& earlier = entry.rules[j];
      if (denies_always(earlier)) return;  // unreachable-rule says it
      if (!shadows(earlier, later)) continue;
      const std::string where = "line " + std::to_string(earlier.position.line);
      problems.warn("shadowed-rule", later.position,
                    identical(earlier, later)
                        ? "this rule says what the rule in " + where + " says already"
                        : "this rule never refuses anything: the rule in " + where + " refuses it before",
                    "take it out, or put the rule that is more particular first if its text should be seen");
      break;
    }
  }
}

// A condition that another one of its list implies. Presence beside a comparison is how `neq` is made safe.
void conditions(const std::vector<Condition>& list, Problems& problems) {
  const std::size_t count = std::min(list.size(), max_conditions);
  for (std::size_t i = 0; i < count; ++i) {
    if (list[i].kind != Condition::Kind::compare) continue;
    for (std::size_t j = 0; j < count; ++j) {
      if (i == j || !implies(list[j], list[i]) || (j > i && implies(list[i], list[j]))) continue;
      problems.warn("implied-condition", list[i].position,
                    same_condition(list[i], list[j])
                        ? "this condition stands in its list twice"
                        : "this condition says nothing that the one in line " + std::to_string(list[j].position.line) +
                              " does not say already",
                    "take it out; conditions in a list must all hold, and alternatives are written under any:");
      break;
    }
  }
}

}  // namespace

bool implies(const Condition& c, const Condition& other) {
  if (same_condition(c, other)) return true;
  return c.kind == Condition::Kind::compare && other.kind == Condition::Kind::compare && comparison_implies(c, other);
}

bool all_implied(const std::vector<Condition>& given, const std::vector<Condition>& wanted) {
  if (given.size() > max_conditions || wanted.size() > max_conditions) return false;
  return std::ranges::all_of(wanted, [&](const Condition& w) { return implied_by_one(given, w); });
}

void lint_shadowed(const Entry& entry, Problems& problems) {
  if (entry.rules.size() > 1) rules(entry, problems);
  for (const Rule& rule : entry.rules) {
    if (rule.when.size() > 1) conditions(rule.when, problems);
    if (rule.require.size() > 1) conditions(rule.require, problems);
  }
}

}  // namespace policy
