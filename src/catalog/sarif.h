// Reports as SARIF 2.1.0 (OASIS), for code scanning: one run a server; a rule for every class from Write on and for
// every sign of poisoning; a result for each tool of Medium severity or worse, and for each sign.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "catalog/report.h"

namespace catalog {

// `version`: of this program.
std::string to_sarif(const std::vector<Report>& reports, std::string_view version);

}  // namespace catalog
