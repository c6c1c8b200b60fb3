// Random policies and calls against a slow and obvious oracle: the truth of every condition in both readings, and which
// rule is the first to deny. Fixed seeds; a failure prints the policy and the call.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "policy/deciding_test.h"

namespace policy {
namespace {

// A JSON value as the oracle sees it.
struct Json {
  char type = '0';  // 0 null, b boolean, n number, s string, a array, o object
  bool boolean = false;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;
};

std::string print(const Json& j) {
  std::string out;
  switch (j.type) {
    case '0':
      return "null";
    case 'b':
      return j.boolean ? "true" : "false";
    case 'n':
      return j.text;
    case 's':
      return '"' + j.text + '"';
    case 'a':
      for (const Json& i : j.items) out += (out.empty() ? "" : ",") + print(i);
      return '[' + out + ']';
    default:
      for (const auto& [k, v] : j.members) out += (out.empty() ? "\"" : ",\"") + k + "\":" + print(v);
      return '{' + out + '}';
  }
}

constexpr char no = 'F', undecided = 'U', yes = 'T';
char invert(char t) { return t == yes ? no : t == no ? yes : undecided; }
char all_of(char a, char b) { return a == no || b == no ? no : a == undecided || b == undecided ? undecided : yes; }
char any_of(char a, char b) { return invert(all_of(invert(a), invert(b))); }

// What is written of one condition.
struct Written {
  char kind = 'c';                // c compare, a all, o any, n not
  std::vector<std::string> path;  // keys, "[0]", "[all]", "[any]", "[*]"
  std::string op;
  std::vector<Json> values;  // one, or a list
  std::vector<Written> children;
};

std::string print(const Written& w) {
  if (w.kind == 'c') {
    std::string path = "args";
    for (const auto& step : w.path) path += step[0] == '[' ? step : "." + step;
    std::string value = print(w.values[0]);
    if (w.op == "in" || w.op == "not_in") {
      value.clear();
      for (const Json& v : w.values) value += (value.empty() ? "" : ", ") + print(v);
      value = '[' + value + ']';
    }
    return "{path: '" + path + "', op: " + w.op + ", value: " + value + "}";
  }
  std::string children;
  for (const Written& c : w.children) children += (children.empty() ? "" : ", ") + print(c);
  if (w.kind == 'n') return "{not: " + children + "}";
  return std::string(w.kind == 'a' ? "{all: [" : "{any: [") + children + "]}";
}

// --- the oracle ---------------------------------------------------------------------------------------------------

bool is_numeric(const std::string& s) { return s == "5" || s == "5.0" || s == "-1" || s == "7"; }
bool is_murky(const std::string& s) { return s == " 5" || s == "05"; }
double number(const std::string& s) { return std::strtod(s.c_str(), nullptr); }

char equal(const Json& v, const Json& c, bool restriction) {
  if (v.type == 'a' || v.type == 'o') return undecided;
  if (v.type == c.type) {
    if (v.type == '0') return yes;
    if (v.type == 'b') return v.boolean == c.boolean ? yes : no;
    if (v.type == 'n') return number(v.text) == number(c.text) ? yes : no;
    return v.text == c.text ? yes : no;
  }
  const Json& text = v.type == 's' ? v : c;
  const Json& other = v.type == 's' ? c : v;
  if (text.type != 's') return no;
  if (other.type == 'b') return text.text == (other.boolean ? "true" : "false") && restriction ? yes : no;
  if (other.type != 'n') return no;
  if (is_numeric(text.text)) return number(text.text) == number(other.text) && restriction ? yes : no;
  return is_murky(text.text) && &text == &v && restriction ? undecided : no;
}

// Both readings must agree that the sides differ, else it is undecided.
char unequal(const Json& v, const Json& c) {
  if (equal(v, c, false) == yes) return no;
  return equal(v, c, true) == no ? yes : undecided;
}

char ordered(const std::string& op, const Json& v, const Json& c, bool restriction) {
  const bool readable = v.type == 'n' || (v.type == 's' && is_numeric(v.text) && restriction);
  if (!readable) return undecided;
  const double a = number(v.text), b = number(c.text);
  return (op == "lt" ? a < b : op == "lte" ? a <= b : op == "gt" ? a > b : a >= b) ? yes : no;
}

char operate(const Written& w, const Json* v, bool restriction, bool negated) {
  const Json& c = w.values[0];
  if (w.op == "exists") return (v != nullptr && v->type != '0') == c.boolean ? yes : no;
  if (v == nullptr) return negated || w.op == "neq" || w.op == "not_in" ? undecided : no;
  if (w.op == "eq") return equal(*v, c, restriction);
  if (w.op == "neq") return unequal(*v, c);
  char result = w.op == "not_in" ? yes : no;
  if (w.op == "in" || w.op == "not_in") {
    if (v->type == 'a' || v->type == 'o') return undecided;
    for (const Json& item : w.values)
      result = w.op == "in" ? any_of(result, equal(*v, item, restriction)) : all_of(result, unequal(*v, item));
    return result;
  }
  if (w.op == "contains") {
    if (v->type == 's') return c.type != 's' ? undecided : v->text.find(c.text) != std::string::npos ? yes : no;
    if (v->type != 'a') return undecided;
    for (const Json& item : v->items) result = any_of(result, equal(item, c, restriction));
    return result;
  }
  if (w.op == "starts_with") return v->type != 's' ? undecided : v->text.starts_with(c.text) ? yes : no;
  if (w.op == "length") {
    if (v->type != 's' && v->type != 'a' && v->type != 'o') return undecided;
    const std::size_t n = v->type == 's' ? v->text.size() : v->type == 'a' ? v->items.size() : v->members.size();
    return static_cast<double>(n) == number(c.text) ? yes : no;
  }
  return ordered(w.op, *v, c, restriction);
}

char compare(const Written& w, const Json* v, std::size_t step, bool restriction, bool negated) {
  if (step == w.path.size() || v == nullptr) return operate(w, v, restriction, negated);
  const std::string& s = w.path[step];
  if (s == "[0]") {
    if (v->type == 'o' || v->type == 's') return undecided;
    const bool there = v->type == 'a' && !v->items.empty();
    return compare(w, there ? &v->items[0] : nullptr, step + 1, restriction, negated);
  }
  if (s[0] != '[') {
    if (v->type == 'a') return undecided;
    const auto found = v->members.find(s);
    return compare(w, found == v->members.end() ? nullptr : &found->second, step + 1, restriction, negated);
  }
  if (v->type != 'a') return undecided;
  const bool all = s == "[all]" || (s == "[*]" && !restriction);
  char result = all ? yes : no;
  for (const Json& item : v->items) {
    const char t = compare(w, &item, step + 1, restriction, negated);
    result = all ? all_of(result, t) : any_of(result, t);
  }
  return result;
}

char truth(const Written& w, const Json& arguments, bool restriction, bool negated = false) {
  if (w.kind == 'c') return compare(w, &arguments, 0, restriction, negated);
  if (w.kind == 'n') return invert(truth(w.children[0], arguments, !restriction, true));
  char result = w.kind == 'a' ? yes : no;
  for (const Written& c : w.children) {
    const char t = truth(c, arguments, restriction, negated);
    result = w.kind == 'a' ? all_of(result, t) : any_of(result, t);
  }
  return result;
}

// --- random material ----------------------------------------------------------------------------------------------

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool one_in(unsigned n) { return below(n) == 0; }

  Json scalar() {
    static const char* strings[] = {"a", "ab", "5", "5.0", " 5", "05", "true", "7", "-1"};
    static const char* numbers[] = {"5", "5.0", "-1", "7", "4.5", "0", "50e-1"};
    Json j;
    j.type = "0bnnnsss"[below(8)];
    if (j.type == 'b') j.boolean = one_in(2);
    if (j.type == 'n') j.text = numbers[below(7)];
    if (j.type == 's') j.text = strings[below(9)];
    return j;
  }
  Json value(int depth) {
    if (depth == 0 || !one_in(3)) return scalar();
    Json j;
    j.type = one_in(2) ? 'a' : 'o';
    const unsigned n = below(4);
    for (unsigned i = 0; i < n; ++i) {
      if (j.type == 'a')
        j.items.push_back(value(depth - 1));
      else
        j.members[key()] = value(depth - 1);
    }
    return j;
  }
  Json arguments() {
    Json j;
    j.type = 'o';
    for (const char* k : {"x", "y", "z"}) {
      if (!one_in(5)) j.members[k] = value(2);
    }
    return j;
  }
  Written condition(int depth) {
    Written w;
    if (depth > 0 && one_in(3)) {
      w.kind = "aon"[below(3)];
      const unsigned n = w.kind == 'n' ? 1 : 1 + below(3);
      for (unsigned i = 0; i < n; ++i) w.children.push_back(condition(depth - 1));
      return w;
    }
    static const char* ops[] = {"eq", "neq",    "lt",       "lte",    "gt",          "gte",
                                "in", "not_in", "contains", "exists", "starts_with", "length"};
    w.path.push_back(key());
    while (one_in(3)) w.path.push_back(step());
    w.op = ops[below(12)];
    const unsigned n = w.op == "in" || w.op == "not_in" ? 1 + below(one_in(4) ? 12 : 3) : 1;
    for (unsigned i = 0; i < n; ++i) w.values.push_back(constant(w.op));
    return w;
  }

 private:
  std::string key() { return std::string(1, "xyz"[below(3)]); }
  std::string step() {
    static const char* steps[] = {"[0]", "[all]", "[any]", "[*]"};
    return one_in(3) ? key() : steps[below(4)];
  }
  Json constant(const std::string& op) {
    Json j = scalar();
    if (op == "exists") j.type = 'b';
    if (op == "starts_with") j.type = 's', j.text = one_in(2) ? "a" : "5";
    if (op == "length") j.type = 'n', j.text = std::to_string(below(4));
    if (op == "lt" || op == "lte" || op == "gt" || op == "gte") j.type = 'n', j.text = one_in(2) ? "5" : "4.5";
    return j;
  }
  std::mt19937 random_;
};

struct WrittenRule {
  bool deny = false;
  std::vector<Written> conditions;
};

char rule_truth(const WrittenRule& rule, const Json& arguments) {
  char result = yes;
  for (const Written& w : rule.conditions) result = all_of(result, truth(w, arguments, rule.deny));
  return result;
}

TEST(DecideRandom, AgreesWithTheOracle) {
  unsigned denied = 0, allowed = 0, unsure = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    Maker make(seed);
    std::vector<WrittenRule> rules(1 + make.below(6));
    std::string yaml = "tools:\n  t:\n    rules:\n";
    for (WrittenRule& rule : rules) {
      rule.deny = make.one_in(2);
      const unsigned n = make.one_in(3) ? 2 : 1;
      yaml += rule.deny ? "      - action: deny\n        when:\n" : "      - require:\n";
      for (unsigned i = 0; i < n; ++i) {
        rule.conditions.push_back(make.condition(2));
        yaml += "          - " + print(rule.conditions.back()) + "\n";
      }
    }
    const auto snapshot = lowered(yaml);
    ASSERT_NE(snapshot, nullptr) << yaml;
    for (int i = 0; i < 40; ++i) {
      const Json arguments = make.arguments();
      std::string expected = "allowed";
      for (std::size_t r = 0; r < rules.size() && expected == "allowed"; ++r) {
        const char t = rule_truth(rules[r], arguments);
        const bool passes = rules[r].deny ? t == no : t == yes;
        if (!passes) expected = std::to_string(r) + (t == undecided ? " undecided" : " decided");
      }
      const Call call("t", print(arguments));
      const Verdict v = decide(*snapshot, call);
      std::string got = "allowed";
      if (v.denied())
        got = std::string(v.rule.substr(v.rule.rfind('/') + 1)) +
              (v.reason == Reason::undecided ? " undecided" : " decided");
      ASSERT_EQ(got, expected) << "seed " << seed << "\n" << yaml << print(arguments);
      ++(expected == "allowed" ? allowed : expected.ends_with(" undecided") ? unsure : denied);
    }
  }
  // The material must reach all three.
  EXPECT_GT(allowed, 500U);
  EXPECT_GT(denied, 500U);
  EXPECT_GT(unsure, 500U);
}

}  // namespace
}  // namespace policy
