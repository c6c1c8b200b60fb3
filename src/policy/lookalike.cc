// Look-alike keys. The common case (every key is the named one, or begins differently) costs a comparison of first
// bytes per key and name; folding is left to base::is_look_alike.
#include "policy/lookalike.h"

#include <algorithm>
#include <memory>

#include "base/unicode.h"

namespace policy {
namespace {

bool looks_like(std::string_view key, std::string_view named) {
  if (key.empty() || named.empty()) return false;
  const auto a = static_cast<unsigned char>(key[0]), b = static_cast<unsigned char>(named[0]);
  if (((a | b) & 0x80) == 0 && (a | 0x20) != (b | 0x20)) return false;
  return base::is_look_alike(key, named);
}

bool names_exactly(const NamedKeys& named, std::string_view key) {
  return std::any_of(named.children.begin(), named.children.end(), [&](const NamedKeys::Child& c) {
    return c.step.kind == json::Step::Kind::key && c.step.key == key;
  });
}

std::optional<LookAlike> among_members(const NamedKeys& named, json::Value object) {
  for (const json::Member member : object.members()) {
    for (const NamedKeys::Child& child : named.children) {
      if (child.step.kind != json::Step::Kind::key || !looks_like(member.key, child.step.key)) continue;
      if (!names_exactly(named, member.key)) return LookAlike{member.key, child.step.key};
    }
  }
  return std::nullopt;
}

std::optional<LookAlike> below(const NamedKeys::Child& child, json::Value value) {
  if (child.below == nullptr || child.below->children.empty()) return std::nullopt;
  const json::Step::Kind kind = child.step.kind;
  if (kind == json::Step::Kind::key) return find_look_alike(*child.below, value.find(child.step.key));
  if (kind == json::Step::Kind::index) return find_look_alike(*child.below, value.at(child.step.index));
  for (const json::Value element : value.elements()) {
    if (auto found = find_look_alike(*child.below, element)) return found;
  }
  return std::nullopt;
}

bool same_step(const json::Step& a, const json::Step& b) {
  return a.kind == b.kind && a.key == b.key && a.index == b.index;
}

}  // namespace

void add_named_keys(NamedKeys& into, const std::vector<json::Step>& steps, std::size_t first) {
  if (first == steps.size()) return;
  auto child = std::find_if(into.children.begin(), into.children.end(),
                            [&](const NamedKeys::Child& c) { return same_step(c.step, steps[first]); });
  if (child == into.children.end()) {
    into.children.push_back({steps[first], std::make_unique<NamedKeys>()});
    child = std::prev(into.children.end());
  }
  add_named_keys(*child->below, steps, first + 1);
}

std::optional<LookAlike> find_look_alike(const NamedKeys& named, json::Value value) {
  if (!value || named.children.empty()) return std::nullopt;
  if (value.is_object()) {
    if (auto found = among_members(named, value)) return found;
  }
  for (const NamedKeys::Child& child : named.children) {
    if (auto found = below(child, value)) return found;
  }
  return std::nullopt;
}

std::optional<LookAlike> find_look_alike(const tools::Definition& tool, json::Value arguments) {
  const auto exact = [&](std::string_view key) {
    return std::find(tool.properties.begin(), tool.properties.end(), key) != tool.properties.end() ||
           std::any_of(tool.required.begin(), tool.required.end(), [&](const auto& r) { return r.name == key; });
  };
  for (const json::Member member : arguments.members()) {
    const auto check = [&](std::string_view named) { return looks_like(member.key, named) && !exact(member.key); };
    for (const std::string& property : tool.properties) {
      if (check(property)) return LookAlike{member.key, property};
    }
    for (const auto& required : tool.required) {
      if (check(required.name)) return LookAlike{member.key, required.name};
    }
  }
  return std::nullopt;
}

}  // namespace policy
