// See the header. A glob stands for a few names that it matches; what no entry names has names of its own.
#include "trial/topics.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "mcp/methods.h"

namespace trial {
namespace {

using policy::Condition;
using policy::Entry;
using policy::Policy;
using policy::Ruleset;

constexpr std::size_t most_topics = 20'000;
constexpr std::size_t most_places = 64;
constexpr std::size_t few_entries = 1'000;  // of more, names beside theirs are not tried

const std::vector<Entry>& entries_of(const Ruleset& rules, About about) {
  switch (about) {
    case About::resource:
      return rules.resources;
    case About::prompt:
      return rules.prompts;
    case About::method:
      return rules.methods;
    case About::tool:
      break;
  }
  return rules.tools;
}

// Both policies' rules for one server: its block's first.
std::vector<const Ruleset*> rulesets(const Policy& before, const Policy& after, const std::string& server) {
  std::vector<const Ruleset*> out;
  for (const Policy* p : {&before, &after}) {
    for (const policy::ServerRules& block : p->servers) {
      if (block.name == server) out.push_back(&block.rules);
    }
    out.push_back(&p->rules);
  }
  return out;
}

// Names that a pattern covers, and one beside it.
std::vector<std::string> names_of(const std::string& pattern, bool beside) {
  const base::Glob glob(pattern);
  if (glob.is_everything()) return {};
  if (glob.is_literal()) {
    std::vector<std::string> out = {glob.literal()};
    if (beside && !glob.literal().empty()) {
      out.push_back(glob.literal() + "x");
      std::string upper = glob.literal();
      const bool letter = (upper[0] | 0x20) >= 'a' && (upper[0] | 0x20) <= 'z';
      if (letter) upper[0] = static_cast<char>(upper[0] ^ 0x20);
      out.push_back(upper);
    }
    return out;
  }
  std::vector<std::string> out;
  for (const std::string_view by : {"x", "", "a/b.c"}) {
    std::string name;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) {
        name += pattern[++i];
      } else if (pattern[i] == '*') {
        name += by;
      } else {
        name += pattern[i];
      }
    }
    out.push_back(std::move(name));
  }
  out.push_back("x" + out[0] + "x");
  return out;
}

std::vector<std::string> unnamed(About about) {
  switch (about) {
    case About::resource:
      return {"file:///not/named/anywhere", "https://not-named.example/x"};
    case About::prompt:
      return {"prompt_not_named"};
    case About::method:
      return {"x-not/named"};
    case About::tool:
      break;
  }
  return {"tool_not_named"};
}

void find_tool_names(const Condition& c, std::vector<std::string>& out) {  // NOLINT(misc-no-recursion)
  for (const Condition& child : c.children) find_tool_names(child, out);
  if (c.kind != Condition::Kind::compare || c.path.root != "tool" || c.path.steps[0].key != "name") return;
  if (c.value.kind == policy::Constant::Kind::string) out.push_back(c.value.text);
  for (const policy::Constant& item : c.value.items) out.push_back(item.text);
}

// Method rules see the messages of what has a name, too.
const char* method_of(About about) {
  switch (about) {
    case About::resource:
      return "resources/read";
    case About::prompt:
      return "prompts/get";
    case About::tool:
      return "tools/call";
    case About::method:
      break;
  }
  return "";
}

// The entries of one kind, found by name without looking at all of them.
class Entries {
 public:
  Entries(const std::vector<const Ruleset*>& sets, About about) {
    for (const Ruleset* set : sets) {
      for (const Entry& entry : entries_of(*set, about)) {
        base::Glob glob(entry.pattern);
        if (glob.is_literal()) {
          exact_[glob.literal()].push_back(&entry);
        } else {
          globs_.emplace_back(std::move(glob), &entry);
        }
      }
    }
  }
  void add_rules(std::string_view name, std::vector<const policy::Rule*>& out) const {
    const auto add = [&out](const Entry* entry) {
      for (const policy::Rule& rule : entry->rules) out.push_back(&rule);
    };
    if (const auto found = exact_.find(std::string(name)); found != exact_.end()) {
      for (const Entry* entry : found->second) add(entry);
    }
    for (const auto& [glob, entry] : globs_) {
      if (glob.matches(name)) add(entry);
    }
  }

 private:
  std::unordered_map<std::string, std::vector<const Entry*>> exact_;
  std::vector<std::pair<base::Glob, const Entry*>> globs_;
};

std::vector<std::string> servers_of(const Policy& before, const Policy& after, const std::string& server_name) {
  if (!server_name.empty()) return {server_name};
  std::vector<std::string> out;
  for (const Policy* p : {&before, &after}) {
    for (const policy::ServerRules& block : p->servers) {
      if (std::ranges::find(out, block.name) == out.end()) out.push_back(block.name);
    }
  }
  out.emplace_back(out.empty() ? "" : "another-server");
  return out;
}

void collect_names(std::vector<std::string>& names, const std::vector<const Ruleset*>& sets, About about) {
  std::size_t entries = 0;
  for (const Ruleset* set : sets) entries += entries_of(*set, about).size();
  const bool beside = about != About::method && entries < few_entries;
  for (const Ruleset* set : sets) {
    for (const Entry& entry : entries_of(*set, about)) {
      for (std::string& name : names_of(entry.pattern, beside)) names.push_back(std::move(name));
      if (about != About::tool) continue;
      for (const policy::Rule& rule : entry.rules) {
        for (const Condition& c : rule.when) find_tool_names(c, names);
        for (const Condition& c : rule.require) find_tool_names(c, names);
      }
    }
    if (about != About::tool) continue;
    for (const policy::Hidden& hidden : set->hide) {
      for (std::string& name : names_of(hidden.pattern, beside)) names.push_back(std::move(name));
    }
  }
}

// --- places ---

Place& place_at(std::vector<Place>& places, const std::string& path) {
  const auto found = std::ranges::find(places, path, &Place::path);
  if (found != places.end()) return *found;
  places.push_back({path, false, {}});
  return places.back();
}

void merge(Place& place, std::vector<Change> changes) {
  for (Change& change : changes) {
    if (place.changes.size() >= 2 * most_changes) return;
    const auto same = std::ranges::find(place.changes, change.what, &Change::what);
    if (same == place.changes.end()) place.changes.push_back(std::move(change));
  }
}

void add_condition(std::vector<Place>& places, const Condition& c, bool required) {  // NOLINT(misc-no-recursion)
  bool first = true;
  for (const Condition& child : c.children) {
    // Of alternatives the first is taken from the beginning.
    const bool needed = required && c.kind != Condition::Kind::negate && (c.kind == Condition::Kind::all || first);
    add_condition(places, child, needed);
    first = false;
  }
  if (c.kind != Condition::Kind::compare || places.size() >= most_places) return;
  std::vector<Change> changes = changes_for(c);
  if (changes.empty()) return;
  // A call has one time, one identity, …
  const bool in_call = c.path.root == "args" || c.path.root == "params";
  Place& place = place_at(places, in_call ? c.path.text() : c.path.root);
  place.required |= required;
  merge(place, std::move(changes));
}

}  // namespace

std::vector<Topic> topics_of(const Policy& before, const Policy& after, const std::string& server_name,
                             json::Value tools) {
  std::unordered_map<std::string, json::Value> schemas;
  for (const json::Value tool : tools.elements()) {
    schemas.emplace(tool.find("name").string(), tool.find("inputSchema"));
  }
  std::vector<Topic> out;
  for (const std::string& server : servers_of(before, after, server_name)) {
    const std::vector<const Ruleset*> sets = rulesets(before, after, server);
    const Entries methods(sets, About::method);
    for (const About about : {About::tool, About::resource, About::prompt, About::method}) {
      const Entries entries(sets, about);
      std::vector<std::string> names;
      collect_names(names, sets, about);
      if (about == About::tool) {
        for (const json::Value tool : tools.elements()) names.emplace_back(tool.find("name").string());
      }
      for (std::string& name : unnamed(about)) names.push_back(std::move(name));
      std::set<std::string> known;
      for (std::string& name : names) {
        if (name.empty() || out.size() >= most_topics || !known.insert(name).second) continue;
        Topic topic{about, server, std::move(name), {}, {}};
        entries.add_rules(topic.name, topic.rules);
        if (about != About::method) methods.add_rules(method_of(about), topic.rules);
        const auto schema = schemas.find(topic.name);
        if (about == About::tool && schema != schemas.end()) topic.schema = schema->second;
        out.push_back(std::move(topic));
      }
    }
  }
  return out;
}

std::vector<Place> places_of(const Topic& topic) {
  std::vector<Place> places;
  for (const policy::Rule* rule : topic.rules) {
    for (const Condition& c : rule->require) add_condition(places, c, true);
    for (const Condition& c : rule->when) add_condition(places, c, false);
    for (const policy::Limit& limit : rule->limits) {
      for (Change& change : changes_for(limit)) {
        const std::string path = json::Path{"args", change.steps}.text();
        if (places.size() >= most_places && std::ranges::find(places, path, &Place::path) == places.end()) break;
        Place& place = place_at(places, path);
        place.required = true;
        std::vector<Change> one;
        one.push_back(std::move(change));
        merge(place, std::move(one));
      }
    }
  }
  for (const json::Member property : topic.schema.find("properties").members()) {
    const std::string path = json::Path{"args", {{json::Step::Kind::key, std::string(property.key), 0}}}.text();
    const auto is_it = [&](json::Value name) { return name.string() == property.key; };
    const auto names = topic.schema.find("required").elements();
    const bool required = std::find_if(names.begin(), names.end(), is_it) != names.end();
    if (places.size() >= most_places && std::ranges::find(places, path, &Place::path) == places.end()) break;
    Place& place = place_at(places, path);
    place.required |= required;
    merge(place, changes_for(property.key, property.value, required));
  }
  return places;
}

}  // namespace trial
