// Regular expressions, compiled once for all the conditions that are written with the same pattern. RE2 always: time
// linear in the text, memory bounded.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace re2 {
class RE2;
}

namespace policy {

using Pattern = std::shared_ptr<const re2::RE2>;

class Patterns {
 public:
  // Never null; ok() of the result says whether the pattern is one, error() what is wrong.
  Pattern compile(std::string_view text);

 private:
  std::unordered_map<std::string, Pattern> known_;
};

}  // namespace policy
