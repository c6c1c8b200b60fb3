// The rows of the table of codes that most of them have in common. Internal to codes_*.cc.
#pragma once
#include <string_view>

#include "policy/codes.h"

namespace policy::code_rows {

// No example where none can be printed.
inline Code error(std::string_view name, std::string_view title, std::string_view explanation,
                  std::string_view example = "", std::string_view mended = "") {
  return {name, yaml::Severity::error, Silencing::never, title, explanation, example, mended, ""};
}

inline Code warning(std::string_view name, std::string_view title, std::string_view explanation,
                    std::string_view example, std::string_view mended) {
  return {name, yaml::Severity::warning, Silencing::always, title, explanation, example, mended, ""};
}

}  // namespace policy::code_rows
