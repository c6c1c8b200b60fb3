// The parts of the table as one, sorted.
#include "policy/codes.h"

#include <algorithm>

#include "base/strings.h"

namespace policy {
namespace {

std::vector<Code> joined() {
  std::vector<Code> all;
  for (auto part : {text_codes, language_codes, lint_codes, pattern_codes, limit_codes, tools_codes, compat_codes})
    for (const Code& code : part()) all.push_back(code);
  std::ranges::sort(all, {}, &Code::name);
  return all;
}

}  // namespace

std::span<const Code> codes() {
  static const std::vector<Code> all = joined();
  return all;
}

const Code* find_code(std::string_view name) {
  const std::span<const Code> all = codes();
  const auto found = std::ranges::lower_bound(all, name, {}, &Code::name);
  return found != all.end() && found->name == name ? &*found : nullptr;
}

std::string nearest_code(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Code& code : codes()) names.push_back(code.name);
  return std::string(base::nearest(word, names));
}

}  // namespace policy
