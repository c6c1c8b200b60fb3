// Random policies and calls: the trace says what the verdict says, every nested truth follows from its parts, and every
// suggestion turns the answer when it is followed. Fixed seeds; a failure prints the policy and the call.
#include <gtest/gtest.h>

#include <random>

#include "policy/changes.h"
#include "policy/deciding_test.h"
#include "policy/edit.h"
#include "policy/explain.h"

namespace policy {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string of(std::initializer_list<const char*> list) { return list.begin()[below(list.size())]; }

 private:
  std::mt19937 engine_;
};

std::string comparison(Random& r) {
  if (r.one_in(8)) return "{path: identity.name, op: eq, value: " + r.of({"local", "ops"}) + "}";
  if (r.one_in(8))
    return "{path: 'args.l[" + r.of({"all", "any", "*"}) + "].k', op: " + r.of({"lte", "neq"}) + ", value: 5}";
  const std::string path = "args." + r.of({"a", "b", "c.d"});
  switch (r.below(5)) {
    case 0:
      return "{path: " + path + ", op: " + r.of({"lt", "lte", "gt", "gte", "eq", "neq"}) + ", value: 5}";
    case 1:
      return "{path: " + path + ", op: " + r.of({"in", "not_in"}) + ", value: [5, x, 7]}";
    case 2:
      return "{path: " + path + ", op: exists, value: " + r.of({"true", "false"}) + "}";
    case 3:
      return "{path: " + path + ", op: " + r.of({"starts_with", "contains", "eq", "neq"}) + ", value: x}";
    default:
      return "{path: " + path + ", op: between, value: [5, 7]}";
  }
}

std::string condition(Random& r, int depth) {  // NOLINT(misc-no-recursion)
  if (depth > 2 || !r.one_in(3)) return comparison(r);
  if (r.one_in(3)) return "{not: " + condition(r, depth + 1) + "}";
  std::string list = condition(r, depth + 1);
  for (std::size_t n = r.below(3); n > 0; --n) list += ", " + condition(r, depth + 1);
  return "{" + r.of({"any", "all"}) + ": [" + list + "]}";
}

std::string rule_of(Random& r) {
  const std::string conditions = "[" + condition(r, 0) + (r.one_in(2) ? ", " + condition(r, 0) : "") + "]";
  const std::string mode = r.one_in(6) ? ", mode: shadow" : "";
  switch (r.below(5)) {
    case 0:
      return "{action: deny, when: " + conditions + mode + "}";
    case 1:
      return "{action: require_approval, when: " + conditions + mode + "}";
    case 2:
      return "{when: [" + condition(r, 0) + "], require: " + conditions + mode + "}";
    case 3:
      return "{require: " + conditions + ", spend_limit: {max: 10, window: day, from: args.a}" + mode + "}";
    default:
      return "{require: " + conditions + mode + "}";
  }
}

std::string policy_of(Random& r) {
  std::string text = r.one_in(3) ? "default: deny\n" : "";
  if (r.one_in(8)) text += "hide: [x]\n";
  text += "tools:\n";
  for (const char* name : {"x", "'x*'", "'*'"}) {
    if (r.one_in(3)) continue;
    text += std::string("  ") + name + ":\n    rules:\n";
    for (std::size_t n = 1 + r.below(3); n > 0; --n) text += "      - " + rule_of(r) + "\n";
  }
  return text + "  other: {}\n";
}

std::string value(Random& r) {
  return r.of({"4", "5", "6", "7", "8", "5.0", "\"5\"", "\"x\"", "\"xy\"", "null", "true", "[5]", "{}", "-1"});
}

std::string arguments_of(Random& r) {
  std::string text;
  const auto add = [&](const std::string& key, const std::string& json) {
    text += (text.empty() ? "\"" : ",\"") + key + "\":" + json;
  };
  for (const char* key : {"a", "b"}) {
    if (!r.one_in(4)) add(key, value(r));
  }
  if (r.one_in(2)) add("c", "{\"d\":" + value(r) + "}");
  if (r.one_in(2)) add("l", "[{\"k\":" + value(r) + "},{\"k\":" + value(r) + "}]");
  if (r.one_in(12)) add("A", "1");
  return "{" + text + "}";
}

// Kleene's logic over the parts.
void check_parts(const TracedCondition& t) {  // NOLINT(misc-no-recursion)
  if (t.source->kind == Condition::Kind::compare) {
    EXPECT_EQ(t.truth == Truth::undecided, !t.why.empty()) << t.source->path.text();
    return;
  }
  Truth truth = t.source->kind == Condition::Kind::any ? Truth::no : Truth::yes;
  for (const TracedCondition& child : t.children) {
    check_parts(child);
    if (t.source->kind == Condition::Kind::negate) {
      truth = negate(child.truth);
    } else {
      truth = t.source->kind == Condition::Kind::any ? either(truth, child.truth) : both(truth, child.truth);
    }
  }
  EXPECT_EQ(truth, t.truth);
}

void check_conditions(const std::vector<TracedCondition>& list, Truth whole) {
  Truth truth = Truth::yes;
  for (const TracedCondition& t : list) {
    check_parts(t);
    truth = both(truth, t.truth);
  }
  EXPECT_EQ(truth, whole);
}

// Follows each suggestion that changes the call.
int check_changes(const Snapshot& snapshot, const Call& call, const Explanation& e) {
  int followed = 0;
  for (const Change& change : e.changes) {
    if (change.kind != Change::Kind::call) continue;
    const auto text = edited(call.facts.params, change.edits);
    EXPECT_TRUE(text);
    if (!text) continue;
    json::Document document;
    EXPECT_TRUE(document.read(*text, json::Profile::strict)) << *text;
    Facts facts = call.facts;
    facts.params = document.root();
    facts.arguments = facts.params.find("arguments");
    const Explanation after = explain(snapshot, facts, {.most_changes = 0, .travel = {}});
    EXPECT_EQ(after.answer, change.answer) << change.text << "\n" << *text;
    EXPECT_NE(after.answer, e.answer) << change.text;
    ++followed;
  }
  return followed;
}

TEST(TraceRandomTest, TraceVerdictAndSuggestionsAgree) {
  int denied = 0, allowed = 0, followed = 0, denied_with_change = 0;
  for (unsigned seed = 0; seed < 400 && !testing::Test::HasFailure(); ++seed) {
    Random r(seed);
    const std::string yaml = policy_of(r);
    const auto snapshot = lowered(yaml);
    ASSERT_NE(snapshot, nullptr) << yaml;
    for (int i = 0; i < 10; ++i) {
      const std::string arguments = arguments_of(r);
      SCOPED_TRACE(yaml + arguments);
      Call call("x");
      call.set_params("{\"name\":\"x\",\"arguments\":" + arguments + "}");
      call.facts.arguments = call.facts.params.find("arguments");
      const Explanation e = explain(*snapshot, call.facts, {});
      EXPECT_EQ(disagreement(e.trace, e.verdict), "");
      for (const TracedEntry& entry : e.trace.entries) {
        for (const TracedRule& rule : entry.rules) {
          check_conditions(rule.when, rule.when_truth);
          check_conditions(rule.require, rule.require_truth);
        }
      }
      const int changes = check_changes(*snapshot, call, e);
      followed += changes;
      if (e.answer == Answer::deny) denied_with_change += changes > 0 ? 1 : 0;
      (e.answer == Answer::allow ? allowed : denied) += 1;
    }
  }
  EXPECT_GT(allowed, 250);
  EXPECT_GT(denied, 500);
  EXPECT_GT(followed, 1000);
  EXPECT_GT(denied_with_change, 500);
}

}  // namespace
}  // namespace policy
