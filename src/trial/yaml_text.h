// Values of strangers as YAML that reads back as exactly them: always quoted, on one line, with everything escaped that
// a reader, an editor or a terminal could take for something else.
#pragma once
#include <string>
#include <string_view>

#include "json/document.h"

namespace trial {

// In double quotes.
std::string yaml_text(std::string_view text);
// In flow style: {"a": [1, "x"]}. Bounded by the document's depth.
std::string yaml_value(json::Value value);
// A name as an entry's key: a glob that matches it alone.
std::string yaml_name(std::string_view name);

}  // namespace trial
