// The build says it (CMakeLists.txt).
#include "cli/version.h"

namespace cli {

std::string_view version() { return INTERCEPT_VERSION; }

std::string_view build_date() { return INTERCEPT_DATE; }

std::string version_text() { return "intercept version " + std::string(version()) + " (" + INTERCEPT_COMMIT + ")\n"; }

}  // namespace cli
