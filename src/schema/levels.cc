// Which property names a schema knows, level by level (Schema::levels).
#include <algorithm>
#include <map>
#include <set>

#include "json/path.h"
#include "schema/compiler.h"

namespace schema {
namespace {

constexpr std::size_t most_levels = 200;
constexpr std::size_t deepest = 16;
constexpr std::size_t most_names = 20'000;

struct Group {  // schemas that hold for the same value
  json::Path path;
  std::vector<NodeId> nodes;
};

std::string text_of(const json::Path& path) {
  std::string text = path.text();
  return text.starts_with('.') ? text.substr(1) : text;
}

// The nodes, and all that their references and `allOf` lead to.
std::vector<NodeId> together(const Program& program, const std::vector<NodeId>& nodes) {
  std::vector<NodeId> all = nodes;
  std::set<NodeId> seen(nodes.begin(), nodes.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint32_t table = program.nodes[all[i]].applied;
    if (table == no_table) continue;
    for (const Application& one : program.applied[table]) {
      if (one.kind != Application::Kind::reference && one.kind != Application::Kind::all_of) continue;
      for (const NodeId next : one.nodes) {
        if (seen.insert(next).second) all.push_back(next);
      }
    }
  }
  return all;
}

bool is_never(const Program& program, NodeId id) { return id != no_node && program.nodes[id].never; }

// Whether the schema may know property names, of its value or below.
bool is_deep(const Program& program, NodeId id) {
  if (id == no_node) return false;
  const Node& node = program.nodes[id];
  return node.objects != no_table || node.arrays != no_table || node.applied != no_table;
}

class Groups {
 public:
  explicit Groups(const Program& program) : program_(program) { list_.push_back({{}, {program.root}}); }
  bool has(std::size_t index) const { return index < list_.size(); }
  const Group& operator[](std::size_t index) const { return list_[index]; }
  bool complete() const { return complete_; }
  void add(const Group& from, json::Step step, NodeId node) {
    if (!is_deep(program_, node)) return;
    if (from.path.steps.size() >= deepest) {
      complete_ = false;
      return;
    }
    Group next{from.path, {node}};
    next.path.steps.push_back(std::move(step));
    const auto [known, is_new] = index_.emplace(text_of(next.path), list_.size());
    if (!is_new) {
      if (known->second < list_.size()) list_[known->second].nodes.push_back(node);
    } else if (list_.size() < most_levels) {
      list_.push_back(std::move(next));
    } else {
      complete_ = false;
    }
  }

 private:
  const Program& program_;
  std::vector<Group> list_;
  bool complete_ = true;
  std::map<std::string, std::size_t> index_;  // by path; also of those that came too late to be listed
};

}  // namespace

std::vector<Schema::Level> object_levels(const Program& program, bool& complete) {
  Groups groups(program);
  std::vector<Schema::Level> levels;
  std::size_t names = 0;
  complete = true;
  for (std::size_t i = 0; groups.has(i); ++i) {
    const Group group = groups[i];  // groups grows below
    Schema::Level level{.path = text_of(group.path), .names = {}};
    for (const NodeId id : together(program, group.nodes)) {
      const Node& node = program.nodes[id];
      level.closed = level.closed || is_never(program, node.unevaluated_properties);
      if (node.objects != no_table) {
        const ObjectChecks& checks = program.objects[node.objects];
        level.closed = level.closed || (is_never(program, checks.additional) && checks.patterns.empty());
        for (const Property& property : checks.properties) {
          level.names.emplace_back(property.name);
          groups.add(group, {json::Step::Kind::key, std::string(property.name), 0}, property.node);
        }
      }
      if (node.arrays == no_table) continue;
      const ArrayChecks& checks = program.arrays[node.arrays];
      for (const NodeId element : checks.prefix) groups.add(group, {json::Step::Kind::star, "", 0}, element);
      groups.add(group, {json::Step::Kind::star, "", 0}, checks.rest);
    }
    std::sort(level.names.begin(), level.names.end());
    level.names.erase(std::unique(level.names.begin(), level.names.end()), level.names.end());
    if (i != 0) names += level.names.size();
    if (names > most_names) {
      complete = false;
      break;
    }
    if (i == 0 || !level.names.empty()) levels.push_back(std::move(level));
  }
  complete = complete && groups.complete();
  return levels;
}

}  // namespace schema
