// Keywords that look into objects and arrays, and the marks of what was looked at.
#include <algorithm>

#include "schema/evaluate.h"

namespace schema {
namespace {

constexpr std::uint64_t bytes_a_step = 64;

std::uint32_t counted(json::Value container) { return static_cast<std::uint32_t>(container.size()); }

}  // namespace

bool Evaluator::objects(const Call& call, const ObjectChecks& checks) {
  bool good = true;
  std::uint32_t count = 0;
  std::uint32_t required = 0;
  for (const json::Member one : call.value.members()) {
    if (!spend(1 + one.key.size() / bytes_a_step)) return false;
    bool known = false;
    good = member(call, checks, one, known, required) && good;
    if (!good && !explaining()) return false;
    if (known) mark(call.frame, count);
    ++count;
  }
  good = member_counts(call, checks, count, required) && good;
  if (!good && !explaining()) return false;
  if (!checks.dependents.empty()) good = dependents(call, checks) && good;
  return good;
}

bool Evaluator::member(const Call& call, const ObjectChecks& checks, const json::Member& member, bool& known,
                       std::uint32_t& required) {
  const Where where{.up = call.where, .key = member.key, .index = 0, .is_key = true};
  bool good = true;
  const auto hold = [&](NodeId node) {
    known = true;
    good = evaluate(node, member.value, &where, {}) && good;
    return good || explaining();
  };
  const std::uint32_t number = checks.names.find(member.key);
  if (number != KeyTable::none) {
    const Property& property = checks.properties[number];
    if (property.required) ++required;
    if (property.node != no_node && !hold(property.node)) return false;
  }
  for (const PatternProperty& one : checks.patterns) {
    if (matches(*one.pattern, member.key) && !hold(one.node)) return false;
    if (reason_ != nullptr) return false;
  }
  if (!known && checks.additional != no_node) {
    if (program_.nodes[checks.additional].never) {
      known = true;
      good = false;
      fail_at(call.node.place, "additionalProperties", &where, "is not a property that the schema knows");
    } else if (!hold(checks.additional)) {
      return false;
    }
  }
  if (checks.property_names != no_node) {
    good = evaluate(checks.property_names, member.key_value, &where, {}) && good;
  }
  return good;
}

bool Evaluator::member_counts(const Call& call, const ObjectChecks& checks, std::uint64_t count,
                              std::uint32_t required) {
  bool good = required == checks.required;
  if (!good && !explaining()) return false;
  for (const Property& property : checks.properties) {
    if (good || !property.required || call.value.find(property.name)) continue;
    const Where where{.up = call.where, .key = property.name, .index = 0, .is_key = true};
    fail_at(call.node.place, "required", &where, "is required");
  }
  const auto broken = [&](std::string_view keyword, std::string_view must, std::uint64_t limit) {
    good = false;
    if (explaining()) {
      fail_limit(call, keyword, must, std::to_string(limit) + " properties", std::to_string(count));
    }
  };
  if (count < checks.min_properties) broken("minProperties", "must have at least", checks.min_properties);
  if (count > checks.max_properties) broken("maxProperties", "must have at most", checks.max_properties);
  return good;
}

bool Evaluator::dependents(const Call& call, const ObjectChecks& checks) {
  bool good = true;
  const std::uint64_t search = 1 + counted(call.value) / 8;  // find() walks the members
  for (const Dependent& one : checks.dependents) {
    if (!spend(search)) return false;
    if (!call.value.find(one.trigger)) continue;
    if (one.node != no_node) good = evaluate(one.node, call.value, call.where, call.frame) && good;
    for (const std::string_view name : one.required) {
      if (!spend(search)) return false;
      if (call.value.find(name)) continue;
      good = false;
      if (!explaining()) return false;
      const Where where{.up = call.where, .key = name, .index = 0, .is_key = true};
      fail_at(call.node.place, std::string(one.keyword) + "/" + pointer_token(one.trigger), &where,
              "is required beside another property");
    }
    if (!good && !explaining()) return false;
  }
  return good;
}

bool Evaluator::arrays(const Call& call, const ArrayChecks& checks) {
  std::uint64_t count = 0;
  bool good = elements(call, checks, count);
  if (!good && !explaining()) return false;
  const auto broken = [&](std::string_view keyword, std::string_view must, std::uint64_t limit) {
    good = false;
    if (explaining()) fail_limit(call, keyword, must, std::to_string(limit) + " elements", std::to_string(count));
  };
  if (count < checks.min_items) broken("minItems", "must have at least", checks.min_items);
  if (count > checks.max_items) broken("maxItems", "must have at most", checks.max_items);
  if (!good && !explaining()) return false;
  std::uint32_t first = 0, second = 0;
  if (checks.unique && !unique(call.value, first, second)) {
    good = false;
    if (!explaining()) return false;
    fail(call, "uniqueItems",
         "must have no equal elements: those at " + std::to_string(first) + " and " + std::to_string(second) +
             " are equal");
  }
  if (checks.contains != no_node) good = contains(call, checks) && good;
  return good;
}

bool Evaluator::elements(const Call& call, const ArrayChecks& checks, std::uint64_t& count) {
  bool good = true;
  std::uint32_t index = 0;
  for (const json::Value element : call.value.elements()) {
    if (!spend(1)) return false;
    const bool in_prefix = index < checks.prefix.size();
    const NodeId node = in_prefix ? checks.prefix[index] : checks.rest;
    if (node != no_node) {
      const Where where{.up = call.where, .key = {}, .index = index, .is_key = false};
      mark(call.frame, index);
      if (program_.nodes[node].never && !in_prefix) {
        good = false;
        fail_at(call.node.place, checks.rest_keyword, &where, "is an element too many");
      } else {
        good = evaluate(node, element, &where, {}) && good;
      }
      if (!good && !explaining()) return false;
    }
    ++index;
  }
  count = index;
  return good;
}

bool Evaluator::contains(const Call& call, const ArrayChecks& checks) {
  std::uint64_t found = 0;
  std::uint32_t index = 0;
  const bool all = checks.max_contains != unlimited || (call.frame && checks.contains_marks);
  for (const json::Value element : call.value.elements()) {
    if (!all && found >= checks.min_contains) break;
    const Where where{.up = call.where, .key = {}, .index = index, .is_key = false};
    const bool holds = silently(checks.contains, element, &where, {});
    if (reason_ != nullptr) return false;
    if (holds) {
      ++found;
      if (checks.contains_marks) mark(call.frame, index);
    }
    ++index;
  }
  bool good = true;
  const auto broken = [&](std::string_view keyword, std::string_view must, std::uint64_t limit) {
    good = false;
    if (explaining()) {
      fail_limit(call, keyword, must, std::to_string(limit) + " elements of the kind that contains describes",
                 std::to_string(found));
    }
  };
  if (found < checks.min_contains) broken("contains", "must have at least", checks.min_contains);
  if (found > checks.max_contains) broken("maxContains", "must have at most", checks.max_contains);
  return good;
}

// What no mark was set for. Only of a node that has a frame of its own for it (evaluate()).
bool Evaluator::unevaluated(const Call& call) {
  const bool object = call.value.is_object();
  const NodeId node = object                  ? call.node.unevaluated_properties
                      : call.value.is_array() ? call.node.unevaluated_items
                                              : no_node;
  if (node == no_node) return true;
  const char* const keyword = object ? "unevaluatedProperties" : "unevaluatedItems";
  bool good = true;
  std::uint32_t index = 0;
  const auto hold = [&](json::Value value, const Where& where) {
    const std::uint32_t mine = index++;
    if (scratch_.marks[call.frame.offset + mine] != 0) return true;
    mark(call.frame, mine);
    if (program_.nodes[node].never) {
      good = false;
      fail_at(call.node.place, keyword, &where,
              object ? "is not a property that the schema knows" : "is an element too many");
    } else {
      good = evaluate(node, value, &where, {}) && good;
    }
    return good || explaining();
  };
  for (const json::Member one : call.value.members()) {
    const Where where{.up = call.where, .key = one.key, .index = 0, .is_key = true};
    if (!hold(one.value, where)) return false;
  }
  for (const json::Value element : call.value.elements()) {
    const Where where{.up = call.where, .key = {}, .index = index, .is_key = false};
    if (!hold(element, where)) return false;
  }
  return good;
}

Evaluator::Frame Evaluator::open_frame(json::Value value) {
  const Frame frame{static_cast<std::uint32_t>(scratch_.marks.size()), counted(value)};
  (void)spend(frame.size / bytes_a_step);
  scratch_.marks.resize(scratch_.marks.size() + frame.size, 0);
  return frame;
}

Evaluator::Frame Evaluator::frame_like(Frame frame) {
  if (!frame) return {};
  const Frame copy{static_cast<std::uint32_t>(scratch_.marks.size()), frame.size};
  (void)spend(frame.size / bytes_a_step);
  scratch_.marks.resize(scratch_.marks.size() + frame.size, 0);
  return copy;
}

void Evaluator::merge(Frame into, Frame from) {
  if (!into || !from) return;
  for (std::uint32_t i = 0; i < from.size; ++i) {
    scratch_.marks[into.offset + i] = scratch_.marks[into.offset + i] | scratch_.marks[from.offset + i];
  }
}

void Evaluator::close_frame(Frame frame) {
  if (frame) scratch_.marks.resize(frame.offset);
}

}  // namespace schema
