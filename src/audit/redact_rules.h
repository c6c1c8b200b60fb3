// What a secret looks like by itself: the parts of redact.h that look at one word. Not for other rooms.
#pragma once
#include <cstddef>
#include <string_view>

namespace audit {

// A character that tokens are made of: letters, digits and _ - . ~ + =
bool is_token_char(char c);

// Length of the well-known token that starts at text[0] (prefix and at least eight characters more), or 0.
std::size_t known_token(std::string_view text);

// A word of 24 characters or more that reads like a key and not like a name: hexadecimal, or letters of both cases and
// digits well mixed. A UUID is not one.
bool is_random_looking(std::string_view word);

// Names of URL query parameters that carry a secret though the same word elsewhere does not ("sig", "key", "code").
bool is_secret_parameter(std::string_view name);

}  // namespace audit
