// Text as a reader sees it, for the search for signs: characters that show nothing are taken out, letters that look
// like others are those others, and what is left is words. All of it in one pass over the text, which must be valid
// UTF-8 or WTF-8 (what json::Value::string() gives).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// What a character hides or does, or "" for one that shows itself. "a zero-width character", "a control character", ...
std::string_view hidden_name(std::uint32_t cp);

// A character that hides elsewhere and has its use between these two: in an emoji, between letters of scripts that
// join.
bool is_rightful(std::uint32_t previous, std::uint32_t cp, std::uint32_t next);

// The ASCII letter or digit that a person takes the character for (Cyrillic "а", Greek "ο", full-width and mathematical
// letters), or 0 if there is none. ASCII itself gives 0.
char looks_like(std::uint32_t cp);

// Folded case, look-alikes as ASCII, hidden characters and accents that combine left out.
std::string plain_text(std::string_view text);

// How a name looks: as plain_text, without "_", "-", "." and spaces, with 0 as o and 1 and i as l.
std::string skeleton(std::string_view name);

// For people: on one line, hidden characters and those that move the text as ⟨U+200B⟩, cut to `max` code points with
// "…". Runs of one hidden character are written once with their number: ⟨U+200B ×40⟩.
std::string visible(std::string_view text, std::size_t max = 120);
// The part of `text` around the bytes [begin, end), visible, with "…" where something is left out.
std::string visible_around(std::string_view text, std::size_t begin, std::size_t end);

struct Word {
  std::uint32_t begin, end;  // bytes of the original text
  std::uint32_t from, size;  // in Words::letters
  bool starts_sentence;      // a sentence ended before it
};

// The words of a text: runs of letters and digits, plain; "_", "-" and a capital after a small letter part words too,
// an apostrophe does not ("don't" is "dont").
class Words {
 public:
  explicit Words(std::string_view text);
  std::size_t size() const { return list_.size(); }
  const Word& operator[](std::size_t i) const { return list_[i]; }
  std::string_view text(std::size_t i) const { return std::string_view(letters_).substr(list_[i].from, list_[i].size); }

 private:
  std::string letters_;
  std::vector<Word> list_;
};

}  // namespace tools
