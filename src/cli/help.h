// What --help prints. A test holds the texts against the flags that are read.
#pragma once
#include <string>
#include <string_view>

namespace cli {

// `topic`: "", "run" or "validate"; others give the general help.
std::string_view help_text(std::string_view topic);
// "intercept version 0.1.0 (commit)"
std::string version_text();
std::string_view version();

}  // namespace cli
