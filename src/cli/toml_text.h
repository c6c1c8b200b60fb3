// TOML as JSON text, for the one client that is configured in it. TOML 1.0 without what no such file has: dates with a
// blank between day and time. A reader of our own, since the libraries for it (toml++) are several times the size of
// what is needed, and end in exceptions. What must stay true: strict (a key that is there twice, or anything that is no
// TOML, is an error with its line), bounded in depth, and never a value that is not in the text.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace cli {

// Tables are objects in their order, arrays of tables arrays. Dates and numbers that are no plain whole number become
// strings as they are spelt. Errors: "line 3: …".
base::Result<std::string> toml_to_json(std::string_view text);

}  // namespace cli
