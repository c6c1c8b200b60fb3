// The wire rule of arguments: a key that looks like one that matters without being it has more than one meaning.
#pragma once
#include <optional>

#include "json/named_keys.h"
#include "policy/snapshot.h"

namespace policy {

// The first such key, in what the rules of the applying entries name, then in what the tool's schema does: its
// top level always, all of it where a rule holds the arguments against it. Views live as long as the facts.
std::optional<json::LookAlike> find_look_alike(const ApplyingList& applying, const Facts& facts);

}  // namespace policy
