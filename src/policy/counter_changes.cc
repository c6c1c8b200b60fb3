// Counters are compared by name: the same name with a window or scope that was not there before is another key.
#include "policy/counter_changes.h"

#include <map>

namespace policy {
namespace {

std::string described(const CounterInfo& c) { return "per " + c.window + " (" + c.scope + ")"; }

}  // namespace

std::vector<std::string> counter_changes(const Snapshot& before, const Snapshot& after) {
  std::map<std::string, std::vector<CounterInfo>> old;
  for (CounterInfo& c : before.counters()) old[c.name].push_back(std::move(c));
  std::vector<std::string> out;
  for (const CounterInfo& c : after.counters()) {
    const auto known = old.find(c.name);
    if (known == old.end()) continue;
    std::string were;
    bool same = false;
    for (const CounterInfo& was : known->second) {
      same = same || was == c;
      were += (were.empty() ? "" : ", ") + described(was);
    }
    if (!same) out.push_back(c.name + ": " + described(c) + " starts at zero; it was " + were);
  }
  return out;
}

}  // namespace policy
