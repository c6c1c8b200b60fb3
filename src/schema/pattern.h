// `pattern` and the keys of `patternProperties` are regular expressions of ECMA-262 (with its flag u, as JSON Schema
// asks). They are decided by RE2: linear time, bounded memory. A pattern is rewritten into RE2's spelling if RE2 has
// the same meaning for all of it, and refused otherwise: a pattern that would be read differently must not decide.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/program.h"

namespace re2 {
class RE2;
}

namespace schema {

// RE2's spelling of an ECMA-262 pattern.
struct TranslatedPattern {
  // Look-aheads at the very start, "^(?=.*[a-z])(?!.*x)rest", need no look-ahead: a text is matched if it matches
  // "^rest", each "^.*[a-z]" and no "^.*x".
  struct Ahead {
    std::string text;
    bool negative;
  };
  std::vector<Ahead> aheads;
  std::string main;
};

// The error says what RE2 has no equal for ("RE2 has no look-around: (?<=").
std::expected<TranslatedPattern, std::string> translate_pattern(std::string_view ecma);

// Immutable; matched with by any number of threads.
class CompiledPattern {
 public:
  static std::expected<Pattern, std::string> compile(std::string_view ecma);
  CompiledPattern(const CompiledPattern&) = delete;
  CompiledPattern& operator=(const CompiledPattern&) = delete;
  ~CompiledPattern();
  // Found anywhere in `text`, which must be UTF-8.
  bool matches(std::string_view text) const;
  // Instructions of its automata: what memory and time follow.
  std::size_t size() const;

 private:
  struct Part {
    std::unique_ptr<const re2::RE2> automaton;
    bool negative = false;
  };
  CompiledPattern();
  std::vector<Part> parts_;  // all must hold; aheads last
};

// A lone surrogate (kept by the tolerant reader) is no character of UTF-8: RE2 cannot read such a text.
bool has_surrogate(std::string_view text);

}  // namespace schema
