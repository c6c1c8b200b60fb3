// Phrases that speak to the model rather than about the tool, as a table that people can read and extend, and the
// matcher for it. Linear in the number of words: a phrase is at most a sentence long, its gaps are small and few.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/sign_text.h"

namespace tools {

struct Phrase {
  enum class Kind : std::uint8_t {
    instructions,  // to the model, and also in a text that is meant for it (server instructions, prompts)
    orders,        // to the model; in a text that is meant for it they are its purpose
    secrets,       // asks for what belongs to the user
    steers,        // says which of the server's tools is to be used, and when
  };
  Kind kind;
  // Elements, separated by spaces, in this order within one sentence:
  //   a|b   one of these words       a|b?   one of them or none
  //   *3    up to three words        @      the name of another tool of the server
  // The first is a word. Words as Words makes them: plain, small, "dont".
  std::string_view pattern;
  std::string_view reason;
};

// The table.
std::span<const Phrase> phrases();

// Where tools are named in a text: the words [first, first + words) of the text are that name.
struct Mention {
  std::size_t first, words;
};

struct Match {
  const Phrase* phrase;
  std::size_t first, last;  // words
};

// The table made ready. Immutable; any thread.
class PhraseMatcher {
 public:
  PhraseMatcher();
  // At most one match for each phrase and sentence, the leftmost. `mentions` in order.
  std::vector<Match> find(const Words& words, std::span<const Mention> mentions) const;

 private:
  struct Element {
    enum class Kind : std::uint8_t { words, maybe, gap, mention } kind;
    std::vector<std::string_view> words;
    std::size_t most = 0;  // of a gap
  };
  struct Compiled {
    const Phrase* phrase;
    std::vector<Element> elements;
  };
  struct Place;
  static bool match(const Place& place, std::size_t element, std::size_t word, std::size_t& last);
  std::vector<Compiled> compiled_;
  std::unordered_map<std::string_view, std::vector<std::uint16_t>> by_first_word_;
  std::vector<std::uint16_t> by_mention_;
};

}  // namespace tools
