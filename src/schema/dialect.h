// What `$schema` may name, and which keywords hold schemas. Internal to this room.
#pragma once
#include <optional>
#include <string_view>

#include "schema/schema.h"

namespace schema {

// The dialect of a meta-schema's URI ("http://json-schema.org/draft-07/schema#"), or nullopt. The scheme (http, https)
// and an empty fragment make no difference: both are written in either way.
std::optional<Dialect> dialect_of(std::string_view uri);

}  // namespace schema
