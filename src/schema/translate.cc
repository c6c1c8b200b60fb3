// From ECMA-262 (flag u) to RE2, token by token. Every token that is not known to mean the same in both is an error:
// the list below is what is known, everything else is refused.
//
// Where a pattern is an error under the flag u and has one meaning without it (an escaped "@", a lone "}"), it has that
// meaning: such patterns are common, and nobody means anything else by them.
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "base/unicode.h"
#include "schema/translate.h"
#include "schema/unicode_class.h"

namespace schema {
namespace {

// ECMA's \s: more than RE2's.
constexpr std::string_view spaces =
    R"(\t\n\v\f\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF})";
constexpr std::string_view no_spaces =
    R"(\x{0}-\x{8}\x{E}-\x{1F}!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF})";
constexpr std::string_view any_character = R"(\x{0}-\x{10FFFF})";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}
  std::expected<std::string, std::string> run();

 private:
  // What stands before a quantifier.
  enum class Before : std::uint8_t { nothing, atom, quantified };

  bool token();
  bool escape();
  bool group();
  bool quantifier();
  bool braces();
  bool bracket();
  bool bracket_items();
  struct Item {
    bool is_set = false;  // a class such as \d, in `text`
    std::uint32_t code_point = 0;
    std::string text;
  };
  bool bracket_item(Item& item);
  bool escaped_set(char letter, std::string& set);
  bool unicode_property(std::string& set);
  std::optional<std::uint32_t> escaped_character(bool in_bracket);
  std::optional<std::uint32_t> control_letter();
  std::optional<std::uint32_t> unicode_escape();
  std::optional<std::uint32_t> hex(std::size_t least, std::size_t most);

  bool error(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }
  bool ends() const { return at_ >= text_.size(); }
  bool at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) {
    if (!at(what)) return false;
    at_ += what.size();
    return true;
  }
  bool atom(std::string_view re2) {
    out_ += re2;
    before_ = Before::atom;
    return true;
  }
  static std::string spelled(std::uint32_t code_point);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::string error_;
  Before before_ = Before::nothing;
};

std::expected<std::string, std::string> Translator::run() {
  while (!ends()) {
    if (!token()) return std::unexpected(error_);
  }
  return std::move(out_);
}

std::string Translator::spelled(std::uint32_t code_point) {
  std::array<char, 16> buffer{};
  const auto c = static_cast<char>(code_point);
  if (code_point < 0x80 && (is_letter(c) || is_digit(c))) return {c};
  (void)std::snprintf(buffer.data(), buffer.size(), "\\x{%X}", code_point);
  return buffer.data();
}

bool Translator::token() {
  const char c = text_[at_];
  switch (c) {
    case '\\':
      ++at_;
      return escape();
    case '(':
      ++at_;
      return group();
    case '[':
      ++at_;
      return bracket();
    case ')':
      ++at_;
      return atom(")");
    case '*':
    case '+':
    case '?':
      return quantifier();
    case '{':
      return braces();
    case '.':
      ++at_;
      return atom(R"([^\n\r\x{2028}\x{2029}])");
    case '|':
    case '^':
    case '$':
      ++at_;
      out_ += c;
      before_ = Before::nothing;
      return true;
    default:
      return atom(spelled(base::decode_utf8(text_, at_)));
  }
}

bool Translator::quantifier() {
  if (before_ == Before::nothing) return error("a quantifier after nothing that it could repeat");
  if (before_ == Before::quantified) return error("a quantifier of a quantifier");
  out_ += text_[at_++];
  if (take("?")) out_ += '?';
  before_ = Before::quantified;
  return true;
}

// {n}, {n,}, {n,m}; a brace that opens none of these is itself.
bool Translator::braces() {
  std::size_t end = at_ + 1;
  while (end < text_.size() && (is_digit(text_[end]) || text_[end] == ',')) ++end;
  const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
  const bool closed = end < text_.size() && text_[end] == '}';
  if (!closed || inside.empty()) {
    ++at_;
    return atom(R"(\{)");
  }
  const std::size_t comma = inside.find(',');
  if (inside[0] == ',' || (comma != std::string_view::npos && inside.find(',', comma + 1) != std::string_view::npos)) {
    return error("braces that dialects read differently: {" + std::string(inside) + "}");
  }
  if (before_ == Before::nothing) return error("a quantifier after nothing that it could repeat");
  if (before_ == Before::quantified) return error("a quantifier of a quantifier");
  out_ += text_.substr(at_, end + 1 - at_);
  at_ = end + 1;
  if (take("?")) out_ += '?';
  before_ = Before::quantified;
  return true;
}

bool Translator::group() {
  before_ = Before::nothing;
  if (!take("?")) {
    out_ += '(';
    return true;
  }
  if (take(":")) {
    out_ += "(?:";
    return true;
  }
  for (const std::string_view look : {"=", "!", "<=", "<!"}) {
    if (at(look))
      return error("RE2 has no look-around (only look-aheads at the start can do without): (?" + std::string(look));
  }
  if (take("<")) {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos || end == at_) return error("a group name without its end");
    at_ = end + 1;
    out_ += '(';
    return true;
  }
  return error("a group that ECMA-262 and RE2 do not share: (?" + std::string(text_.substr(at_, 1)));
}

bool Translator::escape() {
  if (ends()) return error("a backslash at the end");
  const char c = text_[at_];
  if (c == 'b' || c == 'B') {
    ++at_;
    out_ += '\\';
    out_ += c;
    before_ = Before::nothing;
    return true;
  }
  std::string set;
  if (is_letter(c) && escaped_set(c, set)) return error_.empty() && atom("[" + set + "]");
  if (!error_.empty()) return false;
  const auto code_point = escaped_character(false);
  return code_point && atom(spelled(*code_point));
}

// \d \D \w \W \s \S \p{} \P{}: what stands between the brackets of a class.
bool Translator::escaped_set(char letter, std::string& set) {
  switch (letter) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      ++at_;
      set = {'\\', letter};
      return true;
    case 's':
    case 'S':
      ++at_;
      set = letter == 's' ? spaces : no_spaces;
      return true;
    case 'p':
    case 'P':
      return unicode_property(set);
    default:
      return false;
  }
}

bool Translator::unicode_property(std::string& set) {
  const bool negated = text_[at_] == 'P';
  const std::size_t end = text_.find('}', at_);
  if (text_.substr(at_ + 1, 1) != "{" || end == std::string_view::npos) return error("\\p without a name in braces");
  const std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
  const auto known = unicode_class(name);
  if (!known) return error("a Unicode property that RE2 does not know: " + std::string(name));
  at_ = end + 1;
  set = (negated ? "\\P{" : "\\p{") + *known + "}";
  return true;
}

std::optional<std::uint32_t> Translator::control_letter() {
  if (ends() || !is_letter(text_[at_])) {
    error("\\c without a letter");
    return std::nullopt;
  }
  constexpr unsigned low_bits = 0x1F;
  return static_cast<unsigned char>(text_[at_++]) & low_bits;
}

std::optional<std::uint32_t> Translator::hex(std::size_t least, std::size_t most) {
  std::uint32_t value = 0;
  const char* const begin = text_.data() + at_;
  const char* const limit = begin + std::min(most, text_.size() - at_);
  const auto [end, code] = std::from_chars(begin, limit, value, 16);
  const auto digits = static_cast<std::size_t>(end - begin);
  if (code != std::errc() || digits < least) {
    error("an escape with too few hexadecimal digits");
    return std::nullopt;
  }
  at_ += digits;
  return value;
}

// After \u: XXXX, a pair of surrogates \uXXXX\uXXXX, or {X...}.
std::optional<std::uint32_t> Translator::unicode_escape() {
  constexpr std::uint32_t largest = 0x10FFFF;
  constexpr std::uint32_t high = 0xD800, low = 0xDC00, past = 0xE000, supplementary = 0x10000;
  std::optional<std::uint32_t> value;
  if (take("{")) {
    value = hex(1, 8);
    if (value && !take("}")) value.reset();
  } else {
    value = hex(4, 4);
    if (value && *value >= high && *value < low && take("\\u")) {
      const auto second = hex(4, 4);
      if (!second || *second < low || *second >= past) {
        error("half a surrogate pair");
        return std::nullopt;
      }
      value = supplementary + ((*value - high) << 10) + (*second - low);
    }
  }
  if (!value || *value > largest || (*value >= high && *value < past)) {
    error("\\u with no character");
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint32_t> Translator::escaped_character(bool in_bracket) {
  constexpr std::uint32_t backspace = 8;
  const char c = text_[at_++];
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'v':
      return '\v';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    case 'c':
      return control_letter();
    case 'x':
      return hex(2, 2);
    case 'u':
      return unicode_escape();
    case '0':
      if (!ends() && is_digit(text_[at_])) break;
      return 0;
    case 'b':
      if (in_bracket) return backspace;
      break;
    default:
      if (is_digit(c) || c == 'k') {
        error("RE2 has no back-references: \\" + std::string(1, c));
        return std::nullopt;
      }
      if (c > ' ' && c < '\x7F' && !is_letter(c)) return static_cast<unsigned char>(c);
      if (c == ' ') return ' ';
      break;
  }
  error("an escape that dialects read differently: \\" + std::string(1, c));
  return std::nullopt;
}

bool Translator::bracket() {
  const bool negated = take("^");
  if (take("]"))
    return atom(negated ? "[" + std::string(any_character) + "]" : "[^" + std::string(any_character) + "]");
  out_ += negated ? "[^" : "[";
  while (!take("]")) {
    if (ends()) return error("a bracket that is not closed");
    if (!bracket_items()) return false;
  }
  return atom("]");
}

// One character or set, or a range.
bool Translator::bracket_items() {
  Item first;
  if (!bracket_item(first)) return false;
  if (!at("-") || at("-]") || text_.size() - at_ < 2) {
    out_ += first.is_set ? first.text : spelled(first.code_point);
    return true;
  }
  ++at_;
  Item last;
  if (!bracket_item(last)) return false;
  if (first.is_set || last.is_set) {  // a hyphen beside a set is itself
    out_ += first.is_set ? first.text : spelled(first.code_point);
    out_ += R"(\-)";
    out_ += last.is_set ? last.text : spelled(last.code_point);
    return true;
  }
  if (first.code_point > last.code_point) return error("a range whose end comes before its start");
  out_ += spelled(first.code_point) + "-" + spelled(last.code_point);
  return true;
}

bool Translator::bracket_item(Item& item) {
  if (ends()) return error("a bracket that is not closed");
  if (text_[at_] != '\\') {
    item.code_point = base::decode_utf8(text_, at_);
    return true;
  }
  ++at_;
  if (ends()) return error("a backslash at the end");
  if (is_letter(text_[at_]) && escaped_set(text_[at_], item.text)) item.is_set = true;
  if (!error_.empty()) return false;
  if (item.is_set) return true;
  const auto code_point = escaped_character(true);
  item.code_point = code_point.value_or(0);
  return code_point.has_value();
}

}  // namespace

std::expected<std::string, std::string> translate_part(std::string_view ecma) { return Translator(ecma).run(); }

}  // namespace schema
