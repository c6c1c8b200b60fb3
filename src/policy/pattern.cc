// One place that knows RE2's options.
#include "policy/pattern.h"

#include <re2/re2.h>

namespace policy {

Pattern Patterns::compile(std::string_view text) {
  constexpr std::int64_t memory = std::int64_t{8} << 20;
  Pattern& pattern = known_[std::string(text)];
  if (pattern == nullptr) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(memory);
    options.set_log_errors(false);
    pattern = std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  }
  return pattern;
}

}  // namespace policy
