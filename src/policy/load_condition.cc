// Conditions: {path, op, value} with their extra keys, and any, all, not. Depth is bounded by the tree's.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "policy/loading.h"
#include "policy/path_within.h"

namespace policy {
namespace {

constexpr std::string_view nesting[] = {"any", "all", "not"};

bool is_one_of(Op op, std::initializer_list<Op> ops) { return std::find(ops.begin(), ops.end(), op) != ops.end(); }

void read_op(Loading& l, const Node& node, Condition& condition, bool& good) {
  const auto name = read_text(l, node, "op");
  good = good && name.has_value();
  if (!name) return;
  if (const auto op = find_op(*name)) {
    condition.op = *op;
    return;
  }
  good = false;
  std::array<std::string_view, static_cast<std::size_t>(Op::cidr_in) + 1> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = op_name(static_cast<Op>(i));
  struct Other {
    std::string_view written, meant;
  };
  constexpr Other others[] = {{"==", "eq"},
                              {"=", "eq"},
                              {"equals", "eq"},
                              {"!=", "neq"},
                              {"ne", "neq"},
                              {"<", "lt"},
                              {"<=", "lte"},
                              {"le", "lte"},
                              {">", "gt"},
                              {">=", "gte"},
                              {"ge", "gte"},
                              {"nin", "not_in"},
                              {"equal", "eq"},
                              {"is", "eq"},
                              {"not_equal", "neq"},
                              {"not_equals", "neq"},
                              {"not", "neq"},
                              {"less_than", "lt"},
                              {"less", "lt"},
                              {"below", "lt"},
                              {"max", "lte"},
                              {"at_most", "lte"},
                              {"less_than_or_equal", "lte"},
                              {"greater_than", "gt"},
                              {"greater", "gt"},
                              {"above", "gt"},
                              {"min", "gte"},
                              {"at_least", "gte"},
                              {"greater_than_or_equal", "gte"},
                              {"one_of", "in"},
                              {"any_of", "in"},
                              {"none_of", "not_in"},
                              {"includes", "contains"},
                              {"prefix", "starts_with"},
                              {"suffix", "ends_with"},
                              {"pattern", "regex"},
                              {"re", "regex"},
                              {"like", "glob"},
                              {"wildcard", "glob"},
                              {"under", "path_within"}};
  std::string_view near = base::nearest(*name, names);
  for (const Other& o : others)
    if (o.written == *name) near = o.meant;
  l.error("unknown-operator", node.position, "unknown operator " + quoted(*name),
          near.empty() ? "operators: " + choices(names) : "did you mean " + std::string(near) + "?");
}

// "+02:00", "-05:30", "Z"
std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text == "Z") return 0;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1; };
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t i : {1U, 2U, 4U, 5U})
    if (digit(i) < 0) return std::nullopt;
  const int hours = digit(1) * 10 + digit(2), minutes = digit(4) * 10 + digit(5);
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

void misplaced(Loading& l, const Node& node, std::string_view key, std::string_view where) {
  l.error("contradiction", node.position, std::string(key) + " has a meaning " + std::string(where) + " only");
}

// coerce, decode, base, utc_offset: each belongs to some operators or paths.
void read_extras(Loading& l, const Node& node, Condition& c) {
  if (const Node* coerce = node.find("coerce")) {
    c.coerce = read_bool(l, *coerce, "coerce").value_or(false);
    if (!is_one_of(c.op, {Op::eq, Op::neq, Op::lt, Op::lte, Op::gt, Op::gte, Op::between, Op::in, Op::not_in}))
      misplaced(l, *coerce, "coerce", "with eq, neq, in, not_in and the comparisons of numbers");
  }
  if (const Node* decode = node.find("decode")) {
    constexpr std::string_view words[] = {"uri"};
    c.decode_uri = read_word(l, *decode, "decode", words).has_value();
    if (c.op != Op::path_within) misplaced(l, *decode, "decode", "with path_within");
  }
  if (const Node* base_node = node.find("base")) {
    c.base = read_text(l, *base_node, "base").value_or("");
    if (c.op != Op::path_within) misplaced(l, *base_node, "base", "with path_within");
    if (!c.base.empty() && !normal_path(c.base))
      l.error("bad-value", base_node->position, "base " + quoted(c.base) + " is not an absolute directory",
              "begin it with /");
  }
  if (const Node* offset = node.find("utc_offset")) {
    const auto text = read_text(l, *offset, "utc_offset");
    const auto minutes = text ? parse_offset(*text) : std::nullopt;
    if (text && !minutes)
      l.error("bad-value", offset->position, "utc_offset " + quoted(*text) + " is not an offset",
              "write \"+02:00\", \"-05:30\" or \"Z\"");
    c.utc_offset_minutes = minutes.value_or(0);
    if (c.path.root != "time") misplaced(l, *offset, "utc_offset", "with time.hour, time.weekday and time.date");
  }
}

std::optional<Condition> read_compare(Loading& l, const EntryScope& scope, const Node& node) {
  Condition c;
  c.position = node.position;
  bool good = true;
  for (const std::string_view key : {"path", "op", "value"}) {
    if (node.find(key) != nullptr) continue;
    l.error("missing-key", node.position, "the condition has no " + std::string(key),
            "a condition is {path: args.amount, op: lte, value: 100}");
    good = false;
  }
  if (const Node* op = node.find("op")) read_op(l, *op, c, good);
  if (const Node* path = node.find("path")) {
    auto read = read_path(l, scope, *path);
    good = good && read.has_value();
    if (read) c.path = std::move(*read);
  }
  if (!good) return std::nullopt;
  if (c.path.root == "state" &&
      !is_one_of(c.op, {Op::eq, Op::neq, Op::lt, Op::lte, Op::gt, Op::gte, Op::between, Op::in, Op::not_in}))
    l.error("bad-value", node.find("op")->position, std::string("op ") + op_name(c.op) + " cannot read a counter",
            "compare it with lte or lt");
  read_value(l, *node.find("value"), c);
  read_extras(l, node, c);
  return c;
}

std::optional<Condition> read_nested(Loading& l, const EntryScope& scope, const Node& node, const NodeMember& member) {
  Condition c;
  c.position = node.position;
  if (member.key == "not") {
    c.kind = Condition::Kind::negate;
    if (!member.value->is_map()) {
      wrong_type(l, *member.value, "not", "one condition", "for several write not: {all: [...]} or not: {any: [...]}");
      return std::nullopt;
    }
    auto inner = read_condition(l, scope, *member.value);
    if (!inner) return std::nullopt;
    c.children.push_back(std::move(*inner));
    return c;
  }
  c.kind = member.key == "any" ? Condition::Kind::any : Condition::Kind::all;
  if (!member.value->is_list()) {
    wrong_type(l, *member.value, member.key, "a list of conditions");
    return std::nullopt;
  }
  if (member.value->items.empty()) {
    l.error("no-conditions", member.value->position, std::string(member.key) + " has no conditions");
    return std::nullopt;
  }
  for (const Node* item : member.value->items)
    if (auto child = read_condition(l, scope, *item)) c.children.push_back(std::move(*child));
  return c;
}

}  // namespace

bool looks_like_condition(const Node& node) {
  if (!node.is_map()) return false;
  return std::any_of(node.members.begin(), node.members.end(), [](const NodeMember& m) {
    return m.key == "path" || m.key == "op" ||
           std::find(std::begin(nesting), std::end(nesting), m.key) != std::end(nesting);
  });
}

std::optional<Condition> read_condition(Loading& l, const EntryScope& scope, const Node& node) {
  if (!check_map(l, node, "a condition", condition_keys)) return std::nullopt;
  const NodeMember* nested = nullptr;
  for (const NodeMember& m : node.members) {
    if (std::find(std::begin(nesting), std::end(nesting), m.key) == std::end(nesting)) continue;
    nested = &m;
    if (node.members.size() > 1) {
      l.error("contradiction", m.position, std::string(m.key) + " stands alone in its condition",
              "write each condition as an element of a list of its own");
      return std::nullopt;
    }
  }
  return nested != nullptr ? read_nested(l, scope, node, *nested) : read_compare(l, scope, node);
}

std::vector<Condition> read_conditions(Loading& l, const EntryScope& scope, const Node& node, std::string_view what) {
  std::vector<Condition> out;
  if (node.is_map()) {
    if (auto c = read_condition(l, scope, node)) out.push_back(std::move(*c));
    return out;
  }
  if (!node.is_list()) {
    wrong_type(l, node, what, "a list of conditions");
    return out;
  }
  out.reserve(node.items.size());
  for (const Node* item : node.items)
    if (auto c = read_condition(l, scope, *item)) out.push_back(std::move(*c));
  return out;
}

}  // namespace policy
