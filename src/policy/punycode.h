// Punycode (RFC 3492) for international host names, and the letters that a host may hold in one reading.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace policy {

// The label (UTF-8, not all ASCII) as "xn--...", in lower case. Nothing if it holds a code point for which IDNA 2003,
// IDNA 2008 and UTS 46 do not all agree on one mapping: only letters of common scripts, precomposed, are taken.
std::optional<std::string> label_to_ascii(std::string_view label);

// A label that begins with "xn--" (lower case) is what label_to_ascii gives for some label.
bool is_canonical_ace(std::string_view label);

}  // namespace policy
