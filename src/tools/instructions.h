// What a server tells the model about itself: `instructions` of its answers to initialize and server/discover, beside
// what was locked of them. A client that folds case would read "Instructions", too: such keys are held to the same
// rule.
#pragma once
#include <string>

#include "json/document.h"
#include "tools/lock_file.h"

namespace tools {

struct InstructionsState {
  enum class Kind : std::uint8_t {
    same,
    changed,  // they are not the locked ones
    added,    // none were locked
    gone,     // some were locked, and there are none: nothing reaches the model
  };
  Kind kind = Kind::same;
  std::string pinned, found;  // "sha256:…" of the texts; "" where there is none
};

// `result`: of initialize or server/discover. Empty instructions are none. What is no text is not as locked. Pure.
InstructionsState compare_instructions(const LockedServer& lock, json::Value result);

// Appends `message` (an answer) to `out` without the instructions in its result; result.cacheScope becomes "private"
// where there is one, since what a policy takes out is no longer public. Everything else survives, in its order. No
// line feed.
void write_without_instructions(std::string& out, json::Value message);

}  // namespace tools
