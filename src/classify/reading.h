// What a text of a tool's definition says it does: the verbs that it leads with, each in the sense that the words
// beside it give, and turns of phrase. Names and sentences give the same kind of answer, so that they can be weighed.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/arguments.h"
#include "classify/lexicon.h"

namespace classify {

// A verb with what stands around it.
struct Clause {
  std::string_view verb;                            // base form
  std::vector<std::string_view> object;             // what it acts on, in order; the last is the head
  std::vector<std::string_view> after;              // from the first preposition on
  bool first = false, last = false, alone = false;  // where it stands in a name
};

// The row that holds for the clause; null if the verb is none.
const Sense* sense_of(const Clause& clause, std::span<const Argument> arguments);

// One thing that a text says.
struct Said {
  Class of;
  std::string words;        // as they stand there, printable: "delete"
  std::string_view reason;  // static
  std::string_view verb;    // its base form; empty: a noun said it
  bool plain = false;       // a verb that is never a noun
  bool first = false;       // of a name: its first word
  bool loose = false;       // of a sentence: joined to its verb by an "and" far from it; may be a noun in a list
  bool late = false;        // of a description: its first sentence said nothing
};

struct Reading {
  std::vector<Said> said;  // empty: it says nothing. The leading verb first
  bool guidance = false;   // it returns advice or documentation, whatever the advice is about
  bool things = false;     // no verb: its first sentence names what is given back
  std::string about;       // of a description of one verb: the last word of what it acts on
  bool by_noun = false;    // no verb: what it is about decides
  struct Turn {
    const Phrase* phrase;
    std::string words;
    bool early;  // within the first words, where it is about the tool as a whole
  };
  std::vector<Turn> turns;
};

Class worst(const Reading& reading);  // of what it says; Read if it says nothing

// `words`: the name without the server's own; `lead`: the base form of the verb that the description leads with, which
// decides between two verbs of a name ("image_update_check").
Reading read_name(std::span<const std::string> words, std::span<const Argument> arguments, std::string_view lead);

// Of a description the first `description_bytes` are read, and of these the first sentences for verbs.
inline constexpr std::size_t description_bytes = 8192;
Reading read_description(std::string_view text, std::span<const Argument> arguments);

// As read_description, of a text in another language; `out` has said nothing yet.
void read_foreign(std::string_view text, Reading& out);

// `text` as it can be shown on a line: control characters and invalid UTF-8 as '?', cut to `bytes`.
std::string printable(std::string_view text, std::size_t bytes);

}  // namespace classify
