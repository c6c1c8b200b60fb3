// Where keys that matter are named: entries and schemas.
#include "policy/look_alike.h"

namespace policy {

std::optional<json::LookAlike> find_look_alike(const ApplyingList& applying, const Facts& facts) {
  for (std::size_t i = 0; i < applying.size(); ++i) {
    const CompiledEntry& entry = *applying[i].entry;
    if (auto found = entry.args.find(facts.arguments)) return found;
    if (auto found = entry.params.find(facts.params)) return found;
    if (!entry.reads_input_schema || facts.tool == nullptr) continue;
    if (auto found = facts.tool->compiled().names.find(facts.arguments)) return found;
  }
  return facts.tool == nullptr ? std::nullopt : facts.tool->names.find(facts.arguments);
}

}  // namespace policy
