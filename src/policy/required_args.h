// validate: {required_args: true}: every argument that the tool's schema requires is there.
#pragma once
#include <optional>
#include <string>

#include "json/document.h"
#include "tools/registry.h"

namespace policy {

// Nothing if all are there (a null counts only if the property's schema admits null); else the text of the refusal,
// which lists each missing argument by name. A schema that cannot be read is a refusal too. `arguments` may be absent.
std::optional<std::string> missing_arguments(const tools::Definition& tool, json::Value arguments);

}  // namespace policy
