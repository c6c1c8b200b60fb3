// A walk along the pattern that takes the first alternative, the first character of a class and the least repetition
// (one for a star).
#include "trial/regex_example.h"

#include <charconv>
#include <optional>

namespace trial {
namespace {

constexpr std::size_t longest = 1'000;
constexpr int deepest = 32;

class Sampler {
 public:
  explicit Sampler(std::string_view pattern) : rest_(pattern) {}

  // Up to the end or the closing parenthesis. Of several alternatives the first that has text.
  std::string alternatives(int depth) {
    std::string first;
    bool have = false;
    for (;;) {
      std::string one = sequence(depth);
      if (!have) first = std::move(one), have = !first.empty();
      if (!take('|')) return first;
    }
  }
  bool at_end() const { return rest_.empty(); }
  void skip() { rest_.remove_prefix(1); }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string sequence(int depth) {
    std::string out;
    while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ')') {
      const std::string one = atom(depth);
      for (std::size_t n = repetitions(); n > 0 && out.size() + one.size() <= longest; --n) out += one;
    }
    return out;
  }

  std::string atom(int depth) {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        return std::string(1, character_class());
      case '\\':
        return escape();
      case '^':
      case '$':
        return {};
      case '.':
        return "x";
      default:
        return std::string(1, c);
    }
  }

  std::string group(int depth) {
    if (depth >= deepest) return rest_ = {}, std::string();
    if (take('?')) {  // (?:…), (?i), (?P<name>…)
      const std::size_t end = rest_.find_first_of(":)>");
      if (end == std::string_view::npos) return rest_ = {}, std::string();
      const bool only_flags = rest_[end] == ')';
      rest_.remove_prefix(end + 1);
      if (only_flags) return {};
    }
    std::string out = alternatives(depth + 1);
    take(')');
    return out;
  }

  static char of_class(char letter) {
    switch (letter) {
      case 'd':
        return '1';
      case 's':
        return ' ';
      case 'w':
        return 'a';
      case 'D':
      case 'S':
        return 'x';
      case 'W':
        return '-';
      default:
        return 0;
    }
  }

  std::string escape() {
    if (rest_.empty()) return {};
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (const char known = of_class(c)) return std::string(1, known);
    switch (c) {
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return {};
      case 'n':
        return "\n";
      case 't':
        return "\t";
      default:
        return std::string(1, c);
    }
  }

  // After the bracket.
  char character_class() {
    const bool negated = take('^');
    std::string members;
    bool first = true;
    while (!rest_.empty() && (first || rest_[0] != ']')) {
      first = false;
      if (rest_.starts_with("[:")) {
        const std::size_t end = rest_.find(":]");
        if (end == std::string_view::npos) break;
        members += rest_.substr(2, end - 2) == "digit" ? '1' : 'a';
        rest_.remove_prefix(end + 2);
        continue;
      }
      char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '\\' && !rest_.empty()) {
        const char known = of_class(rest_[0]);
        c = known != 0 ? known : rest_[0];
        rest_.remove_prefix(1);
      }
      members += c;
      if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') continue;
      for (char to = rest_[1], at = c; negated && at < to;) members += ++at;
      rest_.remove_prefix(2);
    }
    take(']');
    if (!negated) return members.empty() ? 'x' : members[0];
    for (const char c : std::string_view("a1 -_Z.")) {
      if (members.find(c) == std::string::npos) return c;
    }
    return '~';
  }

  std::size_t repetitions() {
    std::size_t n = 1;
    if (take('*') || take('+') || take('?')) {
      take('?');
    } else if (take('{')) {
      const std::size_t end = rest_.find('}');
      if (end == std::string_view::npos) return n;
      const char* const begin = rest_.data();
      std::from_chars(begin, begin + end, n);
      const bool exactly_none = n == 0 && rest_.substr(0, end) == "0";
      if (n == 0 && !exactly_none) n = 1;
      rest_.remove_prefix(end + 1);
      take('?');
    }
    return n;
  }

  std::string_view rest_;
};

}  // namespace

std::string regex_example(std::string_view pattern) {
  Sampler sampler(pattern);
  std::string out = sampler.alternatives(0);
  while (!sampler.at_end()) {  // a parenthesis too many
    sampler.skip();
    out += sampler.alternatives(0);
  }
  if (out.size() > longest) out.resize(longest);
  return out;
}

}  // namespace trial
