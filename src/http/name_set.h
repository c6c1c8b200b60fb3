// A fixed list of field names, asked for each field of each message: most names are told apart from all of them by
// their first letter and length.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/chars.h"

namespace http {

template <std::size_t Count>
class NameSet {
 public:
  // Names are at most 63 bytes long, and begin with a letter.
  consteval explicit NameSet(const std::array<std::string_view, Count>& names) : names_(names) {
    for (const std::string_view name : names) {
      if (name.empty() || name.size() > 63 || !is_alpha(name.front())) throw "a name that it cannot tell apart";
      lengths_[slot(name)] |= std::uint64_t{1} << name.size();
    }
  }

  // Names compare without case.
  constexpr bool contains(std::string_view name) const {
    if (name.empty() || name.size() > 63 || (lengths_[slot(name)] >> name.size() & 1U) == 0) return false;
    for (const std::string_view known : names_) {
      if (equal_ignoring_case(name, known)) return true;
    }
    return false;
  }

 private:
  // Letters have their place in the alphabet here, in either case; other characters share them.
  static constexpr std::size_t slot(std::string_view name) { return static_cast<unsigned char>(name.front()) & 31U; }

  std::array<std::string_view, Count> names_;
  std::array<std::uint64_t, 32> lengths_{};
};

}  // namespace http
