// Properties of lay_out(), on any text:
// - nothing crashes and nothing hangs; what is refused has a problem that is an error;
// - what is laid out reads as the same tree, and laid out again stays as it is;
// - a text that can be read is only refused for a key that is too long, never because laying it out would change it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "yaml/layout.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64 * 1024) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  yaml::Problems problems;
  const auto once = yaml::lay_out(text, problems);
  FUZZ_CHECK(once.has_value() != problems.has_errors());
  if (!once) {
    const auto list = problems.take();
    FUZZ_CHECK(std::none_of(list.begin(), list.end(), [](const yaml::Problem& p) {
      return p.code == "layout" && p.hint.find("defect") != std::string::npos;
    }));
    return 0;
  }
  yaml::Problems first, second;
  const yaml::Tree before = yaml::read_tree(text, first), after = yaml::read_tree(*once, second);
  FUZZ_CHECK(before.root != nullptr && after.root != nullptr && yaml::same_tree(*before.root, *after.root));
  yaml::Problems again;
  const auto twice = yaml::lay_out(*once, again);
  FUZZ_CHECK(twice.has_value() && *twice == *once);
  FUZZ_CHECK(once->ends_with('\n') && once->find('\r') == std::string::npos);
  return 0;
}
