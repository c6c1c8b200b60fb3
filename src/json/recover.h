// The id of a message that cannot be read, for the error that answers it.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace json {

struct Recovered {
  std::string_view id;      // raw JSON text of the id: a string with its quotes, or a number; a slice of the input
  std::string_view method;  // raw bytes between the quotes of the top-level "method", or ""; for logs only
};

// Certain id of an unreadable request: the input scans as one object whose braces and strings are balanced to its last
// byte, with exactly one top-level key that folds to "id" and is "id", holding a valid string (no escapes that matter:
// valid UTF-8, paired surrogates, and no raw U+0085, U+2028 or U+2029: the slice may be written as it is) or a JSON
// number. Outside strings only JSON's punctuation and the letters and digits of scalars may stand: comments and other
// quotes make it uncertain where a string begins. Anything less: nullopt (the answer's id is then null). Iterative,
// linear, any depth (one bit of memory a level).
std::optional<Recovered> certain_id(std::string_view input);

// Likely id of an unreadable answer of a server, for failing the call that waits for it: the first top-level "id" of
// `input`, which may be cut off or begin with a byte order mark, and only if no top-level "method" (or a key that folds
// to it) stood before it. A method that can be read after it is given: then it was a request of the server, not an
// answer, and the caller must fail nothing.
std::optional<Recovered> likely_id(std::string_view input);

}  // namespace json
