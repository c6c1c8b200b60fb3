// The style sheet and the script of the site: site_style.css and site_script.js, which the build makes strings of the
// program.
#pragma once
#include <string_view>

#include "catalog/html.h"

namespace catalog {

// The style sheet is markup as well: it has nothing in it that would end a <style>.
Markup site_style();
std::string_view site_script();

}  // namespace catalog
