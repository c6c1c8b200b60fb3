// What this program is.
#pragma once
#include <string>
#include <string_view>

namespace cli {

std::string_view version();     // "0.1.0"
std::string_view build_date();  // of its last change: "2026-11-25"
// "intercept version 0.1.0 (commit)"
std::string version_text();

}  // namespace cli
