// Ids of messages that cannot be read: one linear walk over the outermost members, in doubt for no id.
#include "json/recover.h"

#include <string>
#include <vector>

#include "base/unicode.h"
#include "json/scan.h"

namespace json {
namespace {

bool is_scalar_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

// Walks the members of the outermost object and understands strings and brackets only. If `strict`, what stands
// outside strings is limited to white space, punctuation and the letters and digits of scalars: a comment or another
// sort of quote would leave it open where strings begin.
class Walker {
 public:
  enum class Step { member, end, broken };

  Walker(std::string_view input, bool strict) : p_(input.data()), end_(p_ + input.size()), strict_(strict) {}

  // To the next member; then key() and value() are its. `end`: the object has ended. After `broken` stop.
  Step next() {
    skip_space();
    if (!take(begun_ ? ',' : '{')) return begun_ && take('}') ? Step::end : Step::broken;
    skip_space();
    if (take('}')) return Step::end;  // nothing in it, or a comma too many: no doubt about where it ends
    begun_ = true;
    const char* const quote = p_;
    if (!skip_string()) return Step::broken;
    key_ = {quote + 1, p_ - 1};
    skip_space();
    if (!take(':')) return Step::broken;
    skip_space();
    const char* const value = p_;
    if (!skip_value()) return Step::broken;
    value_ = {value, p_};
    return Step::member;
  }

  std::string_view key() const { return key_; }      // between the quotes, as it is spelt
  std::string_view value() const { return value_; }  // as it is spelt; not empty

  // Nothing but white space is left.
  bool at_end() {
    skip_space();
    return p_ == end_;
  }

 private:
  void skip_space() {
    while (p_ != end_ && is_space(*p_)) ++p_;
  }

  bool take(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }

  bool skip_string() {
    if (!take('"')) return false;
    for (;;) {
      p_ = skip_plain(p_, end_);
      if (p_ == end_) return false;
      const char c = *p_++;
      if (c == '"') return true;
      if (c == '\\' && p_++ == end_) {
        p_ = end_;
        return false;
      }
    }
  }

  // A scalar must be followed by something: at the end of the input it may have been cut off.
  bool skip_value() {
    if (p_ == end_) return false;
    if (*p_ == '"') return skip_string();
    if (*p_ == '{' || *p_ == '[') return skip_container();
    const char* const first = p_;
    while (p_ != end_ && is_scalar_character(*p_)) ++p_;
    return p_ != first && p_ != end_;
  }

  bool skip_container() {
    std::vector<bool> braces;  // the open brackets: true for a brace
    do {
      if (p_ == end_) return false;
      const char c = *p_;
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      ++p_;
      if (c == '{' || c == '[') {
        braces.push_back(c == '{');
      } else if (c == '}' || c == ']') {
        if (braces.back() != (c == '}')) return false;
        braces.pop_back();
      } else if (strict_ && !is_scalar_character(c) && !is_space(c) && c != ',' && c != ':') {
        return false;
      }
    } while (!braces.empty());
    return true;
  }

  const char* p_;
  const char* const end_;
  const bool strict_;
  bool begun_ = false;
  std::string_view key_, value_;
};

// The decoded key, or nullopt if it is not a valid string.
std::optional<std::string> decoded(std::string_view raw) {
  const char* const begin = raw.data();
  const char* const end = begin + raw.size();
  // The closing quote stands after the key.
  const StringScan scan = scan_string(begin, end + 1, false);
  if (scan.result != Scan::closed || scan.at != end) return std::nullopt;
  std::string text(raw);
  if (!scan.escaped) return text;
  text.resize_and_overwrite(raw.size() + 16, [raw](char* out, std::size_t) {
    return static_cast<std::size_t>(decode_escapes(raw, out) - out);
  });
  return text;
}

bool has_line_separator(std::string_view text) {
  for (const std::string_view separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (text.find(separator) != std::string_view::npos) return true;
  }
  return false;
}

// A string or number that means one thing and may be written as it is spelt.
bool is_id(std::string_view value) {
  const char* const begin = value.data();
  const char* const end = begin + value.size();
  if (value.front() != '"') return scan_number(begin, end) == end;
  const StringScan scan = scan_string(begin + 1, end, false);
  return scan.result == Scan::closed && scan.at == end - 1 && !has_line_separator(value);
}

// A string's content; "" for any other value.
std::string_view unquoted(std::string_view value) {
  return value.front() == '"' ? value.substr(1, value.size() - 2) : std::string_view();
}

}  // namespace

std::optional<Recovered> certain_id(std::string_view input) {
  Walker walker(input, true);
  Recovered found;
  for (;;) {
    const Walker::Step step = walker.next();
    if (step == Walker::Step::broken) return std::nullopt;
    if (step == Walker::Step::end) break;
    const auto key = decoded(walker.key());
    if (!key) return std::nullopt;
    if (base::equal_folded(*key, "id")) {
      if (*key != "id" || !found.id.empty() || !is_id(walker.value())) return std::nullopt;
      found.id = walker.value();
    } else if (*key == "method" && found.method.empty()) {
      found.method = unquoted(walker.value());
    }
  }
  if (found.id.empty() || !walker.at_end()) return std::nullopt;
  return found;
}

std::optional<Recovered> likely_id(std::string_view input) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (input.starts_with(byte_order_mark)) input.remove_prefix(byte_order_mark.size());
  Walker walker(input, false);
  Recovered found;
  while (walker.next() == Walker::Step::member) {
    const auto key = decoded(walker.key());
    if (!key) continue;
    if (base::equal_folded(*key, "method")) {
      if (found.id.empty()) return std::nullopt;
      found.method = unquoted(walker.value());
      break;
    }
    if (*key == "id" && found.id.empty()) {
      if (!is_id(walker.value())) return std::nullopt;
      found.id = walker.value();
    }
  }
  if (found.id.empty()) return std::nullopt;
  return found;
}

}  // namespace json
