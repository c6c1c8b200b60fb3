// Small text helpers that more than one room needs.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// A policy's glob (policy-language: "Glob"): `*` is any run of bytes, `/` included; `\*` and `\\` are literal; nothing
// else is special. Compared byte for byte. Linear time in text × number of stars.
class Glob {
 public:
  Glob() = default;
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view text) const;
  // No unescaped star: the pattern names one text, `literal()`.
  bool is_literal() const { return rest_.empty(); }
  const std::string& literal() const { return first_; }
  // The bare "*".
  bool is_everything() const { return rest_.size() == 1 && first_.empty() && rest_[0].empty(); }

 private:
  // Literal runs between the stars: the one before the first, and one after each.
  std::string first_;
  std::vector<std::string> rest_;
};

// The candidate nearest to `word` (edit distance at most a third of its length, at least 1), or "".
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// Without the white space of JSON (space, tab, CR, LF) at both ends.
std::string_view trimmed(std::string_view text);

// For messages and terminals: control, bidi and invisible characters and invalid bytes are made visible as \u{...}
// or \x.., and the text is cut to `max` code points with "…".
std::string printable(std::string_view text, std::size_t max = 200);

// RFC 3339 in UTC with milliseconds: 2026-11-22T10:00:00.000Z.
void append_rfc3339(std::string& out, std::int64_t unix_nanoseconds);
std::string rfc3339(std::int64_t unix_nanoseconds);

// With the digits 0-9 and a-z: 0, 9, a, z, 10.
void append_base36(std::string& out, std::uint64_t number);

// A length of time as people write it: "60 s" -> "minute", "2 minutes", "90 s", "day".
std::string spell_window(std::int64_t seconds);

// Parses "500ms", "30s", "30m", "2h", "1d", "1w" or combinations ("1h30m"); nanoseconds, or -1.
std::int64_t parse_duration(std::string_view text);

}  // namespace base
