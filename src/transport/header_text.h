// How a text stands in a header field that mirrors it (MCP 2026-07-28, Streamable HTTP, "Value encoding"): as it is, if
// it is plain ASCII, else as "=?base64?" + base64 of its UTF-8 + "?=".
// What must stay true: decode_text(encode_text(x)) is x for every x, and of two texts that can be confused one is
// refused: what merely looks encoded is encoded, and base64 has one spelling.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// `text` is UTF-8. Plain: printable ASCII, spaces and tabs inside, not empty. What looks encoded, in any case of its
// letters, is encoded, so that a peer that ignores case reads the same.
std::string encode_text(std::string_view text);

// A field's value without the blanks at its ends. Markers in another case are plain text. Nothing if it cannot be read:
// bytes that are not printable ASCII, space or tab; base64 that is not canonical (alphabet, padding, unused bits that
// are set) or not UTF-8.
std::optional<std::string> decode_text(std::string_view value);

}  // namespace transport
