// The key `lint:` of a policy: findings that somebody looked at and means, each code with a reason. Silencing changes
// what is reported, never what is decided. Only warnings and notes can be silenced, and a silence that silences nothing
// is a warning itself, so that none outlives its cause.
#include <algorithm>

#include "base/strings.h"
#include "policy/codes.h"
#include "policy/loading.h"

namespace policy {
namespace {

std::uint64_t key_of(Position p) { return (std::uint64_t{p.line} << 32U) | p.column; }

// Reports a code that cannot be silenced; true if it can.
bool check_code(Loading& l, const NodeMember& m) {
  const Code* code = find_code(m.key);
  if (code == nullptr) {
    const std::string near = nearest_code(m.key);
    l.error("unknown-code", m.position, "there is no finding with the code " + quoted(m.key),
            near.empty() ? "codes stand in brackets at the end of each warning's first line; docs/policy.md lists them"
                         : "did you mean " + near + "?");
    return false;
  }
  if (code->silencing != Silencing::never) return true;
  l.error("cannot-silence", m.position, quoted(m.key) + " cannot be silenced",
          code->severity == yaml::Severity::error ? "errors have to be mended" : "take the line out");
  return false;
}

}  // namespace

void read_silences(Loading& l, const Node& map, int level, Position name) {
  const Node* node = map.find("lint");
  if (node == nullptr) return;
  if (!node->is_map())
    return wrong_type(l, *node, "lint", "a map from codes to reasons",
                      "write lint: {CODE: why the finding is not a mistake here}");
  for (const NodeMember& m : node->members) {
    const bool known = check_code(l, m);
    auto reason = read_text(l, *m.value, "the reason for silencing " + quoted(m.key));
    if (reason && base::trimmed(*reason).empty()) {
      l.error("empty-text", m.value->position, "the reason for silencing " + quoted(m.key) + " is empty");
      reason.reset();
    }
    if (known && reason) l.silences.add(std::string(m.key), std::move(*reason), m.position, level, map, name);
  }
}

void Silences::add(std::string code, std::string reason, Position at, int level, const Node& within, Position name) {
  const std::size_t index = list_.size();
  if (level == 0)
    everywhere_.emplace(code, index);
  else
    cover(within, index);
  if (name.line > 0) places_[key_of(name)].push_back(index);
  list_.push_back({std::move(code), std::move(reason), at, level, false});
}

void Silences::cover(const Node& node, std::size_t index) {
  std::vector<std::size_t>& here = places_[key_of(node.position)];
  if (here.empty() || here.back() != index) here.push_back(index);
  for (const Node* item : node.items) cover(*item, index);
  for (const NodeMember& m : node.members) {
    std::vector<std::size_t>& key = places_[key_of(m.position)];
    if (key.empty() || key.back() != index) key.push_back(index);
    cover(*m.value, index);
  }
}

std::vector<Silenced> Silences::apply(Problems& problems, bool lint, bool with_tools) {
  std::vector<Silenced> out;
  if (list_.empty()) return out;
  const auto covering = [&](const Problem& p) {
    std::vector<std::size_t> found;
    if (p.severity == yaml::Severity::error) return found;
    if (const auto top = everywhere_.find(p.code); top != everywhere_.end()) found.push_back(top->second);
    if (const auto place = places_.find(key_of(p.position)); p.position.line > 0 && place != places_.end())
      for (const std::size_t i : place->second)
        if (list_[i].code == p.code) found.push_back(i);
    return found;
  };
  for (Problem& p : problems.take_out([&](const Problem& q) { return !covering(q).empty(); })) {
    const One* nearest = nullptr;
    for (const std::size_t i : covering(p)) {
      list_[i].used = true;
      if (nearest == nullptr || list_[i].level > nearest->level) nearest = &list_[i];
    }
    out.push_back({std::move(p), nearest->reason});
  }
  // With an error lint did not run, and what was dropped was not looked at: nothing is known of what a silence does.
  if (lint && !problems.has_errors() && !problems.overflowed()) warn_unused(problems, with_tools);
  return out;
}

void Silences::warn_unused(Problems& problems, bool with_tools) const {
  for (const One& one : list_) {
    const Silencing kind = find_code(one.code)->silencing;
    const bool looked_for = kind == Silencing::always || (kind == Silencing::with_tools && with_tools);
    if (one.used || !looked_for) continue;
    problems.warn("unused-silence", one.position, "nothing here gives " + quoted(one.code) + " any more",
                  "take the line out, so that the next finding of this kind is seen");
  }
}

}  // namespace policy
