// Lowering of conditions. Loading has checked operators against values; what is checked here again keeps a Policy that
// was built by other means from deciding anything undefined.
#include "policy/lower_condition.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace policy {
namespace {

using base::fail;
using base::Result;
using Kind = Constant::Kind;

constexpr std::size_t sorted_from = 8;

Result<Scalar> lower_scalar(const Constant& c) {
  Scalar s;
  s.kind = c.kind;
  s.boolean = c.boolean;
  s.text = c.text;
  if (c.kind == Kind::list || c.kind == Kind::map) return fail("a list or map stands where one value is expected");
  if (c.kind != Kind::number && c.kind != Kind::string) return s;
  s.number = base::Decimal::parse(c.text);
  s.numeric_text = c.kind == Kind::string && s.number;
  s.small = s.number && small_integer(c.text, s.integer);
  if (c.kind == Kind::number && !s.number) return fail("\"" + c.text + "\" is not a number");
  return s;
}

Result<void> need_string(const Constant& c, const char* what) {
  if (c.kind != Kind::string) return fail(std::string("expects ") + what);
  return {};
}

// The strings of a list, or the one string.
Result<std::vector<std::string_view>> strings_of(const Constant& c) {
  std::vector<std::string_view> out;
  if (c.kind == Kind::string) return out.push_back(c.text), out;
  if (c.kind != Kind::list) return fail("expects a text or a list of texts");
  for (const Constant& item : c.items) {
    if (item.kind != Kind::string) return fail("expects a list of texts");
    out.push_back(item.text);
  }
  return out;
}

Result<void> lower_list(const Constant& value, OperatorData& data) {
  if (value.kind != Kind::list) return fail("expects a list");
  data.only_strings = true;
  for (const Constant& item : value.items) {
    auto scalar = lower_scalar(item);
    if (!scalar) return fail(scalar.error().message);
    data.only_strings = data.only_strings && item.kind == Kind::string;
    data.list.push_back(*scalar);
  }
  if (data.list.size() < sorted_from) return {};
  for (const Scalar& s : data.list) {
    if (s.kind == Kind::string) data.sorted.push_back(s.text);
  }
  std::sort(data.sorted.begin(), data.sorted.end());
  return {};
}

Result<void> lower_regex(const Constant& value, Patterns& patterns, OperatorData& data) {
  if (auto ok = need_string(value, "a pattern"); !ok) return ok;
  data.regex = patterns.compile(value.text);
  if (!data.regex->ok()) return fail("pattern \"" + value.text + "\": " + data.regex->error());
  return {};
}

Result<void> lower_within(const Condition& c, OperatorData& data) {
  const auto directories = strings_of(c.value);
  if (!directories) return fail(directories.error().message);
  for (const std::string_view d : *directories) {
    auto path = normal_path(d);
    if (!path) return fail("\"" + std::string(d) + "\" is not an absolute directory");
    data.within.directories.push_back(std::move(*path));
  }
  if (!c.base.empty()) {
    auto path = normal_path(c.base);
    if (!path) return fail("base \"" + c.base + "\" is not an absolute directory");
    data.within.base = std::move(*path);
  }
  data.within.decode_uri = c.decode_uri;
  return {};
}

Result<void> lower_hosts(const Constant& value, OperatorData& data) {
  const auto hosts = strings_of(value);
  if (!hosts) return fail(hosts.error().message);
  for (const std::string_view h : *hosts) {
    auto pattern = parse_host_pattern(h);
    if (!pattern) return fail("\"" + std::string(h) + "\" is not a host that is read in one way (use its xn-- form?)");
    data.hosts.push_back(std::move(*pattern));
  }
  return {};
}

Result<void> lower_blocks(const Constant& value, OperatorData& data) {
  const auto blocks = strings_of(value);
  if (!blocks) return fail(blocks.error().message);
  for (const std::string_view b : *blocks) {
    auto block = parse_cidr(b);
    if (!block) return fail("\"" + std::string(b) + "\" is not an address or a block of addresses");
    data.blocks.push_back(*block);
  }
  return {};
}

Result<void> add_bound(Op op, const Constant& value, OperatorData& data) {
  const auto number = value.kind == Kind::number ? base::Decimal::parse(value.text) : std::nullopt;
  if (!number || !number->is_integer() || number->is_negative())
    return fail("a length is a whole number that is not negative");
  LengthBound bound{op, std::numeric_limits<std::uint64_t>::max()};
  const __int128 most = static_cast<__int128>(bound.whole);
  const auto amount = base::Amount::from(*number);
  if (amount && amount->raw() / base::Amount::scale < most)
    bound.whole = static_cast<std::uint64_t>(amount->raw() / base::Amount::scale);
  data.length.push_back(bound);
  return {};
}

Result<void> lower_length(const Constant& value, OperatorData& data) {
  if (value.kind != Kind::map) return add_bound(Op::eq, value, data);
  for (const auto& [name, bound] : value.members) {
    const auto op = find_op(name);
    const bool known = op && (*op == Op::eq || *op == Op::neq || *op == Op::lt || *op == Op::lte || *op == Op::gt ||
                              *op == Op::gte || *op == Op::between);
    if (!known) return fail("a length cannot be compared by \"" + name + "\"");
    if (*op != Op::between) {
      if (auto ok = add_bound(*op, bound, data); !ok) return ok;
      continue;
    }
    if (bound.kind != Kind::list || bound.items.size() != 2) return fail("between expects two numbers");
    if (auto ok = add_bound(Op::gte, bound.items[0], data); !ok) return ok;
    if (auto ok = add_bound(Op::lte, bound.items[1], data); !ok) return ok;
  }
  return {};
}

Result<void> lower_names(const Constant& value, OperatorData& data) {
  const auto names = strings_of(value);
  if (!names) return fail(names.error().message);
  for (const std::string_view n : *names) {
    Scalar s;
    s.kind = Kind::string;
    s.text = n;
    data.list.push_back(s);
  }
  return {};
}

Result<void> lower_between(const Constant& value, OperatorData& data) {
  if (value.kind != Kind::list || value.items.size() != 2) return fail("expects two values");
  for (const Constant& item : value.items) {
    auto scalar = lower_scalar(item);
    if (!scalar) return fail(scalar.error().message);
    data.list.push_back(*scalar);
  }
  return {};
}

Result<void> lower_value(const Condition& c, ConditionContext& context, CompiledCondition& out) {
  out.data = std::make_unique<OperatorData>();
  switch (c.op) {
    case Op::in:
    case Op::not_in:
      return lower_list(c.value, *out.data);
    case Op::between:
      return lower_between(c.value, *out.data);
    case Op::regex:
    case Op::matches:
      return lower_regex(c.value, *context.patterns, *out.data);
    case Op::path_within:
      return lower_within(c, *out.data);
    case Op::url_host_in:
      return lower_hosts(c.value, *out.data);
    case Op::url_scheme_in:
    case Op::type:
      return lower_names(c.value, *out.data);
    case Op::cidr_in:
      return lower_blocks(c.value, *out.data);
    case Op::length:
      return lower_length(c.value, *out.data);
    case Op::glob:
      if (auto ok = need_string(c.value, "a text"); !ok) return ok;
      out.data->glob = base::Glob(c.value.text);
      return {};
    default:
      break;
  }
  out.data.reset();
  if (c.op == Op::starts_with || c.op == Op::ends_with) {
    if (auto ok = need_string(c.value, "a text"); !ok) return ok;
  }
  if (c.op == Op::exists && c.value.kind != Kind::boolean) return fail("expects true or false");
  auto scalar = lower_scalar(c.value);
  if (!scalar) return fail(scalar.error().message);
  out.scalar = *scalar;
  return {};
}

std::string_view first_key(const json::Path& path) {
  if (path.steps.empty() || path.steps[0].kind != json::Step::Kind::key) return "";
  return path.steps[0].key;
}

// The keys of a path as one text: "create_charge.daily_spend".
std::string joined(const std::vector<json::Step>& steps) {
  std::string text;
  for (const json::Step& step : steps) {
    if (step.kind != json::Step::Kind::key) return "";
    if (!text.empty()) text += '.';
    text += step.key;
  }
  return text;
}

struct OwnWord {
  std::string_view root, key;
  Root means;
};
constexpr OwnWord own_words[] = {
    {"tool", "name", Root::tool_name},  {"tool", "annotations", Root::tool_annotations},
    {"server", "name", Root::server},   {"identity", "name", Root::identity},
    {"identity", "id", Root::identity}, {"session", "id", Root::session},
    {"client", "name", Root::client},
};

Result<void> lower_path(const Condition& c, ConditionContext& context, CompiledCondition& out) {
  const json::Path& path = c.path;
  out.steps = &path.steps;
  out.quantified = path.quantified();
  const std::string_view key = first_key(path);
  if (path.root == "args" || path.root == "params") {
    out.root = path.root == "args" ? Root::args : Root::params;
  } else if (path.root == "time") {
    out.root = Root::time;
    if (path.steps.size() != 1 || (key != "hour" && key != "weekday" && key != "date"))
      return fail("time has hour, weekday and date");
    out.time_part = static_cast<std::uint8_t>(key[0]);
    out.text_order = key == "date";
    out.utc_offset_minutes = c.utc_offset_minutes;
  } else if (path.root == "state") {
    out.root = Root::state;
    out.counter = context.counter(joined(path.steps));
  } else if (path.root == "identity" && path.steps.empty()) {
    out.root = Root::identity;
  } else {
    const auto* word = std::find_if(std::begin(own_words), std::end(own_words),
                                    [&](const OwnWord& w) { return w.root == path.root && w.key == key; });
    if (word == std::end(own_words)) return fail("nothing is known as " + path.text());
    out.root = word->means;
    out.first_step = 1;
  }
  if (out.quantified && out.root != Root::args && out.root != Root::params && out.root != Root::tool_annotations)
    return fail(path.text() + " is not a list");
  if (out.quantified || out.root == Root::time || out.root == Root::state) return {};
  const std::string text = path.text();
  auto found = std::find(context.slots.begin(), context.slots.end(), text);
  if (found == context.slots.end() && context.slots.size() < operand_slots) {
    context.slots.push_back(text);
    found = std::prev(context.slots.end());
  }
  if (found != context.slots.end()) out.slot = static_cast<std::uint8_t>(found - context.slots.begin());
  return {};
}

}  // namespace

Result<CompiledCondition> lower_condition(const Condition& c, ConditionContext& context) {
  CompiledCondition out;
  out.kind = c.kind;
  if (c.kind == Condition::Kind::compare) {
    out.op = c.op;
    out.coerce = c.coerce;
    if (auto ok = lower_path(c, context, out); !ok) return fail(ok.error().message);
    if (auto ok = lower_value(c, context, out); !ok)
      return fail(c.path.text() + ' ' + op_name(c.op) + ": " + ok.error().message);
    return out;
  }
  if (c.kind == Condition::Kind::negate && c.children.size() != 1) return fail("not takes exactly one condition");
  for (const Condition& child : c.children) {
    auto lowered = lower_condition(child, context);
    if (!lowered) return fail(lowered.error().message);
    out.children.push_back(std::move(*lowered));
  }
  return out;
}

bool reads_tool(const CompiledCondition& c) {
  if (c.kind == Condition::Kind::compare) return c.root == Root::tool_annotations;
  return std::any_of(c.children.begin(), c.children.end(), reads_tool);
}

}  // namespace policy
