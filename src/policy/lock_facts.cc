// See the header.
#include "policy/lock_facts.h"

namespace policy {

void look_at_lock(tools::LockCheck& check, std::string_view tool, Facts& facts) {
  using Kind = tools::LockState::Kind;
  tools::LockState& state = facts.lock = check.look(tool);
  // A list that is not current any more may be another by now; what a client was shown it still has.
  const bool is_known = facts.tools_known || state.shown || state.kind == Kind::added;
  if (!is_known) state.kind = Kind::unlisted;
  // The server says that it has no such tool: nothing was changed, and rules that need it refuse.
  if (state.kind == Kind::unlisted && facts.tools_known) state.kind = Kind::same;
  if (facts.tools_known && facts.tool == nullptr) return;
  if (const tools::Definition* pinned = check.definition(tool)) {
    facts.tool = pinned;
    facts.tools_known = true;
  }
}

}  // namespace policy
