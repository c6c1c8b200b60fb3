// Limits that never refuse anything, because others always do so before: another limit on the same calls, counted over
// at least as many of them, or a bound on every single amount. Says nothing where calls are given back differently, or
// where windows of different kinds meet at their borders.
#include <algorithm>

#include "policy/lint.h"

namespace policy {
namespace {

using base::Amount;
using limits::WindowType;

constexpr std::size_t max_limits = 24;  // of one entry
constexpr std::int64_t most_calls = 1'000'000'000'000;

using Placed = PlacedLimit;

// Counts calls, one each.
bool counts_calls(const Limit& limit) {
  return limit.kind != Limit::Kind::spend && limit.kind != Limit::Kind::concurrency && !limit.amount_from &&
         limit.increment == Amount::of(1) && !limit.exclusive;
}

// How often a charge is given back.
int generosity(const Limit& limit) {
  if (limit.refund == limits::Refund::never) return 0;
  return limit.refund == limits::Refund::undelivered ? 1 : 2;
}

// A counter of `wide` counts at least the calls that one of `narrow` counts; the entry of `wide` covers the other's
// calls. Every counter is one server's, so that those of an entry, a server and all have everything the entry sees.
bool counts_more(const Placed& wide, const Placed& narrow) {
  const auto &a = wide.limit->scope, &b = narrow.limit->scope;
  if (a == b || !a || *a == Scope::global || *a == Scope::server) return true;
  if (*a == Scope::tool) return base::Glob(narrow.entry->pattern).is_literal();
  return *a == Scope::identity && b && *b == Scope::session;
}

// Every call that `narrow` is charged for is charged to `wide` as well, and stays charged at least as long.
bool charged_as_well(const Placed& wide, const Placed& narrow) {
  if (wide.rule->direction != RuleDirection::both && wide.rule->direction != narrow.rule->direction) return false;
  const bool applies = wide.rule->when.empty() || all_implied(narrow.rule->when, wide.rule->when);
  return applies && counts_more(wide, narrow) && generosity(*wide.limit) <= generosity(*narrow.limit);
}

// The most calls that `limit` admits in any window of the other's kind and length; nothing if that is not certain.
std::optional<Amount> most_within(const Limit& limit, const limits::Window& other) {
  const limits::Window& own = limit.window;
  if (own == other) return limit.max;
  if (own.calendar_month || other.calendar_month) return std::nullopt;
  std::int64_t windows = (other.seconds + own.seconds - 1) / own.seconds;
  const bool aligned = own.type == WindowType::calendar && other.type == WindowType::calendar &&
                       other.seconds % own.seconds == 0 && other.seconds <= 86'400;
  if (own.type == WindowType::calendar && !aligned) ++windows;
  const __int128 whole = limit.max->raw() / Amount::scale;
  if (whole > most_calls || whole * windows > most_calls) return std::nullopt;
  return Amount::of(static_cast<std::int64_t>(whole) * windows);
}

std::string described(const Placed& by, const Placed& of) {
  std::string where = "the limit in line " + std::to_string(by.limit->position.line);
  if (by.entry != of.entry) where += ", of " + quoted(by.entry->pattern) + ",";
  return where;
}

// `by` makes `of` say nothing. Of two that say the same the later one is told, or that of the particular entry.
bool makes_idle(const Placed& by, const Placed& of, bool later) {
  const Limit &a = *by.limit, &b = *of.limit;
  if (!charged_as_well(by, of)) return false;
  if (a.kind == Limit::Kind::concurrency || b.kind == Limit::Kind::concurrency)
    return a.kind == b.kind && (later ? *a.max < *b.max : *a.max <= *b.max);
  if (!counts_calls(a) || !counts_calls(b)) return false;
  const auto most = most_within(a, b.window);
  if (!most) return false;
  const bool both_ways = a.window == b.window && a.scope == b.scope && a.max == b.max;
  return *most <= *b.max && !(both_ways && later);
}

// The most that a condition of the entry lets one call ask for, of the limit's amount.
std::optional<Amount> largest_amount(const Entry& entry, const Limit& limit) {
  std::optional<Amount> least;
  const std::string path = limit.amount_from->text();
  for (const Rule& rule : entry.rules) {
    if (rule.action != Action::allow || !rule.when.empty() || !enforced(rule) || rule.direction != RuleDirection::both)
      continue;
    for (const Condition& c : rule.require) {
      if (c.kind != Condition::Kind::compare || c.path.quantified() || c.path.text() != path) continue;
      const Constant* bound = nullptr;
      if (c.op == Op::lte || c.op == Op::lt || c.op == Op::eq) bound = &c.value;
      if (c.op == Op::between) bound = &c.value.items[1];
      if (bound == nullptr || bound->kind != Constant::Kind::number) continue;
      const auto amount = Amount::parse(bound->text);
      if (amount && (!least || *amount < *least)) least = *amount;
    }
  }
  return least;
}

void lint_amounts(const Entry& entry, const std::vector<Placed>& all, Problems& problems) {
  for (const Placed& of : all) {
    if (!of.limit->amount_from) continue;
    const auto largest = largest_amount(entry, *of.limit);
    if (!largest || largest->is_negative()) continue;
    for (const Placed& by : all) {
      if (!counts_calls(*by.limit) || !charged_as_well(by, of)) continue;
      const auto calls = most_within(*by.limit, of.limit->window);
      if (!calls) continue;
      const __int128 n = calls->raw() / Amount::scale;
      if (n == 0 || largest->raw() > of.limit->max->raw() / n) continue;
      if (of.limit->exclusive && largest->raw() * n == of.limit->max->raw()) continue;
      problems.warn("limit-never-fires", of.limit->position,
                    "this limit is never reached: " + calls->text() + " calls of at most " + largest->text() +
                        " each do not come to more than " + of.limit->max->text(),
                    described(by, of) + " bounds the calls; lower this maximum, or take the limit out");
      break;
    }
  }
}

}  // namespace

std::vector<PlacedLimit> limits_of(const Entry& entry) {
  std::vector<PlacedLimit> out;
  for (const Rule& rule : entry.rules) {
    for (const Limit& limit : rule.limits) {
      if (out.size() >= max_limits) return out;
      if (limit.max && enforced(rule)) out.push_back({&entry, &rule, &limit});
    }
  }
  return out;
}

void CoveringLimits::add(const Entry& entry) {
  if (entry.pattern.find('*') == std::string::npos) return;
  base::Glob glob(entry.pattern);
  if (glob.is_literal()) return;
  std::vector<PlacedLimit> limits = limits_of(entry);
  if (limits.empty()) return;
  if (glob.is_everything())
    everything_.insert(everything_.end(), limits.begin(), limits.end());
  else if (globs_.size() < max_globs)
    globs_.emplace_back(std::move(glob), std::move(limits));
}

void CoveringLimits::append(std::string_view name, std::vector<PlacedLimit>& out) const {
  for (const auto& [glob, limits] : globs_)
    if (out.size() < 4 * max_limits && glob.matches(name)) out.insert(out.end(), limits.begin(), limits.end());
  out.insert(out.end(), everything_.begin(), everything_.end());
}

void lint_limits(const Entry& entry, const CoveringLimits& covering, Problems& problems) {
  const std::vector<Placed> own = limits_of(entry);
  if (own.empty()) return;
  std::vector<Placed> all = own;
  if (!covering.empty())
    if (const base::Glob glob(entry.pattern); glob.is_literal()) covering.append(glob.literal(), all);
  for (std::size_t i = 0; i < own.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      const bool later = j < own.size() && j > i;
      if (i == j || !makes_idle(all[j], own[i], later)) continue;
      problems.warn("limit-never-fires", own[i].limit->position,
                    "this limit is never reached: " + described(all[j], own[i]) + " always refuses before",
                    "take this limit out, or lower its maximum");
      break;
    }
  }
  lint_amounts(entry, own, problems);
}

}  // namespace policy
