// What a description says its tool does. Only what it leads with counts as a verb ("Deletes a user", "This tool can be
// used to list ...", "Create, update or delete records"): further down stand examples, warnings and other tools. Turns
// of phrase count wherever they stand, unless they are negated.
#include <algorithm>
#include <optional>

#include "classify/reading.h"
#include "classify/tokens.h"

namespace classify {
namespace {

constexpr std::size_t max_sentences = 3, max_lead_in = 24, max_clause = 48, max_early = 40;

class DescriptionReader {
 public:
  DescriptionReader(std::vector<Token> tokens, std::span<const Argument> arguments)
      : tokens_(std::move(tokens)), arguments_(arguments) {}

  // `tagged`: it opens with a bracket, "[WRITE] ..." or "[Windows only] ...".
  Reading read(bool tagged) {
    if (tagged) drop_tag();
    std::size_t at = 0;
    for (std::size_t sentence = 0; sentence < max_sentences && at < tokens_.size(); ++sentence) {
      const std::size_t end = sentence_end(at);
      if (sentence == 0 && say_question(end)) break;
      if (!is_order(at, end) && read_sentence(at, end)) {
        for (Said& said : out_.said) said.late = sentence > 0 && at > 3;  // a heading is no sentence
        break;
      }
      if (sentence == 0 && say_things(end)) break;
      at = end;
    }
    if (out_.said.empty()) say_noun();
    turns();
    return std::move(out_);
  }

 private:
  const std::string& text(std::size_t i) const { return tokens_[i].text; }

  std::size_t sentence_end(std::size_t at) const {
    while (at < tokens_.size() && !tokens_[at].ends) ++at;
    return std::min(at + 1, tokens_.size());
  }

  static bool is_reading(std::string_view word) {
    const auto senses = senses_of(lemma_of(word).verb);
    return !senses.empty() && senses.back().of == Class::read;
  }

  // A tag in brackets says that the tool acts, or nothing; "[READ]" is left to be read.
  void drop_tag() {
    const std::size_t end = sentence_end(0);
    if (end > 4 || end >= tokens_.size() || (end == 1 && is_reading(text(0)))) return;
    if (end == 1 && in_group("acting_tags", text(0)))
      out_.said.push_back({Class::write, text(0), "the description says so", "", true, false});
    tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(end));
  }

  // "Is the drawing to scale?": it gives the answer.
  bool say_question(std::size_t end) {
    if (end < 3 || !tokens_[end - 1].asked || text(1) == "you") return false;
    if (!in_group("question_words", text(0)) && !in_group("auxiliaries", text(0))) return false;
    out_.said.push_back({Class::read, text(0), "it asks a question", "", true, false});
    return true;
  }

  // "Counts the clicks. Give the brand in every spelling": what a later sentence orders, its reader has to do.
  bool is_order(std::size_t at, std::size_t end) const {
    if (end > at + 2 && text(end - 1) == "first" && text(at + 1).find('_') != std::string::npos)
      return true;  // "Read x_details first."
    return at > 3 && at + 1 < end && in_group("caller_orders", text(at));
  }

  // "Call this tool before ...": when to call it, not what it does.
  bool is_calling(std::size_t i, std::size_t end) const {
    return i + 2 < end && in_group("calling", text(i)) && (text(i + 1) == "this" || text(i + 1) == "it") &&
           (in_group("lead_ins", text(i + 2)) || in_group("clause_ends", text(i + 2)) ||
            in_group("prepositions", text(i + 2)));
  }

  // The verb that a sentence leads with, and those joined to it. False: it leads with none.
  bool read_sentence(std::size_t at, std::size_t end) {
    std::size_t i = at;
    bool conditional = false;  // "Use this tool when the user wants to ..."
    for (std::size_t passed = 0; i < end; ++i) {
      conditional = conditional || text(i) == "when" || text(i) == "whenever";
      if (in_group("negations", text(i))) return false;  // what is denied says nothing of what is done
      if (is_calling(i, end)) continue;
      if (leads(i, at, end)) break;
      if (!in_group("lead_ins", text(i)) || ++passed > max_lead_in) return false;
    }
    if (i >= end) return false;
    const Form form = lemma_of(text(i)).form;
    say(i, end);
    if (out_.said.empty()) return false;
    out_.said.back().loose = conditional;
    const bool carries = in_group("carriers", out_.said.back().verb);
    bool turned = false;   // the purpose was named: infinitives follow
    std::size_t last = i;  // the verb that was said last
    for (std::size_t k = i; k + 1 < std::min(end, i + max_clause); ++k) {
      if (tokens_[k].opened && k > i) break;
      const bool conjunction = in_group("conjunctions", text(k)) && k > i;
      const std::size_t next = k + 1;
      const bool purpose = carries && text(k) == "to";  // "Calls the API to delete ..."
      if (!(conjunction || purpose || tokens_[k].comma || tokens_[k].slash)) continue;
      const Lemma lemma = lemma_of(text(next));
      if (lemma.verb.empty() || tokens_[next].opened || lemma.form != (purpose || turned ? Form::base : form)) continue;
      turned = turned || purpose;
      // A noun in a list is no verb: "lists issues and comments", "reads rules and rollouts".
      const bool adjacent = purpose || k == last || (conjunction && k == last + 1);
      if (!adjacent && (in_group("nounable", lemma.verb) || !has_object(next, end))) continue;
      say(next, end);
      // "Read or change the settings": as plainly as the verb before it.
      if (text(k) == "or" && adjacent && form == Form::base && out_.said.size() > 1 && out_.said.end()[-2].plain)
        out_.said.back().plain = true;
      out_.said.back().loose = !adjacent && !points(next, end);
      last = next;
    }
    return true;
  }

  // "and delete them", "and deletes the file": what follows makes it a verb.
  bool points(std::size_t i, std::size_t end) const {
    return i + 1 < end && (in_group("pointers", text(i + 1)) || in_group("pronouns", text(i + 1)));
  }

  // Something follows that the verb at i can act on.
  bool has_object(std::size_t i, std::size_t end) const {
    if (i + 1 >= end || tokens_[i].comma) return false;
    return !in_group("prepositions", text(i + 1)) && lemma_of(text(i + 1)).form != Form::gerund;
  }

  // A noun phrase: "Recent posts by an account", "Comments on a post". It names what is given back.
  bool say_things(std::size_t end) {
    // "Instructions for migrating ...": whatever they are about.
    if (end > 1 && matches("@guidance", text(0)) && in_group("about_words", text(1))) {
      out_.said.push_back({Class::read, text(0), "it gives advice", "", true, false, true});
      out_.things = out_.guidance = true;
      return true;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(end, 4); ++i) {
      const bool many =
          text(i).size() > 4 && singular_of(text(i)) != text(i) && text(i).find('\'') == std::string::npos;
      const bool closed =
          tokens_[i].ends ||
          (i + 1 < end && (in_group("noun_prepositions", text(i + 1)) || (i > 0 ? limits(i + 1) : relates(i + 1))));
      if (many && closed) {
        out_.said.push_back({Class::read, text(i), "it names what is given back", "", false, false, true});
        out_.things = true;
        return true;
      }
      // "Frobnicate lamps in ...", but "Top traffic sources in ...".
      if (i == 0 && lemma_of(text(0)).form == Form::past) continue;  // "Automated tasks on ..."
      if (!in_group("adjectives", text(i)) && !in_group("articles", text(i)) &&
          (i == 0 || !lemma_of(text(i)).verb.empty()))
        break;
    }
    if (!is_noun_phrase(end)) return false;
    out_.said.push_back({Class::read, text(0), "it names what is given back", "", false, false, true});
    out_.things = true;
    return true;
  }

  // "Endpoints that ...", "Relations loaded ...": what the plural before it is or has.
  bool relates(std::size_t i) const {
    return in_group("relatives", text(i)) || in_group("extents", text(i)) || lemma_of(text(i)).form == Form::past ||
           lemma_of(text(i)).form == Form::gerund || text(i).ends_with("ly");
  }
  // "Top sources (...)", "Recent posts with ...".
  bool limits(std::size_t i) const {
    return tokens_[i].opened || relates(i) || (in_group("prepositions", text(i)) && text(i) != "to");
  }

  // "The active routes", "ARP table", "Memory, swap and disk", "Conversion of ...", "Which days are final": no verb
  // that the tables lack begins so. Nothing in it may be done ("Deletion of ...").
  bool is_noun_phrase(std::size_t end) const {
    if (in_group("question_words", text(0)) && lemma_of(text(0)).verb.empty() && text(0).starts_with('w') &&
        text(0) != "when" && text(0) != "were" && text(0) != "was")
      return true;
    if (text(0) == "how" && end > 1 && !in_group("lead_ins", text(1))) return true;
    for (std::size_t i = 0; i < std::min<std::size_t>(end, 12); ++i) {
      const bool joined = i > 0 && (in_group("clause_ends", text(i - 1)) || in_group("conjunctions", text(i - 1)));
      if (in_group("negations", text(i)) || in_group("doers", text(i)) || is_done(text(i), joined)) return false;
    }
    if (end < 2) return false;
    const bool owned =
        in_group("determiners", text(0)) || in_group("possessives", text(0)) || text(0) == "every" || is_genitive(end);
    const bool quality = lemma_of(text(0)).verb.empty() && is_quality(text(0)) && !in_group("lead_ins", text(0)) &&
                         (has_plural(end) || has_telling(end));
    const bool acronym =
        tokens_[0].capitals && text(0).size() < 6 && !tokens_[1].capitals && !in_group("lead_ins", text(0));
    const bool row = tokens_[0].comma && lemma_of(text(0)).verb.empty();
    const bool related = in_group("noun_prepositions", text(1)) || text(1) == "for";
    const bool share = text(1) == "of" && in_group("nounable", text(0)) && !is_imperative(text(0));
    return owned || quality || acronym || row || share || (related && is_abstract(text(0))) || has_telling(end);
  }

  // "Today's readiness", "Last night's sleep", but not "Acme's renderer".
  bool is_genitive(std::size_t end) const {
    return text(0) == "today's" || (end > 2 && in_group("adjectives", text(0)) && text(1).ends_with("'s"));
  }

  bool has_plural(std::size_t end) const {
    for (std::size_t i = 1; i < std::min<std::size_t>(end, 5); ++i) {
      if (in_group("determiners", text(i))) return false;
      if (text(i).size() > 4 && singular_of(text(i)) != text(i) && text(i).find('\'') == std::string::npos) return true;
    }
    return false;
  }

  // "Gross profit analysis", "Scatter chart".
  bool has_telling(std::size_t end) const {
    for (std::size_t i = 0; i < std::min<std::size_t>(end, 4); ++i) {
      if (in_group("tellings", text(i))) return true;
      if (in_group("prepositions", text(i)) || in_group("pointers", text(i))) return false;
    }
    return false;
  }

  // An adjective: "Synchronous calls".
  static bool is_quality(std::string_view word) {
    static constexpr std::string_view endings[] = {"ous", "ive", "ical", "able", "ible", "ary", "less", "istic"};
    if (std::count(word.begin(), word.end(), '-') > 1) return true;  // "round-by-round"
    return word.size() > 6 && std::any_of(std::begin(endings), std::end(endings),
                                          [&](std::string_view ending) { return word.ends_with(ending); });
  }

  static bool is_abstract(std::string_view word) {
    static constexpr std::string_view endings[] = {"tion", "sion", "ment", "ness", "ity", "ance", "ence"};
    return word.size() > 6 && std::any_of(std::begin(endings), std::end(endings),
                                          [&](std::string_view ending) { return word.ends_with(ending); });
  }

  // A verb that does more than read, or the noun of one. `joined`: a plural could be a verb there ("that clicks").
  static bool is_done(std::string_view word, bool joined) {
    const Lemma lemma = lemma_of(word);
    const bool noun = lemma.form == Form::past || (lemma.form == Form::third && !joined) ||
                      in_group("nounable", lemma.verb) || in_group("lead_ins", word);
    const std::string_view verb = lemma.verb.empty() ? verb_behind(word) : noun ? std::string_view() : lemma.verb;
    return !verb.empty() && senses_of(verb).back().of != Class::read;
  }

  // No verb anywhere: "Summary of the cluster", "Cluster status".
  void say_noun() {
    // "Frobnicate the status": a verb that the tables lack.
    if (tokens_.size() > 1 && !tokens_[0].ends && in_group("determiners", text(1))) return;
    for (std::size_t i = 0; i < std::min<std::size_t>(tokens_.size(), 5); ++i) {
      if (in_group("attributes", text(i)) || in_group("attributes", singular_of(text(i))) ||
          in_group("tellings", text(i))) {
        out_.said.push_back({Class::read, text(i), "", "", false, false, true});
        out_.things = in_group("tellings", text(i));
        return;
      }
      if (is_done(text(i), false)) return;
      if (tokens_[i].ends || in_group("negations", text(i))) return;
    }
  }

  // Token i is the verb of the sentence. Verbs among the lead-ins ("use this tool to", "allows you to") are not, if
  // another follows.
  bool leads(std::size_t i, std::size_t, std::size_t end) const {
    const Lemma lemma = lemma_of(text(i));
    if (lemma.verb.empty() || lemma.form == Form::past) return false;
    if (i > 0 && !tokens_[i - 1].ends && in_group("determiners", text(i - 1))) return false;
    if (!in_group("lead_ins", text(i))) {
      if (lemma.form == Form::gerund && tokens_[i].ends) return false;  // "Drawing: ...", a heading
      // "Clicks, views and ratings of ...": a list of nouns.
      if (lemma.form == Form::third && (tokens_[i].comma || tokens_[i].slash) && i + 1 < end &&
          lemma_of(text(i + 1)).verb.empty() && !text(i + 1).ends_with("ly") &&
          !in_group("conjunctions", text(i + 1))) {
        return false;
      }
      // "Comments on a post": so is this one.
      if (lemma.form == Form::third && in_group("nounable", lemma.verb) && i + 1 < end && !tokens_[i].comma &&
          (in_group("noun_prepositions", text(i + 1)) || in_group("relatives", text(i + 1)))) {
        return false;
      }
      // "Operating guide", "Opening balances of ...".
      if (lemma.form == Form::gerund && i + 1 < end &&
          (in_group("attributes", text(i + 1)) || in_group("tellings", text(i + 1)) ||
           matches("@guidance", text(i + 1))))
        return false;
      // "Share of clicks".
      if (lemma.form == Form::base && in_group("nounable", lemma.verb) && i + 1 < end && text(i + 1) == "of" &&
          !is_imperative(lemma.verb))
        return false;
      // "Build status of ...", "Order history": the words are nouns.
      const bool noun = lemma.form == Form::base && in_group("nounable", lemma.verb) && i + 1 < end &&
                        !tokens_[i].comma &&
                        (in_group("attributes", text(i + 1)) || in_group("attributes", singular_of(text(i + 1))));
      return !noun || is_imperative(lemma.verb);
    }
    return false;
  }

  // Verbs that open a sentence as an order even before a noun that could stand alone.
  static bool is_imperative(std::string_view verb) { return in_group("imperatives", verb); }

  // "Turn a name or a number into ids": the preposition behind a second noun.
  void follow(std::size_t i, std::size_t end, Clause& clause) const {
    for (std::size_t k = i; k < std::min(end, i + 5); ++k) {
      if (in_group("prepositions", text(k))) {
        for (; k < std::min(end, i + 8); ++k) clause.after.push_back(text(k));
        return;
      }
      const Lemma lemma = lemma_of(text(k));
      if (!lemma.verb.empty() && !in_group("nounable", lemma.verb)) return;
    }
  }

  Clause clause_at(std::size_t i, std::size_t end) const {
    Clause clause;
    clause.verb = lemma_of(text(i)).verb;
    bool after = false;
    for (std::size_t k = i; k < std::min(end, i + 12); ++k) {
      if (k > i) {
        const std::string& word = text(k);
        const bool opens_after = in_group("prepositions", word);
        if (!after && in_group("conjunctions", word)) follow(k + 1, end, clause);
        if (tokens_[k].opened || in_group("conjunctions", word) || in_group("clause_ends", word)) break;
        after = after || opens_after;
        if (after) {
          clause.after.push_back(word);
        } else if (!in_group("articles", word)) {
          clause.object.push_back(word);
        }
      }
      if (!tokens_[k].comma) continue;
      if (!after) follow(k + 1, end, clause);
      break;
    }
    return clause;
  }

  bool joins(std::size_t i, std::size_t end) const {
    return std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(i),
                       tokens_.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const Token& token) { return in_group("conjunctions", token.text); });
  }

  void say(std::size_t i, std::size_t end) {
    const Clause clause = clause_at(i, end);
    const Sense* sense = sense_of(clause, arguments_);
    if (sense == nullptr) return;
    const auto guides = [](std::string_view word) { return matches("@guidance", word); };
    if (out_.said.empty() && !clause.object.empty() && !joins(i, end)) out_.about = clause.object.back();
    if (out_.said.empty() && std::any_of(clause.object.begin(), clause.object.end(), guides)) out_.guidance = true;
    const bool told = i + 1 < end && in_group("pointers", text(i + 1));  // "places the", "cancel an"
    // "Scheduling windows", "Onboarding slots": half a noun, but not in "commands for managing roles".
    const bool opens = i == 0 || tokens_[i - 1].ends;
    const bool half =
        opens && lemma_of(text(i)).form == Form::gerund && sense->of != Class::read && sense->of < Class::destructive;
    const bool plain = told || (!half && (!in_group("nounable", sense->verb) || is_imperative(sense->verb)));
    out_.said.push_back({sense->of, text(i), sense->reason, sense->verb, plain, false});
  }

  bool is_negated(std::size_t at) const {
    for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
      if (tokens_[at - back].ends) return false;
      if (in_group("negations", text(at - back))) return true;
    }
    return false;
  }

  // The phrase stands at token i; gives the number of its words, 0 if it does not.
  std::size_t stands_at(const Phrase& phrase, std::size_t i) const {
    std::size_t count = 0;
    for (std::string_view rest = phrase.words; !rest.empty(); ++count) {
      const std::size_t space = rest.find(' ');
      const std::string_view word = rest.substr(0, space);
      if (i + count >= tokens_.size() || (word != "*" && text(i + count) != word)) return 0;
      rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    }
    return count;
  }

  void turns() {
    for (std::size_t i = 0; i < tokens_.size() && out_.turns.size() < 8; ++i) {
      for (const Phrase& phrase : phrases()) {
        if (phrase.words[0] != text(i)[0]) continue;
        const std::size_t count = stands_at(phrase, i);
        if (count == 0 || is_negated(i)) continue;
        std::string words = text(i);
        for (std::size_t k = 1; k < count; ++k) words += ' ' + text(i + k);
        const bool alone =
            (i == 0 || tokens_[i - 1].ends) && i + count <= tokens_.size() && tokens_[i + count - 1].ends;
        out_.turns.push_back(
            {&phrase, words, (i < max_early || alone) && !(i + count < tokens_.size() && text(i + count) == "mode")});
        break;
      }
    }
  }

  std::vector<Token> tokens_;
  std::span<const Argument> arguments_;
  Reading out_;
};

}  // namespace

Reading read_description(std::string_view text, std::span<const Argument> arguments) {
  text = text.substr(0, description_bytes);
  Reading out = DescriptionReader(tokens_of(text), arguments).read(text.starts_with('[') || text.starts_with("**["));
  if (out.said.empty()) read_foreign(text, out);
  for (Said& said : out.said) said.words = printable(said.words, 64);
  for (Reading::Turn& turn : out.turns) turn.words = printable(turn.words, 64);
  return out;
}

}  // namespace classify
