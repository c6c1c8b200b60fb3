// Globs, "did you mean", text for people, dates and lengths of time. Every function is linear in its input or bounded.
#include "base/strings.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstring>

#include "base/unicode.h"

namespace base {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// First place of `part` in `text`. memmem is linear (two-way), std::string_view::find is not.
std::size_t find(std::string_view text, std::string_view part) {
  if (part.empty()) return 0;
  if (text.empty()) return npos;
  const void* at = memmem(text.data(), text.size(), part.data(), part.size());
  return at == nullptr ? npos : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

constexpr std::size_t max_nearest_length = 64;

// Edit distance: insertions, deletions, substitutions, transpositions of neighbours. Both at most max_nearest_length.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, max_nearest_length + 1>;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

struct Span {
  std::uint32_t first, last;
};

// Control, format and other code points that a terminal does not show, or that change how their neighbours are shown.
constexpr Span invisible[] = {
    {0x0, 0x1F},      {0x7F, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},   {0x6DD, 0x6DD},   {0x70F, 0x70F},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},   {0x2800, 0x2800},
    {0x3164, 0x3164}, {0xD800, 0xDFFF}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool is_invisible(std::uint32_t cp) {
  const auto* span = std::upper_bound(std::begin(invisible), std::end(invisible), cp,
                                      [](std::uint32_t c, const Span& s) { return c < s.first; });
  return span != std::begin(invisible) && cp <= (span - 1)->last;
}

void append_hex(std::string& out, std::uint32_t value, int min_digits) {
  static constexpr char digits[] = "0123456789ABCDEF";
  int n = 8;
  while (n > min_digits && (value >> (4 * (n - 1))) == 0) --n;
  while (n-- > 0) out += digits[(value >> (4 * n)) & 15];
}

void append_padded(std::string& out, std::uint64_t value, int width) {
  char digits[20];
  for (int i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  std::string* part = &first_;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      part = &rest_.emplace_back();
    } else if (c == '\\' && i + 1 < pattern.size() && (pattern[i + 1] == '*' || pattern[i + 1] == '\\')) {
      *part += pattern[++i];
    } else {
      *part += c;
    }
  }
}

bool Glob::matches(std::string_view text) const {
  if (rest_.empty()) return text == first_;
  const std::string& front = first_;
  const std::string& back = rest_.back();
  if (text.size() < front.size() + back.size() || !text.starts_with(front) || !text.ends_with(back)) return false;
  text = text.substr(front.size(), text.size() - front.size() - back.size());
  for (std::size_t i = 0; i + 1 < rest_.size(); ++i) {  // the leftmost place is always good enough
    const std::size_t at = find(text, rest_[i]);
    if (at == npos) return false;
    text.remove_prefix(at + rest_[i].size());
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > max_nearest_length) return {};
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() >= word.size() + best || word.size() >= candidate.size() + best ||
        candidate.size() > max_nearest_length)
      continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string printable(std::string_view text, std::size_t max) {
  std::string out;
  max = std::min(max, text.size());
  std::size_t valid_to = 0;  // text[pos, valid_to) is known to be valid
  for (std::size_t pos = 0, shown = 0; pos < text.size(); ++shown) {
    if (shown == max) return out + "…";
    if (pos >= valid_to) {
      // A look at a few bytes at a time: the text may be long and is mostly cut.
      const std::string_view rest = text.substr(pos, 4 * (max - shown) + 4);
      const std::size_t bad = first_invalid_utf8(rest);
      valid_to = pos + std::min(bad, rest.size());
    }
    if (pos >= valid_to) {
      out += "\\x";
      append_hex(out, static_cast<std::uint8_t>(text[pos++]), 2);
      continue;
    }
    const std::size_t start = pos;
    const std::uint32_t cp = decode_utf8(text, pos);
    if (is_invisible(cp)) {
      out += "\\u{";
      append_hex(out, cp, 1);
      out += '}';
    } else {
      out += text.substr(start, pos - start);
    }
  }
  return out;
}

void append_rfc3339(std::string& out, std::int64_t unix_nanoseconds) {
  using namespace std::chrono;
  const sys_time<milliseconds> t = floor<milliseconds>(sys_time<nanoseconds>(nanoseconds(unix_nanoseconds)));
  const sys_days day = floor<days>(t);
  const year_month_day date(day);
  const auto ms = static_cast<std::uint64_t>((t - day).count());
  append_padded(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);  // int64 ends in 2262
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, ms / 3'600'000, 2);
  out += ':';
  append_padded(out, ms / 60'000 % 60, 2);
  out += ':';
  append_padded(out, ms / 1000 % 60, 2);
  out += '.';
  append_padded(out, ms % 1000, 3);
  out += 'Z';
}

std::string rfc3339(std::int64_t unix_nanoseconds) {
  std::string out;
  append_rfc3339(out, unix_nanoseconds);
  return out;
}

void append_base36(std::string& out, std::uint64_t number) {
  static constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<char, 13> text;
  std::size_t at = text.size();
  do {
    text[--at] = digits[number % digits.size()];
    number /= digits.size();
  } while (number != 0);
  out.append(text.data() + at, text.size() - at);
}

std::string spell_window(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  static constexpr Unit units[] = {{604'800, "week"}, {86'400, "day"}, {3'600, "hour"}, {60, "minute"}};
  if (seconds == 1) return "second";
  for (const Unit& unit : units) {
    if (seconds <= 0 || seconds % unit.seconds != 0) continue;
    const std::int64_t n = seconds / unit.seconds;
    return n == 1 ? std::string(unit.name) : std::to_string(n) + " " + std::string(unit.name) + "s";
  }
  return std::to_string(seconds) + " s";
}

std::int64_t parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  static constexpr Unit units[] = {{"w", 604'800'000'000'000}, {"d", 86'400'000'000'000}, {"h", 3'600'000'000'000},
                                   {"m", 60'000'000'000},      {"s", 1'000'000'000},      {"ms", 1'000'000}};
  if (text.empty()) return -1;
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units come once each, largest first
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t n = 0;
    for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) {
      if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, text[n] - '0', &number))
        return -1;
    }
    if (n == 0) return -1;
    text.remove_prefix(n);
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    while (next_unit < std::size(units) && units[next_unit].name != text.substr(0, letters)) ++next_unit;
    if (next_unit == std::size(units)) return -1;
    text.remove_prefix(letters);
    if (__builtin_mul_overflow(number, units[next_unit++].nanoseconds, &number) ||
        __builtin_add_overflow(total, number, &total))
      return -1;
  }
  return total;
}

}  // namespace base
