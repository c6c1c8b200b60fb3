// The table of phrases and its matcher. A row is here because it occurs in published attacks on agents (tool poisoning,
// shadowing, prompt injection) or is a way to say the same; what real servers write to explain their tools must stay
// out of it (signs_real_test.cc counts that).
#include "tools/sign_phrases.h"

#include <algorithm>

namespace tools {
namespace {

using enum Phrase::Kind;

constexpr std::string_view conceals = "tells the model to keep something from the user";
constexpr std::string_view overrides = "tells the model to set aside what it was told";
constexpr std::string_view gathers = "asks for what the model knows of its conversation";
constexpr std::string_view addresses = "speaks to the model instead of describing the tool";
constexpr std::string_view orders_calls = "orders when the model calls tools";
constexpr std::string_view wants_secret = "asks for secrets of the user";
constexpr std::string_view prefers = "says that this tool is to be used instead of another";
constexpr std::string_view warns_off = "keeps the model from another tool";
constexpr std::string_view attaches = "attaches itself to the use of another tool";

constexpr Phrase table[] = {
    // Concealment.
    {instructions,
     "not|dont|shouldnt|mustnt|never|nor *1 tell|inform|mention|notify|reveal|disclose|alert|warn *4 "
     "user|users|human|person|customer|"
     "operator|anyone|anybody",
     conceals},
    {instructions, "not|dont|shouldnt|mustnt|never mention|disclose|reveal|discuss this|that|it|these|any", conceals},
    {instructions, "not|dont|never *1 ask *3 user|human *3 confirmation|permission|approval|consent", conceals},
    {instructions, "without *1 telling|informing|asking|notifying|alerting|mentioning *4 user|users|human|anyone",
     conceals},
    {instructions, "without *1 user|users|human|humans *1 knowing|noticing|knowledge|consent|awareness", conceals},
    {instructions, "hide|conceal|withhold *4 from *1 user|users|human|operator", conceals},
    {instructions, "user|users|human must|should|shall|may|can|will not|never *1 know|see|notice|learn|realize|find",
     conceals},
    {instructions, "keep|keeping *2 secret|hidden|concealed from", conceals},
    {instructions,
     "secretly|covertly|silently|quietly|surreptitiously send|read|include|add|call|run|execute|forward|upload|copy|"
     "pass|use|collect|open|fetch",
     conceals},
    {instructions, "pretend that|to|you|nothing", conceals},
    // Setting aside.
    {instructions,
     "ignore|disregard|forget|override|bypass *3 previous|prior|earlier|above|preceding|existing|other|system|safety|"
     "original *2 instruction|instructions|prompt|prompts|rule|rules|guideline|guidelines|directions|guardrails|"
     "restrictions|policy|policies",
     overrides},
    {instructions, "ignore|disregard|forget all|any|every|the|your instructions|rules|guidelines|guardrails|safeguards",
     overrides},
    {instructions, "ignore|disregard|forget everything|all|what *3 said|told|above|before|instructed", overrides},
    {instructions, "your new|real|actual|true|only task|goal|instruction|instructions|objective|role|purpose|mission",
     overrides},
    {instructions, "you|youre|your are? now *1 in|a|an|the|no|free|unrestricted|dan", overrides},
    {instructions, "new|updated|revised|additional instructions from|for|by *2 system|admin|administrator|developer",
     overrides},
    {instructions, "jailbreak|jailbroken", overrides},
    {instructions,
     "takes|take|has|have precedence|priority over *2 other|previous|all|any|system|user *1 instructions|"
     "tools|rules|prompt",
     overrides},
    // Gathering.
    {instructions,
     "include|pass|send|provide|put|append|attach|copy|insert|forward|paste|store|write *5 entire|full|whole|complete|"
     "previous|all *2 conversation|chat|prompt|history|context|transcript",
     gathers},
    {instructions, "reveal|print|send|include|repeat|output|show|pass|copy|return|forward *4 system prompt", gathers},
    {instructions,
     "read|open|cat|load|fetch *6 and *1 pass|include|send|provide|put|append|copy its|their|the? content|"
     "contents|data|text|output *2 as|in|into|to|via",
     gathers},
    {instructions, "pass|send|put|include|provide its|their content|contents as|in|into", gathers},
    {instructions, "exfiltrate|exfiltrates|exfiltration", gathers},
    // Address.
    {instructions, "if you are|re an? ai|llm|agent|assistant|language|model|claude|gpt|chatgpt|copilot", addresses},
    {instructions, "attention|dear|hey|hello ai|assistant|assistants|llm|llms|agent|agents|model|models|claude|chatgpt",
     addresses},
    {instructions,
     "important|critical|mandatory|urgent|special|secret|hidden instruction|instructions|message|note for|"
     "to *1 ai|assistant|llm|model|agent|claude|you",
     addresses},
    {orders, "ai|llm|assistant|model|agent|claude|chatgpt|copilot must|shall", addresses},
    {orders, "you are required|obliged|instructed|forced|commanded to", addresses},
    // Orders about calls.
    {orders,
     "before|prior to? you? use|using|call|calling|invoke|invoking|run|running|execute|executing any|all|every|"
     "each *1 other? tool|tools|function|functions|command|commands",
     orders_calls},
    {orders,
     "before|after you? use|using|call|calling|invoke|invoking|run|running any|all|every|other|another *2 tool|"
     "tools|function|functions",
     orders_calls},
    {orders, "you must|have|need|should *1 first *1 read|open|access|load|cat|fetch", orders_calls},
    {orders, "you must always", orders_calls},
    {orders, "must|should always? be|get called|run|invoked|executed first", orders_calls},
    {orders, "call|use|run|invoke this tool|function first", orders_calls},
    {orders, "must|should always? be|get called|run|invoked|executed first|before *2 any|all|every|other|each|anything",
     orders_calls},
    {orders, "always call|invoke|run|execute", orders_calls},
    {orders, "must|always *1 call|use|run|invoke this tool|function|first", orders_calls},
    {orders, "call|use|run|invoke this tool|function *2 first|before *2 any|all|every|other|each|anything",
     orders_calls},
    {orders, "call|use|run|invoke this tool|function *1 every|each time|message|turn|request", orders_calls},
    {orders, "otherwise|else *2 tool|function|tools|call|server *2 not|fail|fails|wont|break", orders_calls},
    // Secrets.
    {secrets, "private|ssh key|keys", wants_secret},
    {secrets, "seed|recovery|mnemonic phrase|phrases|words", wants_secret},
    {secrets,
     "extract|collect|leak|steal|harvest|dump|upload|attach|append|forward|gather|exfiltrate|copy *5 api|access|"
     "auth|bearer|session|secret key|keys|token|tokens|secrets",
     wants_secret},
    {secrets,
     "extract|collect|leak|steal|harvest|dump|upload|attach|append|forward|gather|copy *4 password|"
     "passwords|credential|credentials|cookies",
     wants_secret},
    {secrets,
     "extract|collect|leak|steal|dump|upload|attach|append|forward|gather|include|send|print|read *4 environment|"
     "env variables|vars",
     wants_secret},
    // Steering between tools.
    {steers, "instead of *2 @", prefers},
    {steers, "rather than *2 @", prefers},
    {steers, "replaces|supersedes|overrides|replacement *2 @", prefers},
    {steers, "not|never|dont|avoid|stop *1 use|using|call|calling|invoke|run|trust *2 @", warns_off},
    {steers,
     "@ *1 is|are *1 deprecated|broken|disabled|unsafe|insecure|obsolete|unavailable|dangerous|compromised|down",
     warns_off},
    {steers,
     "when|whenever|before|after|if|time *2 use|using|used|call|calling|called|invoke|invoked|run|running|"
     "invoking *2 @",
     attaches},
    {steers, "when|whenever|before|after|time *1 @ is|gets? *1 called|used|invoked|run|available", attaches},
    {steers, "always|must *2 call|use|run|invoke *2 @", attaches},
};

constexpr std::size_t longest_phrase = 24;  // words; bounds what one start can cost

template <class F>
void each_part(std::string_view text, char separator, F f) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    f(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::span<const Phrase> phrases() { return table; }

struct PhraseMatcher::Place {
  const Words& words;
  std::span<const Mention> mentions;
  std::span<const Element> elements;
  std::size_t begin;  // the first word

  // Words of the tool's name that begins at `word`, or 0.
  std::size_t mention_at(std::size_t word) const {
    const auto found = std::ranges::lower_bound(mentions, word, {}, &Mention::first);
    return found != mentions.end() && found->first == word ? found->words : 0;
  }
  bool within(std::size_t word) const {
    return word < words.size() && word < begin + longest_phrase && (word == begin || !words[word].starts_sentence);
  }
};

PhraseMatcher::PhraseMatcher() {
  for (const Phrase& phrase : table) {
    Compiled c{&phrase, {}};
    each_part(phrase.pattern, ' ', [&c](std::string_view part) {
      Element e{Element::Kind::words, {}};
      if (part == "@") {
        e.kind = Element::Kind::mention;
      } else if (part.starts_with('*')) {
        e.kind = Element::Kind::gap;
        e.most = static_cast<std::size_t>(part[1] - '0');
      } else {
        if (part.ends_with('?')) {
          e.kind = Element::Kind::maybe;
          part.remove_suffix(1);
        }
        each_part(part, '|', [&e](std::string_view word) { e.words.push_back(word); });
      }
      c.elements.push_back(std::move(e));
    });
    const auto index = static_cast<std::uint16_t>(compiled_.size());
    if (c.elements.front().kind == Element::Kind::mention) by_mention_.push_back(index);
    for (const std::string_view word : c.elements.front().words) by_first_word_[word].push_back(index);
    compiled_.push_back(std::move(c));
  }
}

bool PhraseMatcher::match(const Place& place, std::size_t element, std::size_t word, std::size_t& last) {
  if (element == place.elements.size()) return last = word - 1, true;
  const Element& e = place.elements[element];
  switch (e.kind) {
    case Element::Kind::gap:
      for (std::size_t skipped = 0; skipped <= e.most; ++skipped) {
        if (match(place, element + 1, word + skipped, last)) return true;
        if (!place.within(word + skipped)) return false;
      }
      return false;
    case Element::Kind::maybe:
      if (place.within(word) && std::ranges::find(e.words, place.words.text(word)) != e.words.end() &&
          match(place, element + 1, word + 1, last)) {
        return true;
      }
      return match(place, element + 1, word, last);
    case Element::Kind::mention: {
      const std::size_t words = place.within(word) ? place.mention_at(word) : 0;
      return words != 0 && match(place, element + 1, word + words, last);
    }
    case Element::Kind::words:
      return place.within(word) && std::ranges::find(e.words, place.words.text(word)) != e.words.end() &&
             match(place, element + 1, word + 1, last);
  }
  return false;
}

std::vector<Match> PhraseMatcher::find(const Words& words, std::span<const Mention> mentions) const {
  std::vector<Match> found;
  std::vector<std::size_t> done(compiled_.size(), 0);  // in which sentence a phrase was found, from 1
  std::size_t sentence = 0;
  const auto look = [&](std::span<const std::uint16_t> candidates, std::size_t word) {
    for (const std::uint16_t i : candidates) {
      if (done[i] == sentence) continue;
      const Place place{words, mentions, compiled_[i].elements, word};
      std::size_t last = word;
      if (!match(place, 0, word, last)) continue;
      done[i] = sentence;
      found.push_back({compiled_[i].phrase, word, last});
    }
  };
  std::size_t next_mention = 0;
  for (std::size_t w = 0; w < words.size(); ++w) {
    if (w == 0 || words[w].starts_sentence) ++sentence;
    if (const auto it = by_first_word_.find(words.text(w)); it != by_first_word_.end()) look(it->second, w);
    while (next_mention < mentions.size() && mentions[next_mention].first < w) ++next_mention;
    if (next_mention < mentions.size() && mentions[next_mention].first == w) look(by_mention_, w);
  }
  return found;
}

}  // namespace tools
