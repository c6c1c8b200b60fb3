// Values that make a comparison true or false, for suggestions. They are guesses that somebody has to try: this file
// need not know what operators mean in every case, only what is likely to be the nearest. Internal to the room.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "policy/trace.h"

namespace policy {

struct Witness {
  std::optional<std::string> json;  // the value; nullopt: the argument is taken out
  std::string words;                // "at most 50000", "one of \"usd\", \"eur\"", "left out"
};

// Nearest first, at most eight. `value`: what stands there now (absent if nothing does).
std::vector<Witness> witnesses(const Condition& condition, bool wanted, json::Value value);

}  // namespace policy
