// Values of strangers as YAML that reads back as exactly them: always quoted, on one line, with everything escaped that
// a reader, an editor or a terminal could take for something else.
#pragma once
#include <string>
#include <string_view>

#include "json/document.h"

namespace yaml {

// In double quotes.
std::string quoted_text(std::string_view text);
// In flow style: {"a": [1, "x"]}. Bounded by the document's depth.
std::string flow_value(json::Value value);
// A name as an entry's key: a glob that matches it alone.
std::string glob_key(std::string_view name);

}  // namespace yaml
