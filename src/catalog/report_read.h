// A report from the JSON that to_json() wrote of it, so that what was scanned can be shown elsewhere and later.
#pragma once
#include <vector>

#include "base/result.h"
#include "catalog/report.h"
#include "json/document.h"

namespace catalog {

// `value` is meant as a report: an object with "tools" and "counts".
bool is_report(json::Value value);

// Reads it. Classes and severities are taken from it, not judged again; the definitions are not in it, and `json` of
// its tools stays empty. An error names the tool and the member that cannot be read. Pure; any thread.
base::Result<Report> read_report(json::Value value);

// The same of several servers, {"servers": [ … ]}, as a scan of a client's configuration writes them. An error names
// the server, too.
bool is_reports(json::Value value);
base::Result<std::vector<Report>> read_reports(json::Value value);

}  // namespace catalog
