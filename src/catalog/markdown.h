// A report for people who read Markdown: a pull request, a wiki. What servers say shows as text, never as markup.
#pragma once
#include <string>

#include "catalog/report.h"

namespace catalog {

std::string to_markdown(const Report& report);

}  // namespace catalog
