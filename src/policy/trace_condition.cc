// The truth of every part comes from evaluate() and apply() themselves; what is added here is only what to show.
#include "policy/trace_condition.h"

#include "base/strings.h"
#include "json/writer.h"
#include "policy/operators.h"

namespace policy {
namespace {

using json::Type;

std::string a_type(Type type) {
  std::string name(json::type_name(type));
  if (type == Type::null) return name;
  return (name[0] == 'a' || name[0] == 'o' ? "an " : "a ") + name;
}

std::string shown(const Operand& operand) {
  if (operand.kind != Operand::Kind::present) return {};
  if (operand.value) return shown_json(operand.value);
  if (operand.type == Type::number) return std::string(operand.text);
  std::string out;
  json::write_string(out, operand.text);
  return base::printable(out, 80);
}

// Text where a number is read, or the other way round.
std::string why_type(const CompiledCondition& c, const Operand& operand, Reading reading) {
  const bool container = operand.type == Type::array || operand.type == Type::object;
  if (container) return a_type(operand.type) + " stands where one value is read";
  switch (c.op) {
    case Op::lt:
    case Op::lte:
    case Op::gt:
    case Op::gte:
    case Op::between:
      if (operand.type == Type::string && !reading.restriction && !c.coerce)
        return "text is not read as a number here (coerce: true would read it)";
      return a_type(operand.type) + " cannot be compared with a number";
    default:
      return "the same value, or what some programs take for it, stands there in another type";
  }
}

std::string why_text(const CompiledCondition& c, const Operand& operand) {
  if (operand.type != Type::string) return std::string(op_name(c.op)) + " reads text, not " + a_type(operand.type);
  switch (c.op) {
    case Op::regex:
    case Op::matches:
      return "the text is not valid Unicode";
    case Op::path_within:
      return "programs read this path in different ways (relative without a base, ~, $, an escape)";
    case Op::url_host_in:
    case Op::url_scheme_in:
      return "this is no URL that every program reads alike";
    case Op::cidr_in:
      return "this is no address";
    default:
      return "the text cannot be read";
  }
}

std::string why_undecided(const CompiledCondition& c, const Operand& operand, Reading reading) {
  if (operand.kind == Operand::Kind::undecided) {
    return c.root == Root::state ? "the counter cannot be read"
                                 : "a list, or another container than the path expects, stands where one value is read";
  }
  if (operand.kind == Operand::Kind::absent) {
    return is_negative(c.op) ? "nothing is there, and " + std::string(op_name(c.op)) + " of nothing is undecided"
                             : "nothing is there, and under not that is undecided";
  }
  switch (c.op) {
    case Op::contains:
      if (operand.type == Type::array) return "an element is, or may be read as, the value in another type";
      if (operand.type == Type::string) return "text contains text only";
      return "only text and arrays contain something";
    case Op::length:
      return a_type(operand.type) + " has no length";
    case Op::starts_with:
    case Op::ends_with:
    case Op::glob:
    case Op::regex:
    case Op::matches:
    case Op::path_within:
    case Op::url_host_in:
    case Op::url_scheme_in:
    case Op::cidr_in:
      return why_text(c, operand);
    default:
      return why_type(c, operand, reading);
  }
}

// Every value that a quantified path reaches.
class Elements {
 public:
  Elements(const CompiledCondition& c, TracedCondition& out, std::string_view root) : c_(c), out_(out), root_(root) {}

  void collect(json::Value from, std::size_t step) {  // NOLINT(misc-no-recursion): bounded by the path's steps
    const std::size_t mark = steps_.size();
    std::size_t at = step;
    const Operand here = walk(from, *c_.steps, at);
    for (std::size_t i = step; i < at; ++i) steps_.push_back((*c_.steps)[i]);
    if (at == c_.steps->size()) {
      add(here);
    } else if (here.kind != Operand::Kind::present || here.type != Type::array) {
      out_.value = shown(here);
      if (out_.why.empty()) out_.why = "no array stands where the path runs over one";
    } else {
      std::uint32_t index = 0;
      for (const json::Value element : here.value.elements()) {
        steps_.push_back({json::Step::Kind::index, "", index++});
        collect(element, at + 1);
        steps_.pop_back();
      }
    }
    steps_.resize(mark);
  }

 private:
  // Those that are as the whole is come first: they decided.
  void add(const Operand& operand) {
    ++out_.elements_seen;
    const Truth truth = apply(c_, operand, out_.reading);
    if (truth == Truth::undecided && out_.why.empty()) out_.why = why_undecided(c_, operand, out_.reading);
    if (truth != out_.truth || out_.elements.size() >= TracedCondition::most_elements) return;
    TracedElement& e = out_.elements.emplace_back();
    e.steps.assign(c_.steps->begin(), c_.steps->begin() + c_.first_step);
    e.steps.insert(e.steps.end(), steps_.begin(), steps_.end());
    e.path = json::Path{std::string(root_), e.steps}.text();
    e.value = shown(operand);
    e.truth = truth;
  }

  const CompiledCondition& c_;
  TracedCondition& out_;
  std::string_view root_;
  std::vector<json::Step> steps_;
};

void trace_compare(const CompiledCondition& c, Reader& reader, TracedCondition& out) {
  if (c.quantified) {
    Elements(c, out, out.source->path.root).collect(start_of(c, reader), c.first_step);
    if (out.truth != Truth::undecided) out.why.clear();
    return;
  }
  const Operand operand = resolve_operand(c, reader);
  out.value = shown(operand);
  out.missing = operand.kind == Operand::Kind::absent;
  if (out.truth == Truth::undecided) out.why = why_undecided(c, operand, out.reading);
}

}  // namespace

std::string shown_json(json::Value value, std::size_t max) {
  if (!value) return {};
  std::string out;
  json::write(out, value);
  return base::printable(out, max);
}

TracedCondition trace_condition(const Condition& source, const CompiledCondition& c,  // NOLINT(misc-no-recursion)
                                Reader& reader, Reading reading) {
  TracedCondition out;
  out.source = &source;
  out.compiled = &c;
  out.reading = reading;
  out.truth = evaluate(c, reader, reading);
  if (c.kind == Condition::Kind::compare) {
    trace_compare(c, reader, out);
    return out;
  }
  const Reading inner = c.kind == Condition::Kind::negate ? reading.inverted() : reading;
  const Truth settles = c.kind == Condition::Kind::any ? Truth::yes : Truth::no;
  bool settled = false;
  for (std::size_t i = 0; i < c.children.size(); ++i) {
    TracedCondition& child =
        out.children.emplace_back(trace_condition(source.children[i], c.children[i], reader, inner));
    child.needed = !settled;
    settled = settled || (c.kind != Condition::Kind::negate && child.truth == settles);
  }
  return out;
}

std::vector<TracedCondition> trace_all(const std::vector<Condition>& sources,
                                       const std::vector<CompiledCondition>& compiled, Reader& reader,
                                       Reading reading) {
  std::vector<TracedCondition> out;
  bool settled = false;
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    out.push_back(trace_condition(sources[i], compiled[i], reader, reading));
    out.back().needed = !settled;
    settled = settled || out.back().truth == Truth::no;
  }
  return out;
}

}  // namespace policy
