// A value that a JSON Schema probably admits, for suggestions. A guess that somebody has to try: it knows the common
// keywords only. Internal to the room.
#pragma once
#include <string>
#include <string_view>

#include "json/document.h"

namespace policy {

// As JSON text, short. `root` is the document that `$ref` leads into. Depth and size are bounded.
std::string sample_value(json::Value schema, json::Value root);

// What a JSON pointer leads to in `root`, or absent.
json::Value at_pointer(json::Value root, std::string_view pointer);

// The number one away from a JSON number, or the number itself if it fits no amount.
std::string one_away(std::string_view number, int delta);

// A limit on a size as a schema writes it, 0 if it is none and at most `most`.
std::size_t small_size(json::Value limit, std::size_t most);

}  // namespace policy
