// Internal to the readers: recognises a head that repeats the one before it on its connection, byte for byte but for
// the digits of its Content-Length. Clients and servers send nearly the same head with every message, and a rule looks
// at the head alone (rules.h): what it meant, it means again.
//
// What must stay true: a head with any other difference is not recognised, so that messages are accepted, and read, as
// if there were no memory (fuzz/http_fuzz.cc).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace http {

// Holds positions in a head that its owner keeps; no bytes. Not thread-safe.
class HeadMemory {
 public:
  // `head`, whole and with its blank line, was accepted; the same text is given to repeated(). `length` is the value of
  // its Content-Length, a part of it and above zero, or empty if it has none.
  void keep(std::string_view head, std::string_view length);
  void forget() { known_ = false; }

  // The content length that `in` announces, 0 if the head has none, where `in` begins with `head` again; nothing where
  // it does not, or may not, or nothing is known. A length has as many digits as it had.
  std::optional<std::uint64_t> repeated(std::string_view head, std::string_view in) const;

  // Where the digits are in the head.
  std::size_t digits_at() const { return at_; }
  std::size_t digits() const { return digits_; }

 private:
  bool known_ = false;
  std::size_t at_ = 0;
  std::size_t digits_ = 0;
};

}  // namespace http
