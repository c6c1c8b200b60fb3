// The words that the rules know, as tables: what a verb means (verbs.inc), or beside which words (senses.inc), what a
// name without a verb is about (nouns.inc), what certain turns of phrase say (phrases.inc), sets of words that other
// rows name with @ (groups.inc) and how words are abbreviated and written together (spellings.inc). No name of a tool
// is in them; a test holds them to that. Everything is constant and read-only; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classify.h"

namespace classify {

// Where a row's words have to stand for the row to count.
enum class Where : std::uint8_t {
  any,       // no condition: the verb's plain meaning, always the last of its rows
  head,      // they end what the verb acts on: "payment" in "create a new payment"
  object,    // they stand anywhere in what it acts on
  after,     // they stand after a preposition or particle: "from" in "remove label from issue"
  argument,  // the tool takes an argument of that name: "sql"
  first,     // the verb opens the name
  last,      // the verb ends the name, after other words: "report" in "daily_report"
  alone,     // the verb is the whole name
};

// A meaning of a verb. Rows of a verb stand together; the first whose condition holds counts.
struct Sense {            // NOLINT(clang-analyzer-optin.performance.Padding): in the order in which a row reads
  std::string_view verb;  // its base form
  Where where;
  std::string_view context;  // words and @groups, separated by spaces; singular. After them: -words that bar it
  Class of;
  std::string_view reason;  // empty: the reason that holds for all of the class
};

// What a name is about that has no verb. `of` holds if the word ends the name.
struct Noun {
  std::string_view words;
  Class of;
  std::string_view reason;
};

// What a turn of phrase in a description says. Words in lower case; "*" is one word, whatever it is.
struct Phrase {
  enum class Effect : std::uint8_t {
    raises,   // the class is at least `of`, unless name and description only read
    lowers,   // speaks for Read where the name leaves that open
    writes,   // a tool that reads also writes: it saves what it read
    excuses,  // as lowers, and takes back what a deleting or writing word of the description says
  };
  std::string_view words;
  Effect effect;
  Class of;
  std::string_view reason;
};

// A verb of another language. Written without spaces (CJK), or a word of its own.
struct Foreign {
  std::string_view text;
  Class of;
};

enum class Form : std::uint8_t { base, third, gerund, past };
struct Lemma {
  std::string_view verb;  // empty: not a verb that the tables know
  Form form = Form::base;
};

std::span<const Sense> senses_of(std::string_view verb);  // base form
Lemma lemma_of(std::string_view word);                    // lower case; "deletes", "deleting", "deleted" -> delete
std::string_view verb_behind(std::string_view noun);      // "deletion" -> "delete"; empty: none that is known
std::string singular_of(std::string_view word);           // "boxes" -> "box", "entries" -> "entry"

bool in_group(std::string_view group, std::string_view word);   // "nounable"
bool matches(std::string_view context, std::string_view word);  // "payment @job"; the word's singular counts too
const Noun* noun_of(std::string_view word);                     // null: not known
std::span<const Phrase> phrases();
std::span<const Foreign> foreign_words();
const Foreign* foreign_of(std::string_view word);  // the whole word; null: none that is known
// The words that stand for an abbreviation or that were written apart: "rm" -> "remove", "log","out" -> "logout".
std::string_view expansion_of(std::string_view word);             // empty: none
std::string_view joined(std::string_view a, std::string_view b);  // empty: two words
std::string_view reason_of(Class c);                              // "it changes something"

}  // namespace classify
