// Recursive descent over a pattern. Everything optional is left out, everything repeated stands as often as it must,
// and of alternatives the first is taken.
#include "policy/sample.h"

#include <array>
#include <cctype>

namespace policy {
namespace {

constexpr std::size_t max_text = 2'000;
constexpr int max_depth = 32;

bool digit(char c) { return c >= '0' && c <= '9'; }

// Characters of a class. Only ASCII is chosen from.
class Class {
 public:
  void add(char from, char to) {
    for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to) && c < 128; ++c)
      in_[static_cast<std::size_t>(c)] = true;
  }
  // d, w, s and their complements.
  bool add_word(char letter) {
    Class named;
    const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (low == 'd') {
      named.add('0', '9');
    } else if (low == 'w') {
      named.add('a', 'z');
      named.add('A', 'Z');
      named.add('0', '9');
      named.add('_', '_');
    } else if (low == 's') {
      for (const char c : {' ', '\t', '\n', '\r', '\f'}) named.add(c, c);
    } else {
      return false;
    }
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i] = in_[i] || named.in_[i] != (low != letter);
    return true;
  }
  void negate() {
    for (bool& b : in_) b = !b;
  }
  std::optional<char> choose() const {
    for (const std::string_view group : {"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "1234567890"})
      for (const char c : group)
        if (in_[static_cast<unsigned char>(c)]) return c;
    for (std::size_t i = ' '; i < 127; ++i)
      if (in_[i]) return static_cast<char>(i);
    if (in_['\n']) return '\n';
    if (in_['\t']) return '\t';
    return std::nullopt;
  }

 private:
  std::array<bool, 128> in_{};
};

struct Piece {
  std::string text;
  bool wide = false;  // almost any character
};

class Reader {
 public:
  Reader(std::string_view pattern, const SampleOptions& options) : p_(pattern), options_(options) {}

  std::optional<std::string> read() {
    std::string out = either(0);
    if (!good_ || at_ != p_.size() || out.size() > max_text) return std::nullopt;
    return out;
  }

 private:
  bool more() const { return at_ < p_.size(); }
  char peek() const { return more() ? p_[at_] : '\0'; }
  Piece bad() {
    good_ = false;
    return {};
  }

  std::string either(int depth) {
    std::string first = sequence(depth);
    while (good_ && more() && peek() == '|') {
      ++at_;
      sequence(depth);
    }
    return first;
  }

  std::string sequence(int depth) {
    std::string out;
    while (good_ && more() && peek() != '|' && peek() != ')') {
      const Piece piece = atom(depth);
      repeat(piece, out);
      if (out.size() > max_text) good_ = false;
    }
    return out;
  }

  // The atom as often as what follows it asks.
  void repeat(const Piece& piece, std::string& out) {
    std::size_t least = 1;
    bool open = false;
    if (const char c = peek(); more() && (c == '*' || c == '+' || c == '?')) {
      least = c == '+' ? 1 : 0;
      open = c != '?';
      ++at_;
      if (peek() == '?') ++at_;
    } else if (more() && c == '{' && at_ + 1 < p_.size() && digit(p_[at_ + 1])) {
      const std::size_t end = p_.find('}', at_);
      if (end == std::string_view::npos) return;
      least = 0;
      for (++at_; at_ < end && digit(p_[at_]); ++at_) least = least * 10 + static_cast<std::size_t>(p_[at_] - '0');
      open = at_ < end && at_ + 1 == end;
      at_ = end + 1;
      if (peek() == '?') ++at_;
    }
    if (least * (piece.text.size() + 1) > max_text) {
      good_ = false;
      return;
    }
    if (open && piece.wide && !options_.fill.empty()) {
      out += options_.fill;
      least = least > options_.fill.size() ? least - options_.fill.size() : 0;
    }
    for (std::size_t i = 0; i < least; ++i) out += piece.text;
  }

  Piece atom(int depth) {
    const char c = p_[at_++];
    switch (c) {
      case '(':
        return group(depth + 1);
      case '[':
        return bracket();
      case '\\':
        return escape();
      case '.':
        return {std::string(1, options_.dot), true};
      case '^':
      case '$':
        return {};
      case '*':
      case '+':
      case '?':
        return bad();
      default:
        return {std::string(1, c), false};
    }
  }

  Piece group(int depth) {
    if (depth > max_depth) return bad();
    if (peek() == '?') {
      std::size_t end = at_ + 1;
      if (p_.substr(at_).starts_with("?P<") || p_.substr(at_).starts_with("?<")) {
        end = p_.find('>', at_);
        if (end == std::string_view::npos) return bad();
        at_ = end + 1;
      } else {
        while (end < p_.size() && (std::isalpha(static_cast<unsigned char>(p_[end])) != 0 || p_[end] == '-')) ++end;
        if (end >= p_.size()) return bad();
        at_ = end + 1;
        if (p_[end] == ')') return {};  // (?i)
        if (p_[end] != ':') return bad();
      }
    }
    Piece out{either(depth), false};
    if (peek() != ')') return bad();
    ++at_;
    return out;
  }

  Piece escape() {
    if (!more()) return bad();
    const char c = p_[at_++];
    switch (c) {
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return {};
      case 'n':
        return {"\n", false};
      case 't':
        return {"\t", false};
      case 'r':
        return {"\r", false};
      default:
        break;
    }
    if (Class named; named.add_word(c)) {
      const auto chosen = c == 's' ? std::optional(' ') : c == 'd' ? std::optional('1') : named.choose();
      return {std::string(1, *chosen), c == 'S' || c == 'D' || c == 'W'};
    }
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) return bad();
    return {std::string(1, c), false};
  }

  // One character of a class, or nothing if it was a named set that is added already.
  std::optional<char> member(Class& in) {
    char c = p_[at_++];
    if (c == '[' && peek() == ':') {
      good_ = false;
      return std::nullopt;
    }
    if (c != '\\') return c;
    if (!more()) {
      good_ = false;
      return std::nullopt;
    }
    c = p_[at_++];
    if (in.add_word(c)) return std::nullopt;
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    if (c == 'r') return '\r';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) good_ = false;
    return c;
  }

  Piece bracket() {
    Class in;
    const bool negated = peek() == '^';
    if (negated) ++at_;
    for (bool first = true; good_ && more() && (first || peek() != ']'); first = false) {
      const auto from = member(in);
      if (!from) continue;
      char to = *from;
      if (peek() == '-' && at_ + 1 < p_.size() && p_[at_ + 1] != ']') {
        ++at_;
        const auto end = member(in);
        if (!end) return bad();
        to = *end;
      }
      in.add(*from, to);
    }
    if (!good_ || peek() != ']') return bad();
    ++at_;
    if (negated) in.negate();
    const auto chosen = in.choose();
    return chosen ? Piece{std::string(1, *chosen), negated} : bad();
  }

  std::string_view p_;
  const SampleOptions& options_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

std::optional<std::string> sample(std::string_view pattern, const SampleOptions& options) {
  if (pattern.size() > max_text) return std::nullopt;
  return Reader(pattern, options).read();
}

std::vector<std::string_view> alternatives(std::string_view pattern) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') ++i;
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|' && depth == 0) {
      out.push_back(pattern.substr(start, i - start));
      start = i + 1;
    }
  }
  out.push_back(pattern.substr(start));
  return out;
}

}  // namespace policy
