// Texts that a regular expression finds, for findings that show what passes: a reader of the common syntax of RE2 that
// writes the shortest text it can. What it makes is a guess; whoever uses it must verify it with RE2.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

struct SampleOptions {
  std::string_view fill =
      {};          // stands for a run of almost any characters: `.*`, `[^/]+`, `\S*`; "": as few as possible
  char dot = 'x';  // stands for one `.`
};

// Linear in the pattern, at most 2,000 bytes. nullopt: syntax that this reader does not know.
std::optional<std::string> sample(std::string_view pattern, const SampleOptions& options = {});

// The alternatives of the pattern's outermost `a|b|c`, each as written; one if there are none.
std::vector<std::string_view> alternatives(std::string_view pattern);

}  // namespace policy
