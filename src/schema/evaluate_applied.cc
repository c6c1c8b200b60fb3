// References and combinations: schemas on the same instance.
#include <algorithm>

#include "schema/evaluate.h"

namespace schema {

bool Evaluator::applied(const Call& call) {
  bool good = true;
  for (const Application& one : program_.applied[call.node.applied]) {
    good = apply(call, one) && good;
    if (reason_ != nullptr || (!good && !explaining())) return false;
  }
  return good;
}

bool Evaluator::apply(const Call& call, const Application& application) {
  using enum Application::Kind;
  switch (application.kind) {
    case reference:
      return evaluate(application.nodes[0], call.value, call.where, call.frame);
    case dynamic_reference:
      return evaluate(dynamic_target(application), call.value, call.where, call.frame);
    case all_of: {
      bool good = true;
      for (const NodeId id : application.nodes) {
        good = evaluate(id, call.value, call.where, call.frame) && good;
        if (!good && !explaining()) return false;
      }
      return good;
    }
    case any_of:
      return this->any_of(call, application);
    case one_of:
      return this->one_of(call, application);
    case negation:
      if (!silently(application.nodes[0], call.value, call.where, {})) return reason_ == nullptr;
      fail(call, "not", "must not be what the schema in not describes");
      return false;
    case conditional:
      return this->conditional(call, application);
  }
  return false;
}

// 2020-12, core 8.2.3.2: the outermost resource on the way here that has the anchor.
NodeId Evaluator::dynamic_target(const Application& application) {
  const auto& targets = program_.dynamic_anchors[application.anchor].targets;
  (void)spend(scratch_.resources.size());
  for (const std::uint32_t resource : scratch_.resources) {
    const auto it = std::lower_bound(targets.begin(), targets.end(), resource,
                                     [](const auto& target, std::uint32_t r) { return target.resource < r; });
    if (it != targets.end() && it->resource == resource) return it->node;
  }
  return application.nodes[0];
}

// What an alternative marks counts only if it holds.
bool Evaluator::alternative(const Call& call, NodeId id) {
  const Frame frame = frame_like(call.frame);
  const bool good = silently(id, call.value, call.where, frame);
  if (good) merge(call.frame, frame);
  close_frame(frame);
  return good;
}

bool Evaluator::any_of(const Call& call, const Application& application) {
  bool good = false;
  for (const NodeId id : application.nodes) {
    good = alternative(call, id) || good;
    if (reason_ != nullptr) return false;
    if (good && !call.frame) return true;  // with marks to set, the others have a say as well
  }
  if (!good && explaining()) {
    fail(call, "anyOf", "is none of the " + std::to_string(application.nodes.size()) + " alternatives in anyOf");
    explain_alternatives(call, application);
  }
  return good;
}

bool Evaluator::one_of(const Call& call, const Application& application) {
  std::size_t found = 0;
  for (const NodeId id : application.nodes) {
    if (alternative(call, id)) ++found;
    if (reason_ != nullptr || (found > 1 && !explaining())) return false;
  }
  if (found == 1) return true;
  if (explaining()) {
    const std::string all = std::to_string(application.nodes.size());
    fail(call, "oneOf",
         found == 0 ? "is none of the " + all + " alternatives in oneOf"
                    : "must be exactly one of the " + all + " alternatives in oneOf, is " + std::to_string(found));
    if (found == 0) explain_alternatives(call, application);
  }
  return false;
}

// Where the type of the value leaves one alternative only, what is wrong with the value is what that one says.
void Evaluator::explain_alternatives(const Call& call, const Application& application) {
  NodeId only = no_node;
  for (const NodeId id : application.nodes) {
    const Node& node = program_.nodes[id];
    const bool shares_type = !node.never && (node.types & type_of(call.value, node.types)) != 0;
    if (!shares_type) continue;
    if (only != no_node) return;
    only = id;
  }
  if (only == no_node) return;
  const Frame frame = frame_like(call.frame);
  (void)evaluate(only, call.value, call.where, frame);
  close_frame(frame);
}

bool Evaluator::conditional(const Call& call, const Application& application) {
  const bool holds = alternative(call, application.nodes[0]);
  if (reason_ != nullptr) return false;
  const NodeId then = application.nodes[holds ? 1 : 2];
  return then == no_node || evaluate(then, call.value, call.where, call.frame);
}

}  // namespace schema
