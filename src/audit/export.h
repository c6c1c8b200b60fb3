// Entries for other systems. JSON lines are exported as they were recorded; this is the Common Event Format (ArcSight
// CEF, version 0). docs/audit.md has the mapping.
#pragma once
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "audit/filter.h"

namespace audit {

// Appends one line with its line feed. `version`: of this program. `call`: what Calls::see gave; may be null.
void append_cef(std::string& out, const Entry& entry, const Call* call, std::string_view version);

}  // namespace audit
