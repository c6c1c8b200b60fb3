// Where loading puts what it finds. Every problem of a file is collected, so that a person mends a file once.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/problem.h"

namespace yaml {

class Problems {
 public:
  // `code` is a stable word; `hint` says how to mend it.
  void error(std::string_view code, Position at, std::string message, std::string hint = "");
  void warn(std::string_view code, Position at, std::string message, std::string hint = "");
  void note(std::string_view code, Position at, std::string message, std::string hint = "");
  bool has_errors() const { return errors_ > 0; }
  // So many that hints need not be looked for: most will not be shown.
  bool crowded() const { return list_.size() > 2 * max_problems; }
  // More were reported than are kept: what is not here may have been dropped.
  bool overflowed() const { return list_.size() >= max_kept; }
  // Takes out those that `chosen` says yes to, sorted by position, each once.
  std::vector<Problem> take_out(const std::function<bool(const Problem&)>& chosen);
  // Sorted by position, each once (an alias shows one place several times). At most `max_problems`, and then one that
  // says how many were left out. Errors are never left out for warnings.
  std::vector<Problem> take();

  static constexpr std::size_t max_problems = 200;
  static constexpr std::size_t max_kept = 20'000;  // what is held before sorting

 private:
  void add(Severity severity, std::string_view code, Position at, std::string message, std::string hint);
  std::vector<Problem> list_;
  std::size_t errors_ = 0;
};

// `text` in double quotes, made safe for a terminal and cut to 80 characters.
std::string quoted(std::string_view text);

}  // namespace yaml
