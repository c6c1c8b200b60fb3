// Which characters hide, which look like others, and how text is cut into words. The tables follow Unicode 15.1
// (general categories Cc, Cf, Co, Zs; confusables.txt of UTS #39, those that look like ASCII letters).
#include "tools/sign_text.h"

#include <algorithm>
#include <iterator>

#include "base/unicode.h"

namespace tools {
namespace {

struct Range {
  std::uint32_t first, last;
  std::string_view what;
};

constexpr std::string_view control = "a control character";
constexpr std::string_view zero_width = "a zero-width character";
constexpr std::string_view direction = "a character that changes the direction of text";
constexpr std::string_view filler = "a blank character that counts as a letter";
constexpr std::string_view variation = "a variation selector";
constexpr std::string_view tag = "a tag character";
constexpr std::string_view private_use = "a private-use character";
constexpr std::string_view separator = "an invisible separator";
constexpr std::string_view surrogate = "half a surrogate pair";

// In order.
constexpr Range hidden_ranges[] = {
    {0x00, 0x08, control},          {0x0B, 0x0C, control},
    {0x0E, 0x1F, control},          {0x7F, 0x9F, control},
    {0xAD, 0xAD, zero_width},       {0x34F, 0x34F, zero_width},
    {0x61C, 0x61C, direction},      {0x115F, 0x1160, filler},
    {0x17B4, 0x17B5, filler},       {0x180B, 0x180D, variation},
    {0x180E, 0x180E, zero_width},   {0x180F, 0x180F, variation},
    {0x200B, 0x200D, zero_width},   {0x200E, 0x200F, direction},
    {0x2028, 0x2029, separator},    {0x202A, 0x202E, direction},
    {0x2060, 0x2064, zero_width},   {0x2066, 0x2069, direction},
    {0x206A, 0x206F, direction},    {0x2800, 0x2800, filler},
    {0x3164, 0x3164, filler},       {0xD800, 0xDFFF, surrogate},
    {0xE000, 0xF8FF, private_use},  {0xFE00, 0xFE0F, variation},
    {0xFEFF, 0xFEFF, zero_width},   {0xFFA0, 0xFFA0, filler},
    {0xFFF0, 0xFFFB, separator},    {0x1BCA0, 0x1BCA3, zero_width},
    {0x1D173, 0x1D17A, zero_width}, {0xE0000, 0xE007F, tag},
    {0xE0080, 0xE00FF, zero_width}, {0xE0100, 0xE01EF, variation},
    {0xE01F0, 0xE0FFF, zero_width}, {0xF0000, 0x10FFFF, private_use},
};

struct Likeness {
  std::uint32_t cp;
  char letter;
};

// Small letters and capitals, in order; the letter is in lower case.
constexpr Likeness likenesses[] = {
    {0x131, 'i'},  {0x17F, 's'},  {0x1C0, 'l'},  {0x251, 'a'},  {0x261, 'g'},  {0x269, 'i'},  {0x28F, 'y'},
    {0x391, 'a'},  {0x392, 'b'},  {0x395, 'e'},  {0x396, 'z'},  {0x397, 'h'},  {0x399, 'i'},  {0x39A, 'k'},
    {0x39C, 'm'},  {0x39D, 'n'},  {0x39F, 'o'},  {0x3A1, 'p'},  {0x3A4, 't'},  {0x3A5, 'y'},  {0x3A7, 'x'},
    {0x3B1, 'a'},  {0x3B3, 'y'},  {0x3B9, 'i'},  {0x3BD, 'v'},  {0x3BF, 'o'},  {0x3C1, 'p'},  {0x3C5, 'u'},
    {0x3F2, 'c'},  {0x3F3, 'j'},  {0x3F9, 'c'},  {0x405, 's'},  {0x406, 'i'},  {0x408, 'j'},  {0x410, 'a'},
    {0x412, 'b'},  {0x415, 'e'},  {0x41A, 'k'},  {0x41C, 'm'},  {0x41D, 'h'},  {0x41E, 'o'},  {0x420, 'p'},
    {0x421, 'c'},  {0x422, 't'},  {0x423, 'y'},  {0x425, 'x'},  {0x430, 'a'},  {0x435, 'e'},  {0x43E, 'o'},
    {0x440, 'p'},  {0x441, 'c'},  {0x443, 'y'},  {0x445, 'x'},  {0x455, 's'},  {0x456, 'i'},  {0x458, 'j'},
    {0x475, 'v'},  {0x4AE, 'y'},  {0x4AF, 'y'},  {0x4BB, 'h'},  {0x4C0, 'l'},  {0x4CF, 'l'},  {0x501, 'd'},
    {0x51B, 'q'},  {0x51D, 'w'},  {0x555, 'o'},  {0x570, 'h'},  {0x578, 'n'},  {0x57D, 'u'},  {0x585, 'o'},
    {0x1D04, 'c'}, {0x1D0F, 'o'}, {0x1D1C, 'u'}, {0x1D20, 'v'}, {0x1D21, 'w'}, {0x1D22, 'z'}, {0x212A, 'k'},
    {0x2170, 'i'}, {0x2174, 'v'}, {0x2179, 'x'}, {0x217C, 'l'}, {0x217D, 'c'}, {0x217E, 'd'}, {0x217F, 'm'},
    {0xA731, 's'},
};

char mathematical(std::uint32_t cp) {  // U+1D400..U+1D7FF: alphabets of 52 letters, then Greek, then digits
  if (cp >= 0x1D7CE) return static_cast<char>('0' + (cp - 0x1D7CE) % 10);
  if (cp > 0x1D6A3) return 0;
  return static_cast<char>('a' + (cp - 0x1D400) % 26);
}

bool is_combining_accent(std::uint32_t cp) {
  return (cp >= 0x300 && cp <= 0x36F) || (cp >= 0x1AB0 && cp <= 0x1AFF) || (cp >= 0x20D0 && cp <= 0x20F0);
}

bool is_small(std::uint32_t cp) { return cp >= 'a' && cp <= 'z'; }
bool is_capital(std::uint32_t cp) { return cp >= 'A' && cp <= 'Z'; }
bool is_apostrophe(std::uint32_t cp) { return cp == '\'' || cp == 0x2019 || cp == 0x2BC; }

bool is_word_character(std::uint32_t cp) {
  if (cp < 0x80) return is_small(cp) || is_capital(cp) || (cp >= '0' && cp <= '9');
  if (looks_like(cp) != 0) return true;
  if (cp < 0xC0) return cp == 0xAA || cp == 0xB5 || cp == 0xBA;
  const bool punctuation = (cp >= 0x2000 && cp <= 0x2BFF) || (cp >= 0x3000 && cp <= 0x303F) ||
                           (cp >= 0xFE30 && cp <= 0xFE6F) || (cp >= 0xFF00 && cp <= 0xFF0F);
  return !punctuation && cp != 0xD7 && cp != 0xF7;
}

bool ends_sentence(std::uint32_t cp) {
  return cp == '.' || cp == '!' || cp == '?' || cp == ';' || cp == 0x3002 || cp == 0x2026;
}

bool is_picture(std::uint32_t cp) {
  return cp == 0xA9 || cp == 0xAE || cp == 0x203C || cp == 0x2049 || (cp >= 0x2100 && cp <= 0x27FF) ||
         (cp >= 0x2900 && cp <= 0x2BFF) || (cp >= 0x3030 && cp <= 0x329F) || (cp >= 0x1F000 && cp <= 0x1FAFF);
}
// Scripts in which joiners are part of how words are spelt.
bool uses_joiners(std::uint32_t cp) { return cp >= 0x600 && cp <= 0x109F; }

std::uint32_t plain(std::uint32_t cp) {
  if (const char ascii = looks_like(cp)) return static_cast<unsigned char>(ascii);
  return base::fold(cp);
}

void append_code_point(std::string& out, std::uint32_t cp, std::size_t times) {
  constexpr char digits[] = "0123456789ABCDEF";
  out += "⟨U+";
  int shift = 12;
  while (shift < 20 && (cp >> (shift + 4)) != 0) shift += 4;
  for (; shift >= 0; shift -= 4) out += digits[(cp >> shift) & 0xF];
  if (times > 1) out += " ×" + std::to_string(times);
  out += "⟩";
}

}  // namespace

std::string_view hidden_name(std::uint32_t cp) {
  if (cp >= 0x20 && cp < 0x7F) return {};
  const auto* const range = std::ranges::upper_bound(hidden_ranges, cp, {}, [](const Range& r) { return r.first; });
  if (range == std::begin(hidden_ranges) || cp > std::prev(range)->last) return {};
  return std::prev(range)->what;
}

bool is_rightful(std::uint32_t previous, std::uint32_t cp, std::uint32_t next) {
  if (cp == 0xFE0F || cp == 0xFE0E) return is_picture(previous) || next == 0x20E3;
  if (cp == 0x200D && is_picture(next)) return is_picture(previous) || previous == 0xFE0F;
  return (cp == 0x200D || cp == 0x200C) && uses_joiners(previous) && uses_joiners(next);
}

char looks_like(std::uint32_t cp) {
  if (cp < 0x80) return 0;
  if (cp >= 0xFF10 && cp <= 0xFF19) return static_cast<char>('0' + (cp - 0xFF10));
  if (cp >= 0xFF21 && cp <= 0xFF3A) return static_cast<char>('a' + (cp - 0xFF21));
  if (cp >= 0xFF41 && cp <= 0xFF5A) return static_cast<char>('a' + (cp - 0xFF41));
  if (cp >= 0x1D400 && cp <= 0x1D7FF) return mathematical(cp);
  const auto* const found = std::ranges::lower_bound(likenesses, cp, {}, &Likeness::cp);
  return found != std::end(likenesses) && found->cp == cp ? found->letter : '\0';
}

std::string plain_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size();) {
    const std::uint32_t cp = base::decode_utf8(text, pos);
    if (hidden_name(cp).empty() && !is_combining_accent(cp)) base::append_utf8(out, plain(cp));
  }
  return out;
}

std::string skeleton(std::string_view name) {
  std::string out = plain_text(name);
  std::erase_if(out, [](char c) { return c == '_' || c == '-' || c == '.' || c == ' '; });
  for (char& c : out) c = c == '0' ? 'o' : c == '1' || c == 'i' ? 'l' : c;
  return out;
}

std::string visible(std::string_view text, std::size_t max) {
  std::string out;
  std::size_t shown = 0;
  std::uint32_t previous = 0;
  for (std::size_t pos = 0; pos < text.size(); ++shown) {
    if (shown == max) {
      out += "…";
      break;
    }
    const std::size_t begin = pos;
    const std::uint32_t cp = base::decode_utf8(text, pos);
    std::size_t after = pos;
    const std::uint32_t following = after < text.size() ? base::decode_utf8(text, after) : 0;
    if (cp == '\n' || cp == '\t' || cp == '\r') {
      out += ' ';
    } else if (hidden_name(cp).empty() || is_rightful(previous, cp, following)) {
      out += text.substr(begin, pos - begin);
    } else {
      std::size_t times = 1;
      for (std::size_t next = pos; next < text.size() && base::decode_utf8(text, next) == cp; pos = next) ++times;
      append_code_point(out, cp, times);
    }
    previous = cp;
  }
  return out;
}

std::string visible_around(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t before = 40, within = 160;
  const auto is_inside = [text](std::size_t i) { return i < text.size() && (text[i] & 0xC0) == 0x80; };
  std::size_t from = begin > before ? begin - before : 0;
  while (is_inside(from)) ++from;
  std::size_t to = std::min({text.size(), end + before, begin + within});
  while (is_inside(to)) ++to;
  return (from > 0 ? "…" : "") + visible(text.substr(from, to - from), before + within) + (to < text.size() ? "…" : "");
}

Words::Words(std::string_view text) {
  letters_.reserve(text.size());
  bool in_word = false, sentence = true, was_small = false;
  std::uint32_t previous = 0;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t begin = pos;
    const std::uint32_t cp = base::decode_utf8(text, pos);
    if (!hidden_name(cp).empty() || is_combining_accent(cp) || (in_word && is_apostrophe(cp))) continue;
    if (is_word_character(cp)) {
      if (was_small && is_capital(cp)) in_word = false;
      if (!in_word) {
        list_.push_back(
            {static_cast<std::uint32_t>(begin), 0, static_cast<std::uint32_t>(letters_.size()), 0, sentence});
        sentence = false;
      }
      in_word = true;
      base::append_utf8(letters_, plain(cp));
      Word& word = list_.back();
      word.end = static_cast<std::uint32_t>(pos);
      word.size = static_cast<std::uint32_t>(letters_.size()) - word.from;
      was_small = is_small(cp);
    } else {
      in_word = was_small = false;
      // "v1.2" and "a.b" are no two sentences: what follows the mark decides.
      const bool next_is_blank = pos >= text.size() || static_cast<unsigned char>(text[pos]) <= ' ' || cp >= 0x80;
      if ((ends_sentence(cp) && next_is_blank) || (cp == '\n' && previous == '\n')) sentence = true;
    }
    previous = cp;
  }
}

}  // namespace tools
