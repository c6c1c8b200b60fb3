// The tables and how they are searched. Rows stand in alphabetical order of their verbs (checked while compiling), so
// that a reader finds them and a search halves them.
#include "classify/lexicon.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <unordered_map>

namespace classify {
namespace {

using enum Class;
using enum Where;
using enum Phrase::Effect;

struct Group {
  std::string_view name;
  std::string_view words;
};
struct Spelling {
  std::string_view written;
  std::string_view meant;
};

constexpr Sense sense_table[] = {
#include "classify/senses.inc"
};
struct Verbs {
  Class of;
  std::string_view words;
  std::string_view reason;
};
constexpr Verbs verb_table[] = {
#include "classify/verbs.inc"
};
constexpr Noun noun_table[] = {
#include "classify/nouns.inc"
};
constexpr Phrase phrase_table[] = {
#include "classify/phrases.inc"
};
constexpr Group group_table[] = {
#include "classify/groups.inc"
};
constexpr Spelling spelling_table[] = {
#include "classify/spellings.inc"
};
constexpr Spelling joined_table[] = {
#include "classify/joined.inc"
};
constexpr Foreign foreign_table[] = {
#include "classify/foreign.inc"
};

constexpr bool is_sorted_by_verb() {
  for (std::size_t i = 1; i < std::size(sense_table); ++i) {
    if (sense_table[i].verb < sense_table[i - 1].verb) return false;
  }
  return true;
}
static_assert(is_sorted_by_verb(), "senses.inc: rows stand in alphabetical order of their verbs");

template <typename Do>
void each_word(std::string_view list, Do act) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(' ', at), list.size());
    if (end > at) act(list.substr(at, end - at));
    at = end + 1;
  }
}

// `word` is one of the words of `list`, which are separated by single spaces.
constexpr bool holds(std::string_view list, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

// Words to the groups, the noun and the plain verb that hold them, made once from the tables.
struct Index {
  std::unordered_map<std::string_view, std::bitset<128>> groups;  // a bit per row of groups.inc
  std::unordered_map<std::string_view, const Noun*> nouns;
  std::unordered_map<std::string_view, Sense> verbs;  // those of one meaning
};
static_assert(std::size(group_table) <= 128);

const Index& index() {
  static const Index made = [] {
    Index out;
    for (std::size_t i = 0; i < std::size(group_table); ++i) {
      each_word(group_table[i].words, [&](std::string_view word) { out.groups[word].set(i); });
    }
    for (const Verbs& verbs : verb_table) {
      each_word(verbs.words, [&](std::string_view word) {
        out.verbs.try_emplace(word, Sense{word, any, "", verbs.of, verbs.reason});
      });
    }
    for (const Noun& noun : noun_table) {
      each_word(noun.words, [&](std::string_view word) { out.nouns.try_emplace(word, &noun); });
    }
    return out;
  }();
  return made;
}

std::string_view canonical(std::string_view verb) {
  const auto rows = senses_of(verb);
  return rows.empty() ? std::string_view() : rows.front().verb;
}

// The base form behind an ending that was cut off: "delet" -> "delete", "stopp" -> "stop", "tr" + "ies" -> "try".
std::string_view base_behind(std::string_view stem) {
  std::array<char, 32> with_e{};
  if (stem.size() < 2 || stem.size() + 1 >= with_e.size()) return {};
  if (const std::string_view plain = canonical(stem); !plain.empty()) return plain;
  std::copy(stem.begin(), stem.end(), with_e.begin());
  with_e[stem.size()] = 'e';
  if (const std::string_view e = canonical({with_e.data(), stem.size() + 1}); !e.empty()) return e;
  if (stem[stem.size() - 1] == stem[stem.size() - 2]) return canonical(stem.substr(0, stem.size() - 1));
  if (stem.ends_with('i')) {
    with_e[stem.size() - 1] = 'y';
    return canonical({with_e.data(), stem.size()});
  }
  return {};
}

}  // namespace

std::span<const Sense> senses_of(std::string_view verb) {
  const auto range = std::ranges::equal_range(sense_table, verb, {}, &Sense::verb);
  if (!range.empty()) return {range.begin(), range.end()};
  const Index& at = index();
  const auto found = at.verbs.find(verb);
  if (found == at.verbs.end()) return {};
  return {&found->second, 1};
}

// "organise", "organising": as "organize".
static Lemma british(std::string_view word) {
  const std::size_t at = word.rfind("is");
  if (at == std::string_view::npos || at < 4 || at + 5 < word.size()) return {};
  std::string american(word);
  american[at + 1] = 'z';
  return lemma_of(american);
}

Lemma lemma_of(std::string_view word) {
  if (const std::string_view base = canonical(word); !base.empty()) return {base, Form::base};
  // "unapprove" undoes, "recreate" does again.
  if (word.size() > 5 && (word.starts_with("un") || word.starts_with("re"))) {
    const std::string_view verb = canonical(word.substr(2));
    const bool undoes = word.starts_with("un");
    if (!verb.empty() && !(undoes && in_group("nounable", verb)))
      return {undoes ? canonical("undo") : verb, Form::base};
  }
  struct Ending {
    std::string_view text;
    Form form;
  };
  static constexpr Ending endings[] = {
      {"ing", Form::gerund}, {"ed", Form::past}, {"es", Form::third}, {"s", Form::third}};
  for (const Ending& ending : endings) {
    if (!word.ends_with(ending.text)) continue;
    const std::string_view stem = word.substr(0, word.size() - ending.text.size());
    // "units" is no form of "unite".
    const std::string_view base = ending.text == "s" ? canonical(stem) : base_behind(stem);
    if (!base.empty()) return {base, ending.form};
  }
  return british(word);
}

std::string_view verb_behind(std::string_view noun) {
  for (const std::string_view ending : {"ion", "ation", "al", "ment"}) {
    if (!noun.ends_with(ending) || noun.size() < ending.size() + 4) continue;
    if (const std::string_view verb = base_behind(noun.substr(0, noun.size() - ending.size())); !verb.empty())
      return verb;
  }
  return {};
}

std::string singular_of(std::string_view word) {
  if (word.size() < 4 || !word.ends_with('s') || word.ends_with("ss") || word.ends_with("us")) return std::string(word);
  if (word.ends_with("ies")) return std::string(word.substr(0, word.size() - 3)) + 'y';
  for (const std::string_view ending : {"xes", "sses", "ches", "shes"}) {
    if (word.ends_with(ending)) return std::string(word.substr(0, word.size() - 2));
  }
  return std::string(word.substr(0, word.size() - 1));
}

bool in_group(std::string_view group, std::string_view word) {
  const Index& at = index();
  const auto found = at.groups.find(word);
  if (found == at.groups.end()) return false;
  for (std::size_t i = 0; i < std::size(group_table); ++i) {
    if (group_table[i].name == group && found->second[i]) return true;
  }
  return false;
}

bool matches(std::string_view context, std::string_view word) {
  const std::string singular = singular_of(word);
  if (holds(context, word) || holds(context, singular)) return true;
  for (std::size_t at = context.find('@'); at != std::string_view::npos; at = context.find('@', at + 1)) {
    const std::string_view group = context.substr(at + 1, context.find(' ', at) - at - 1);
    if (in_group(group, word) || in_group(group, singular)) return true;
  }
  return false;
}

const Noun* noun_of(std::string_view word) {
  const Index& at = index();
  auto found = at.nouns.find(word);
  if (found == at.nouns.end()) found = at.nouns.find(singular_of(word));
  return found == at.nouns.end() ? nullptr : found->second;
}

std::span<const Phrase> phrases() { return phrase_table; }

std::span<const Foreign> foreign_words() { return foreign_table; }

const Foreign* foreign_of(std::string_view word) {
  const auto found = std::find_if(std::begin(foreign_table), std::end(foreign_table),
                                  [&](const Foreign& one) { return one.text == word; });
  return found == std::end(foreign_table) ? nullptr : found;
}

std::string_view expansion_of(std::string_view word) {
  for (const Spelling& s : spelling_table) {
    if (s.written == word) return s.meant;
  }
  return {};
}

std::string_view joined(std::string_view a, std::string_view b) {
  for (const Spelling& s : joined_table) {
    if (s.written.size() == a.size() + b.size() + 1 && s.written.starts_with(a) && s.written[a.size()] == ' ' &&
        s.written.ends_with(b)) {
      return s.meant;
    }
  }
  return {};
}

std::string_view reason_of(Class c) {
  switch (c) {
    case read:
      return "it returns data and changes nothing";
    case write:
      return "it creates or changes something";
    case execute:
      return "it starts something that acts";
    case destructive:
      return "what it removes cannot be brought back";
    case financial:
      return "it moves money or commits to it";
  }
  return "";
}

}  // namespace classify
