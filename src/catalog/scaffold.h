// A policy to begin with: every tool of a report under the default rule of its class, with what is known of it as
// comments. Whoever reads it decides; until then it keeps the server in bounds as it stands.
//
// What must stay true:
// - It loads without an error or a warning, and what it says is enforced, whatever names and descriptions the server
//   gives: they are hostile, and no comment or key can be left by them.
// - A tool that is not named is refused: the policy was made of the tools that were there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/report.h"

namespace catalog {

// How its rules are written (docs/policy.md, "Families").
enum class Dialect : std::uint8_t { catalogue, classic, hosted };
std::optional<Dialect> find_dialect(std::string_view word);  // "catalogue", "classic", "hosted"

// The whole policy, as YAML.
std::string scaffold(const Report& report, Dialect dialect);
// The same for one tool and without comments, to be shown beside it: "tools:\n  NAME:\n    rules: …".
std::string snippet(const Tool& tool, Dialect dialect = Dialect::catalogue);

// A rule can name it: it is not empty, it is text, and no longer than a key may be. Calls of others are refused, since
// no rule names them.
bool is_writable(std::string_view tool_name);

}  // namespace catalog
