// The scanner behind redact_text: one pass over arbitrary bytes, in time linear in the text. At each word it asks, in
// this order: is a PEM block starting, a URL's userinfo, a well-known token, a random-looking word, a name whose value
// follows ("password=…", "--token …", "Authorization: Bearer …")? What is none of these is copied.
#include <algorithm>
#include <cstring>

#include "audit/redact.h"
#include "audit/redact_rules.h"

namespace audit {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool ends_value(char c) {
  return is_space(c) || is_quote(c) || (c != '\0' && std::string_view("&;,<>)}]|\\").find(c) != std::string_view::npos);
}

bool equal_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) { return (x | 0x20) == y; });
}

bool is_scheme(std::string_view word) {
  return equal_word(word, "bearer") || equal_word(word, "basic") || equal_word(word, "digest");
}

class Scanner {
 public:
  Scanner(std::string& out, std::string_view text, bool names_only) : out_(out), text_(text), names_only_(names_only) {}

  void run() {
    while (pos_ < text_.size()) {
      if (rest().starts_with("-----BEGIN ")) {
        pem_block();
      } else if (rest().starts_with("://")) {
        authority();
      } else if (is_word(text_[pos_])) {
        word();
      } else {
        if (text_[pos_] == '?') query_ = true;
        if (is_space(text_[pos_])) query_ = false;
        out_ += text_[pos_++];
      }
    }
  }

 private:
  std::string_view rest() const { return text_.substr(pos_); }
  void mark_to(std::size_t end) {
    out_ += redacted_mark;
    pos_ = end;
  }
  void copy_to(std::size_t end) {
    out_ += text_.substr(pos_, end - pos_);
    pos_ = end;
  }
  template <class Predicate>
  std::size_t run_of(std::size_t from, Predicate p) const {
    while (from < text_.size() && p(text_[from])) ++from;
    return from;
  }

  // To the end of the block, or of the text if it was cut.
  void pem_block() {
    const std::size_t end = text_.find("-----END ", pos_);
    if (end == std::string_view::npos) return mark_to(text_.size());
    const std::size_t close = text_.find("-----", end + 9);
    mark_to(close == std::string_view::npos ? text_.size() : close + 5);
  }

  // "://user:password@host": the userinfo goes.
  void authority() {
    copy_to(pos_ + 3);
    const std::size_t end = std::min(text_.find_first_of("/?# \t\r\n\"'<>\\", pos_), text_.size());
    const std::size_t at = text_.substr(pos_, end - pos_).rfind('@');
    if (at != std::string_view::npos) mark_to(pos_ + at);
  }

  void word() {
    const std::size_t end = run_of(pos_, is_word);
    for (std::size_t i = pos_; i < end; ++i) {
      if (i > pos_ && is_alnum(text_[i - 1])) continue;
      const std::size_t length = known_token(text_.substr(i));
      if (length == 0) continue;
      copy_to(i);
      return mark_to(i + length);
    }
    if (names_only_) {
      const std::string_view name = text_.substr(pos_, end - pos_);
      copy_to(end);
      return value_after(name);
    }
    if (pos_ >= judged_to_) {  // base64 with its slashes: each run is judged once
      judged_to_ = std::max(run_of(pos_, is_base64), pos_ + 1);
      if (judged_to_ > end && is_random_looking(text_.substr(pos_, judged_to_ - pos_)))
        return mark_to(run_of(judged_to_, [](char c) { return c == '='; }));
    }
    const std::string_view word = text_.substr(pos_, end - pos_);
    if (is_random_looking(word)) return mark_to(end);
    copy_to(end);
    value_after(word);
  }

  // The word just copied may name a secret that follows.
  void value_after(std::string_view word) {
    std::size_t i = run_of(pos_, [](char c) { return is_quote(c) || c == '\\' || c == ']'; });
    if (i < text_.size() && (text_[i] == '=' || text_[i] == ':') && text_.substr(i, 3) != "://") {
      if (!is_secret_key(word) && !(query_ && text_[i] == '=' && is_secret_parameter(word))) return;
      i = run_of(i + 1, [](char c) { return c == ' ' || c == '\t' || c == '=' || c == '>'; });
      copy_to(i);
      return value(true);
    }
    const std::size_t next = run_of(pos_, is_space);
    if (next == pos_ || next == text_.size() || text_[next] == '-') return;
    const bool flag = word.starts_with('-') && is_secret_key(word);
    const bool user = (word == "-u" || word == "--user") && next_shell_word(next).find(':') != std::string_view::npos;
    if (flag || user) {
      copy_to(next);
      return value(false);
    }
    if (is_scheme(word) && run_of(next, [](char c) { return !ends_value(c); }) - next >= token_length) {
      copy_to(next);
      value(false);
    }
  }

  std::string_view next_shell_word(std::size_t from) const {
    return text_.substr(from, run_of(from, [](char c) { return !is_space(c); }) - from);
  }

  // Marks the value at pos_: quoted, or up to a separator. `schemes`: "Bearer x" is one value.
  void value(bool schemes) {
    std::size_t i = run_of(pos_, [](char c) { return c == '\\'; });
    const bool escaped = i > pos_;
    if (i < text_.size() && is_quote(text_[i])) {
      const char quote = text_[i];
      copy_to(i + 1);
      std::size_t end = pos_;
      while (end < text_.size() && text_[end] != quote) end += !escaped && text_[end] == '\\' ? 2 : 1;
      end = std::min(end, text_.size());
      while (escaped && end > pos_ && text_[end - 1] == '\\') --end;
      if (end > pos_) mark_to(end);
      return;
    }
    std::size_t end = run_of(pos_, [](char c) { return !ends_value(c); });
    if (schemes && is_scheme(text_.substr(pos_, end - pos_))) {
      const std::size_t credentials = run_of(end, is_space);
      if (credentials > end) end = run_of(credentials, [](char c) { return !ends_value(c); });
    }
    if (end > pos_) mark_to(end);
  }

  static constexpr std::size_t token_length = 8;
  std::string& out_;
  std::string_view text_;
  bool names_only_;  // random-looking words stay
  std::size_t pos_ = 0;
  std::size_t judged_to_ = 0;
  bool query_ = false;  // after a '?' of the same run of non-spaces: parameters of a URL
};

// Too short for a token, and nothing that could name or end a value: most names are.
bool is_plainly_harmless(std::string_view text) {
  return text.size() <= 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '/' || is_quote(c); });
}

}  // namespace

std::string redact_text(std::string_view text) {
  if (is_plainly_harmless(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  Scanner(out, text, false).run();
  return out;
}

std::string redact_name(std::string_view text) {
  if (is_plainly_harmless(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  Scanner(out, text, true).run();
  return out;
}

}  // namespace audit
