// What can fail returns Result<T>; what cannot is asserted. No exceptions on the message path.
// An Error's message is written for the person who must mend it: it names the file, field, limit or id.
#pragma once
#include <expected>
#include <string>
#include <utility>

namespace base {

struct Error {
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

// Makes the failing value of any Result<T>.
inline std::unexpected<Error> fail(std::string message) { return std::unexpected(Error{std::move(message)}); }

}  // namespace base
