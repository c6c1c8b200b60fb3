// References that go round without going into the instance would never end. A search through the edges that stay at the
// instance, with a list of its own.
#include <cstdint>
#include <vector>

#include "schema/compiler.h"

namespace schema {
namespace {

// Dynamic references are left out: where they lead is known only while evaluating, whose depth is bounded.
std::vector<NodeId> stays(const Program& program, NodeId id) {
  std::vector<NodeId> out;
  const Node& node = program.nodes[id];
  if (node.applied != no_table) {
    for (const Application& one : program.applied[node.applied]) {
      if (one.kind == Application::Kind::dynamic_reference) continue;
      for (const NodeId next : one.nodes) {
        if (next != no_node) out.push_back(next);
      }
    }
  }
  if (node.objects != no_table) {
    for (const Dependent& one : program.objects[node.objects].dependents) {
      if (one.node != no_node) out.push_back(one.node);
    }
  }
  return out;
}

enum class State : std::uint8_t { unseen, open, done };

struct Step {
  NodeId id;
  std::vector<NodeId> next;
};

}  // namespace

std::uint32_t find_cycle(const Program& program) {
  std::vector<State> states(program.nodes.size(), State::unseen);
  std::vector<Step> way;
  for (NodeId start = 0; start < program.nodes.size(); ++start) {
    if (states[start] != State::unseen) continue;
    states[start] = State::open;
    way.push_back({start, stays(program, start)});
    while (!way.empty()) {
      if (way.back().next.empty()) {
        states[way.back().id] = State::done;
        way.pop_back();
        continue;
      }
      const NodeId next = way.back().next.back();
      way.back().next.pop_back();
      if (states[next] == State::open) return program.nodes[next].place;
      if (states[next] == State::done) continue;
      states[next] = State::open;
      way.push_back({next, stays(program, next)});
    }
  }
  return no_table;
}

}  // namespace schema
