// The style sheet and the script of the site: site_style.css and site_script.js, which the build makes strings of the
// program.
#pragma once
#include <string_view>

namespace catalog {

std::string_view site_style();
std::string_view site_script();

}  // namespace catalog
