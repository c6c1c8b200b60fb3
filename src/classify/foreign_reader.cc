// Descriptions in other languages than English: by the verbs of foreign.inc, by an article or a question word. They are
// asked only where the English reading found nothing.
#include <algorithm>

#include "classify/reading.h"

namespace classify {
namespace {

// Small letters: ASCII, the accented letters of Western Europe, Cyrillic.
std::string lower_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c + 0x20);
    } else if (c == 0xC3 && next >= 0x80 && next <= 0x9E) {
      out += {static_cast<char>(c), static_cast<char>(next + 0x20)};
      ++i;
    } else if (c == 0xD0 && next >= 0x90 && next <= 0xAF) {
      const bool low = next < 0xA0;
      out += {static_cast<char>(low ? 0xD0 : 0xD1), static_cast<char>(low ? next + 0x20 : next - 0x20)};
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}
bool is_inner(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 || c == '\'' ||
         c == '-' || c == '_';
}

// Where `word` stands in `text` as a word of its own; characters of CJK stand without spaces between words.
std::size_t foreign_at(std::string_view text, std::string_view word) {
  const bool characters = static_cast<unsigned char>(word[0]) >= 0xE3;
  const auto open = [&](std::size_t i) { return i >= text.size() || !is_inner(text[i]); };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (characters || ((at == 0 || open(at - 1)) && open(at + word.size()))) return at;
  }
  return std::string_view::npos;
}

struct Found {
  const Foreign *first = nullptr, *worst = nullptr;
  std::size_t where = std::string::npos;  // of the first
};

Found find_foreign(std::string_view text) {
  Found out;
  for (const Foreign& word : foreign_words()) {
    const std::size_t at = foreign_at(text, word.text);
    const bool brief = word.text.size() < 4 && static_cast<unsigned char>(word.text[0]) < 0x80;
    if (brief && at != 0) continue;  // "ver. 2"
    if (at == std::string_view::npos) continue;
    if (at < out.where) {
      out.first = &word;
      out.where = at;
    }
    if (out.worst == nullptr || word.of > out.worst->of) out.worst = &word;
  }
  return out;
}

}  // namespace

// Descriptions in other languages lead with their verb too, or hold it in the first sentence. What stands further on
// may be a noun ("configuration"); it keeps a name from being taken for milder than it is.
void read_foreign(std::string_view text, Reading& out) {
  std::string head = lower_case(text.substr(0, 400));
  head.resize(std::min(head.size(), head.find("args:")));  // what follows is about the arguments
  const std::size_t point = std::max<std::size_t>(std::min(head.find(". "), head.find("\n\n")), 16);
  const std::string_view sentence = std::string_view(head).substr(0, std::min<std::size_t>(point, 160));
  const std::string_view opener = sentence.substr(0, sentence.find(' '));
  const std::size_t from = opener.find_first_not_of("*#_-\xC2\xBF");  // markup, an opening question mark
  if (from != std::string_view::npos && in_group("foreign_questions", opener.substr(from))) {
    out.said.push_back(
        {Class::read, std::string(opener.substr(from)), "it asks a question", "get", false, false, true});
    return;
  }
  bool late = false;
  Found found = find_foreign(sentence);
  if (found.first == nullptr) {
    // "Las carpetas de ...": no verb, but an article.
    if (from != std::string_view::npos && in_group("foreign_openers", opener.substr(from))) {
      out.said.push_back(
          {Class::read, std::string(opener.substr(from)), "it names what is given back", "", false, false, true});
      out.things = true;
      return;
    }
    found = find_foreign(head);
    found.worst = found.first;
    late = true;
    if (found.first != nullptr && found.first->of != Class::read) return;
  }
  if (found.first == nullptr) return;
  const Class of = found.first->of;
  const bool plain = found.where == 0 || of == Class::read || of >= Class::destructive;
  const std::string_view verb = of == Class::read && !late ? "get" : "";  // what it comes to
  out.said.push_back({of, std::string(found.first->text), "", verb, plain, false});
  out.said.back().late = late;
  if (found.worst->of > of) out.said.push_back({found.worst->of, std::string(found.worst->text), "", "", false, false});
}

}  // namespace classify
