// Every code of every error, warning and note that loading, lint, --compat and `intercept validate` can give, with what
// it means, why it matters, and an example that is executed as a test. `intercept explain CODE` prints this;
// docs/policy.md lists the warnings.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/problem.h"

namespace policy {

// Whether `lint:` may silence a code.
enum class Silencing : std::uint8_t {
  never,
  always,
  with_tools,  // found only if the server's tools are known (validate --tools)
  depends,     // found in more or fewer places if they are
};

struct Code {
  std::string_view name;
  yaml::Severity severity;
  Silencing silencing;
  std::string_view title;        // one line, without a full stop
  std::string_view explanation;  // paragraphs of plain text, unwrapped; an empty line between two
  // A policy that gives exactly this code, and the same one mended, which does not. "" where none can be printed (files
  // of another encoding, larger than any budget); then `mended` is "" as well.
  std::string_view example;
  std::string_view mended;
  std::string_view tools;  // a tools/list result that the example is compared with, or ""
  bool compat = false;     // a note of --compat
};

// Sorted by name. Static.
std::span<const Code> codes();
const Code* find_code(std::string_view name);
// The known code that is nearest to a word, or "".
std::string nearest_code(std::string_view word);

// The parts of the table, one a file.
std::vector<Code> text_codes();      // codes_text.cc: files, YAML, JSON
std::vector<Code> language_codes();  // codes_language.cc: errors of the language
std::vector<Code> lint_codes();      // codes_lint.cc: entries, rules, conditions that are not meant so
std::vector<Code> pattern_codes();   // codes_patterns.cc: regular expressions and checks of text
std::vector<Code> limit_codes();     // codes_limits.cc: limits and counters
std::vector<Code> tools_codes();     // codes_tools.cc: the policy beside the server's tools
std::vector<Code> compat_codes();    // codes_compat.cc: --compat

}  // namespace policy
