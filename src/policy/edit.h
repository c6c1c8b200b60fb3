// Changing a message's params for a trial. Internal to the room.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "policy/explain.h"

namespace policy {

// The params (absent: {}) with the edits applied, as JSON text. nullopt: a step meets something that it cannot be
// applied to (an index beyond the end of an array). Objects that are missing on the way are made; what stands in their
// place and is none is replaced.
std::optional<std::string> edited(json::Value params, std::span<const Edit> edits);

}  // namespace policy
