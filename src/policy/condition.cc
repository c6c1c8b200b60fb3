// Three-valued evaluation. Recursion is bounded by the policy's own nesting (64 levels at loading) and by the steps of
// a path; the work by the size of the message.
#include "policy/condition.h"

#include <array>
#include <cassert>
#include <chrono>

#include "policy/counter_key.h"
#include "policy/operators.h"

namespace policy {
namespace {

json::Value document_of(const CompiledCondition& c, const Reader& reader) {
  const Facts& f = reader.facts;
  switch (c.root) {
    case Root::args:
      return f.arguments ? f.arguments : reader.empty;
    case Root::params:
      return f.params ? f.params : reader.empty;
    case Root::tool_annotations:
      return f.tool == nullptr ? json::Value() : f.tool->annotations();
    default:
      return {};
  }
}

// time.hour 0..23, time.weekday mon..sun, time.date YYYY-MM-DD, at the condition's offset from UTC.
Operand time_operand(const CompiledCondition& c, Reader& reader) {
  using namespace std::chrono;
  static constexpr std::array<std::string_view, 7> weekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  const auto local = reader.facts.now + minutes(c.utc_offset_minutes);
  const auto day = floor<days>(local);
  if (c.time_part == 'w') return Operand::of_text(weekdays[weekday(day).c_encoding()]);
  if (c.time_part == 'h') {
    reader.text = std::to_string(duration_cast<hours>(local - day).count());
    return Operand::of_number(reader.text);
  }
  const year_month_day date(day);
  const auto two = [](unsigned n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  reader.text = std::to_string(static_cast<int>(date.year())) + '-' + two(static_cast<unsigned>(date.month())) + '-' +
                two(static_cast<unsigned>(date.day()));
  return Operand::of_text(reader.text);
}

Operand counter_operand(const CompiledCondition& c, Reader& reader) {
  if (c.counter == nullptr || reader.facts.counters == nullptr) return Operand::undecided();
  limits::Charge counter;
  complete_key(*c.counter, reader.facts, reader.subject, false, counter.key);
  counter.window = c.counter->source->window;
  counter.session = c.counter->source->scope == Scope::session;
  if (!reader.facts.counters->ready({&counter, 1})) {
    reader.needs_store = true;
    return Operand::undecided();
  }
  const std::optional<base::Amount> value = reader.facts.counters->value(counter);
  if (!value) return Operand::undecided();
  reader.text = value->text();
  return Operand::of_number(reader.text);
}

// A word of our own has no steps below it.
Operand word(const CompiledCondition& c, std::string_view text) {
  return c.first_step >= c.steps->size() ? Operand::of_text(text) : Operand::absent();
}

Operand resolve(const CompiledCondition& c, Reader& reader) {
  switch (c.root) {
    case Root::tool_name:
      return word(c,
                  reader.subject != nullptr && reader.subject->kind == SubjectKind::tool ? reader.subject->name : "");
    case Root::server:
      return word(c, reader.facts.server);
    case Root::identity:
      return word(c, reader.facts.identity);
    case Root::session:
      return word(c, reader.facts.session);
    case Root::client:
      return word(c, reader.facts.client_name);
    case Root::time:
      return time_operand(c, reader);
    case Root::state:
      return counter_operand(c, reader);
    default:
      break;
  }
  std::size_t step = c.first_step;
  return walk(document_of(c, reader), *c.steps, step);
}

Truth over_elements(const CompiledCondition& c, json::Value from, std::size_t step, Reading reading) {
  const std::vector<json::Step>& steps = *c.steps;
  const Operand here = walk(from, steps, step);
  if (step == steps.size()) return apply(c, here, reading);
  if (here.kind != Operand::Kind::present || here.type != json::Type::array) return Truth::undecided;
  const json::Step::Kind kind = steps[step].kind;
  const bool all = kind == json::Step::Kind::all || (kind == json::Step::Kind::star && !reading.restriction);
  Truth result = truth_of(all);
  for (const json::Value element : here.value.elements()) {
    const Truth t = over_elements(c, element, step + 1, reading);
    result = all ? both(result, t) : either(result, t);
    if (result == truth_of(!all)) break;
  }
  return result;
}

Truth compare(const CompiledCondition& c, Reader& reader, Reading reading) {
  if (c.quantified) return over_elements(c, document_of(c, reader), c.first_step, reading);
  if (c.slot >= operand_slots) return apply(c, resolve(c, reader), reading);
  const std::uint32_t bit = std::uint32_t{1} << c.slot;
  if ((reader.cached & bit) == 0) {
    reader.slots[c.slot] = resolve(c, reader);
    reader.cached |= bit;
  }
  return apply(c, reader.slots[c.slot], reading);
}

}  // namespace

json::Value start_of(const CompiledCondition& c, const Reader& reader) { return document_of(c, reader); }
Operand resolve_operand(const CompiledCondition& c, Reader& reader) { return resolve(c, reader); }

Truth evaluate(const CompiledCondition& c, Reader& reader, Reading reading) {
  switch (c.kind) {
    case Condition::Kind::compare:
      return compare(c, reader, reading);
    case Condition::Kind::negate:
      return negate(evaluate(c.children.front(), reader, reading.inverted()));
    case Condition::Kind::all:
      return evaluate_all(c.children, reader, reading);
    case Condition::Kind::any:
      break;
  }
  Truth result = Truth::no;
  for (const CompiledCondition& child : c.children) {
    result = either(result, evaluate(child, reader, reading));
    if (result == Truth::yes) break;
  }
  return result;
}

Truth evaluate_all(std::span<const CompiledCondition> conditions, Reader& reader, Reading reading) {
  Truth result = Truth::yes;
  for (const CompiledCondition& c : conditions) {
    result = both(result, evaluate(c, reader, reading));
    if (result == Truth::no) break;
  }
  return result;
}

}  // namespace policy
