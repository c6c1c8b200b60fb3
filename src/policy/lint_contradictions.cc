// Conditions that no value can meet together: within one rule (it can never pass, or never apply), and between rules of
// one entry (both must hold, and cannot). Looks at single values, lists of values, ranges and presence of one path;
// says nothing where it is not sure.
#include <algorithm>
#include <map>

#include "base/decimal.h"
#include "policy/loading.h"

namespace policy {
namespace {

using Kind = Constant::Kind;
using base::Decimal;

constexpr std::size_t max_values = 64;  // longer lists are not looked at

std::optional<Decimal> number_of(const Constant& c) {
  return c.kind == Kind::number ? Decimal::parse(c.text) : std::nullopt;
}

bool same(const Constant& a, const Constant& b, bool loose) {
  const auto x = loose ? Decimal::parse(a.text) : number_of(a), y = loose ? Decimal::parse(b.text) : number_of(b);
  if (x && y) return *x == *y;
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text;
}

// What one path may still be.
class Possible {
 public:
  // False: nothing is left. `loose`: 5 and "5" match (restrictions).
  bool narrow(const Condition& c, bool loose) {
    switch (c.op) {
      case Op::eq:
        return present() && value(c.value, loose);
      case Op::in:
        return present() && (c.value.items.size() > max_values || values(c.value.items, loose));
      case Op::lt:
        return present() && below(c.value, false) && fits(loose);
      case Op::lte:
        return present() && below(c.value, true) && fits(loose);
      case Op::gt:
        return present() && above(c.value, false) && fits(loose);
      case Op::gte:
        return present() && above(c.value, true) && fits(loose);
      case Op::between:
        return present() && above(c.value.items[0], true) && below(c.value.items[1], true) && fits(loose);
      case Op::exists:
        if (c.value.boolean) return present();
        absent_ = true;
        return !present_;
      case Op::neq:
      case Op::not_in:
        return without(c, loose);
      default:
        return present();
    }
  }

 private:
  bool present() {
    present_ = true;
    return !absent_;
  }

  bool values(const std::vector<Constant>& list, bool loose) {
    if (!allowed_) {
      allowed_.emplace();
      for (const Constant& c : list) allowed_->push_back(&c);
    } else {
      std::erase_if(*allowed_, [&](const Constant* a) {
        return std::none_of(list.begin(), list.end(), [&](const Constant& b) { return same(*a, b, loose); });
      });
    }
    return fits(loose);
  }
  bool value(const Constant& c, bool loose) {
    if (!allowed_)
      allowed_.emplace(1, &c);
    else
      std::erase_if(*allowed_, [&](const Constant* a) { return !same(*a, c, loose); });
    return fits(loose);
  }

  bool without(const Condition& c, bool loose) {
    if (!allowed_ || c.value.items.size() > max_values) return true;
    std::erase_if(*allowed_, [&](const Constant* a) {
      if (c.op == Op::neq) return same(*a, c.value, loose);
      return std::any_of(c.value.items.begin(), c.value.items.end(),
                         [&](const Constant& b) { return same(*a, b, loose); });
    });
    return !allowed_->empty();
  }

  bool below(const Constant& c, bool inclusive) {
    const auto n = number_of(c);
    if (n && (!high_ || *n < *high_ || (*n == *high_ && !inclusive))) high_ = n, high_in_ = inclusive;
    return true;
  }
  bool above(const Constant& c, bool inclusive) {
    const auto n = number_of(c);
    if (n && (!low_ || *low_ < *n || (*n == *low_ && !inclusive))) low_ = n, low_in_ = inclusive;
    return true;
  }

  bool in_range(const Decimal& n) const {
    if (low_ && (n < *low_ || (n == *low_ && !low_in_))) return false;
    return !high_ || n < *high_ || (n == *high_ && high_in_);
  }

  bool fits(bool loose) {
    if (low_ && high_ && (*high_ < *low_ || (*low_ == *high_ && !(low_in_ && high_in_)))) return false;
    if (!allowed_) return true;
    if (low_ || high_)
      std::erase_if(*allowed_, [&](const Constant* a) {
        const auto n = loose ? Decimal::parse(a->text) : number_of(*a);
        return !n || !in_range(*n);
      });
    return !allowed_->empty();
  }

  std::optional<std::vector<const Constant*>> allowed_;
  std::optional<Decimal> low_, high_;
  bool low_in_ = false, high_in_ = false, present_ = false, absent_ = false;
};

using Paths = std::map<std::string, Possible>;

// The first condition that leaves nothing of its path, or null. `all` counts as its parts.
const Condition* narrow(const std::vector<Condition>& list, bool loose, Paths& paths) {
  for (const Condition& c : list) {
    if (c.kind == Condition::Kind::all)
      if (const Condition* found = narrow(c.children, loose, paths)) return found;
    if (c.kind != Condition::Kind::compare || c.path.quantified() || c.path.root == "state") continue;
    if (!paths[c.path.text()].narrow(c, loose || c.coerce)) return &c;
  }
  return nullptr;
}

}  // namespace

void lint_contradictions(const Entry& entry, Problems& problems) {
  Paths together;
  bool reported = false;
  for (const Rule& rule : entry.rules) {
    Paths when, require;
    if (const Condition* c = narrow(rule.when, true, when))
      problems.warn("never-applies", c->position,
                    "no value meets this together with the conditions before it: the rule never applies",
                    "conditions in a list must all hold; write alternatives under any:");
    if (const Condition* c = narrow(rule.require, false, require)) {
      problems.warn("never-passes", c->position,
                    "no value meets this together with the conditions before it: no call passes this rule",
                    "conditions in a list must all hold; write alternatives under any:");
      continue;
    }
    const bool always = rule.action == Action::allow && rule.when.empty() && rule.mode != Mode::shadow;
    if (!always || reported) continue;
    if (const Condition* c = narrow(rule.require, false, together)) {
      reported = true;
      problems.warn("conflicting-rules", c->position, "no call passes both this rule and a rule before it",
                    "every rule must be passed; alternatives are written with any: inside one rule");
    }
  }
}

}  // namespace policy
