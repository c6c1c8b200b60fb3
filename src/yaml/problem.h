// What is wrong with a text that a person wrote, and where. Shared by everything that reads YAML: policies and their
// tests.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yaml {

struct Position {
  std::uint32_t line = 0;  // 1-based; 0: nowhere
  std::uint32_t column = 0;
};

enum class Severity : std::uint8_t { error, warning, note };

struct Problem {
  Severity severity = Severity::error;
  std::string code;  // stable, lower-case words: "unknown-key", "duplicate-key", "bad-regex"
  Position position;
  std::string message;  // what is wrong, names the key
  std::string hint;     // how to mend it; may hold several lines; may be ""
};

// "policy.yaml:3:5: error: unknown key "rate_limits" [unknown-key]", the line, a caret under the column, the hint.
// `colour` adds ANSI colours. The text is the file's.
std::string render(const Problem& problem, std::string_view file, std::string_view text, bool colour);

// Where the lines of a text begin, for showing many problems of a large file. Refers to the text.
class Lines {
 public:
  explicit Lines(std::string_view text);
  std::string_view line(std::uint32_t number) const;  // 1-based, without its end; "" beyond the last

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};
std::string render(const Problem& problem, std::string_view file, const Lines& lines, bool colour);

}  // namespace yaml
