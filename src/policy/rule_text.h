// A rule by the id that decisions give it, and its text in the file: for people who ask why.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "policy/model.h"

namespace policy {

// Where the rule with this id ("tools/create_charge/rules/max single charge") stands; nullopt: there is none.
std::optional<Position> find_rule(const Policy& policy, std::string_view id);

// The lines of the rule that begins at `at`, without their common indentation; at most twenty of them.
std::string rule_text(std::string_view file_text, const Position& at);

}  // namespace policy
