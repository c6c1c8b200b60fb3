// What became of a server's tools since they were locked, in words that a person can judge by.
//
// What must stay true: nothing that changed is left out or cut where it matters (only what is unchanged is shortened),
// and every text of the server is made printable, with hidden characters shown. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "tools/lock_file.h"

namespace catalog {

struct ToolChange {
  enum class Kind : std::uint8_t { added, removed, renamed, changed };
  Kind kind = Kind::changed;
  std::string name;                // as the server spells it now, printable; of a removed tool as it was
  std::string old_name;            // of a renamed one
  std::vector<std::string> lines;  // what changed, or what a new tool can do; each printable
};

struct LockChanges {
  std::vector<std::string> server;  // of the server itself: version, instructions
  std::vector<ToolChange> tools;    // by name
  // Nothing that a lock guards: another version of the server alone is no change.
  bool none() const { return tools.empty() && !instructions; }
  bool instructions = false;  // they changed
};

// `before`: null for a server that is not locked yet.
LockChanges compare_locks(const tools::LockedServer* before, const tools::LockedServer& after);

// For people, several lines; "" if there is nothing to say.
std::string text(const LockChanges& changes);

// Two texts word by word: "Adds [-two-] {+many+} numbers", what is equal shortened to the words around a change.
std::string word_diff(std::string_view before, std::string_view after);

// Appends how two schemas differ, a line each: `new argument "sidenote" (string)`. `what` names the whole: "arguments".
void schema_changes(std::vector<std::string>& lines, std::string_view what, json::Value before, json::Value after);

}  // namespace catalog
