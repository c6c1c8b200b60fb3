// A description as words, with the marks that reading it asks for: where sentences, headings and lists end, what stands
// in brackets. Markup is left out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace classify {

struct Token {
  std::string text;       // lower case, without punctuation at its ends
  bool ends = false;      // of a sentence, or of a heading before a colon or a dash
  bool comma = false;     // a list goes on
  bool slash = false;     // or an ampersand, a plus: "create/update"
  bool opened = false;    // a bracket opens before it
  bool capitals = false;  // of capital letters alone: "ARP"
  bool asked = false;     // a question mark ends it
};

// Words of a text. Markup, brackets and quotes are left out; "[HIGH RISK]" and "<Purpose>" leave their words, which are
// passed over as lead-ins or unknown.
// Phrasal verbs are one word ("log out"). Any bytes; linear; any thread.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace classify
