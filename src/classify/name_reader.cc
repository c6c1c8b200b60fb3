// Which verb of a name is the tool's, and in what sense. English names put it first ("delete_user"), last
// ("user_delete") or behind the server's name; half of the verbs are nouns as well ("build_list",
// "image_update_check"). The order of the questions below is the rule; the words are in the tables.
#include <algorithm>
#include <optional>

#include "classify/reading.h"

namespace classify {
namespace {

struct Names {
  std::span<const std::string> words;
  std::span<const Argument> arguments;
  std::string_view lead;
  std::size_t core = 0;  // words before the first preposition, trailing words that only say which left out

  bool is_verb(std::size_t i) const {
    const Lemma lemma = lemma_of(words[i]);
    return !lemma.verb.empty() && lemma.form == Form::base;
  }
  // The description leads with another verb, which reads: "alert_history" with "Lists ...".
  bool told_to_read() const {
    const auto senses = senses_of(lead);
    return !senses.empty() && senses.back().of == Class::read && lead != "return";
  }
  // It leads with one that acts: "sync_history" with "Copies ...".
  bool told_to_act() const {
    const auto senses = senses_of(lead);
    return !senses.empty() && senses.back().of != Class::read && !in_group("vague", lead) && !in_group("generic", lead);
  }
  Class sense(std::size_t i) const { return senses_of(lemma_of(words[i]).verb).back().of; }
  bool is_plain(std::size_t i) const { return is_verb(i) && !in_group("nounable", words[i]); }
};

std::size_t core_length(std::span<const std::string> words) {
  std::size_t length = words.size();
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (in_group("prepositions", words[i])) {
      length = i;
      break;
    }
  }
  while (length > 1 && in_group("modifiers", words[length - 1])) --length;
  return length;
}

// The verb at `at` with its object: what follows it, or what stands before it if nothing does.
Clause clause_at(const Names& n, std::size_t at) {
  Clause clause;
  clause.verb = lemma_of(n.words[at]).verb;
  for (std::size_t i = at + 1; i < n.core; ++i) {
    if (in_group("conjunctions", n.words[i])) break;
    clause.object.push_back(n.words[i]);
  }
  if (clause.object.empty()) {
    for (std::size_t i = 0; i < at; ++i) clause.object.push_back(n.words[i]);
    clause.last = at > 0;
  }
  for (std::size_t i = n.core; i < n.words.size(); ++i) clause.after.push_back(n.words[i]);
  clause.first = at == 0;
  clause.alone = n.words.size() == 1;
  return clause;
}

void say(const Names& n, std::size_t at, Reading& out) {
  const Clause clause = clause_at(n, at);
  if (const Sense* sense = sense_of(clause, n.arguments)) {
    out.said.push_back({sense->of, n.words[at], sense->reason, sense->verb, n.is_plain(at), at == 0});
  }
}

bool is_attribute(std::string_view word) {
  return in_group("attributes", word) || in_group("attributes", singular_of(word));
}

// Nothing tells which one it is: the one that says worst.
std::size_t worst_of(const Names& n, const std::vector<std::size_t>& verbs) {
  const auto says = [&](std::size_t i) {
    const Sense* sense = sense_of(clause_at(n, i), n.arguments);
    return sense == nullptr ? Class::read : sense->of;
  };
  return *std::max_element(verbs.begin(), verbs.end(), [&](std::size_t a, std::size_t b) { return says(a) < says(b); });
}

// The head verb among the words of the core.
std::optional<std::size_t> head_verb(const Names& n) {
  std::vector<std::size_t> verbs;
  for (std::size_t i = 0; i < n.core; ++i) {
    if (n.is_verb(i)) verbs.push_back(i);
  }
  if (verbs.empty()) return std::nullopt;
  const std::size_t first = verbs.front();
  // "relay_list_devices" with "Lists ...": the first is the part of the server that the tool is about.
  if (first == 0 && n.core > 1 && in_group("listing", n.words[1]) && in_group("listing", n.lead) &&
      n.sense(0) < Class::destructive) {
    return 1;
  }
  // "x_list_exempt_urls" with "Lists ...".
  if (n.words[first] == n.lead && in_group("listing", n.lead)) return first;
  // "take_fx_get_count" with "Gets ...": what stands before is the part of the server.
  if (in_group("listing", n.lead) && n.sense(first) < Class::destructive) {
    const auto told = std::find_if(verbs.begin(), verbs.end(), [&](std::size_t i) { return n.words[i] == n.lead; });
    if (told != verbs.end() && *told + 1 < n.core && !in_group("conjunctions", n.words[*told - 1])) return *told;
  }
  if (in_group("suppositions", n.words[first]) && first + 1 < n.core) return first;
  if (first == 0 && (n.is_plain(0) || in_group("hypothetical", n.words[0]))) return 0;
  const bool doing = first == 0 && in_group("generic", n.words[0]);  // "run_analyzer"
  if (n.core > 1 && !doing && in_group("agent_nouns", n.words[n.core - 1])) return std::nullopt;
  if (first == 0 && in_group("strong_openers", n.words[0])) return worst_of(n, verbs);
  // "list_add_requests" with "Lists ...".
  if (first == 0 && in_group("listing", n.words[0]) && in_group("listing", n.lead)) return 0;
  const auto plain = std::find_if(verbs.begin(), verbs.end(), [&](std::size_t i) { return n.is_plain(i); });
  if (plain != verbs.end()) return *plain;
  // The description leads with the first: "sync_schema" with "Syncs the schema".
  if (first == 0 && n.words[0] == n.lead) return 0;
  // All of them are nouns as well. "build_status" is about a status, "latest_release" asks for one.
  const std::string& last = n.words[n.core - 1];
  const bool thing = first > 0 || in_group("things", n.words[0]) || n.told_to_read();
  if (n.core > 1 && thing && !(first == 0 && n.told_to_act()) && first != n.core - 1 && is_attribute(last))
    return std::nullopt;
  if (verbs.size() == 1) return first;
  // "page_audit_start_scan" with "Scans ...": a job is started.
  for (const std::size_t i : verbs) {
    if (in_group("starters", n.words[i]) && i + 1 < n.core && matches("@job audit check test", n.words[i + 1]))
      return i;
  }
  // "list_paint_brands" with "Paint brands and ...": the description leads with a noun.
  if (first == 0 && in_group("listing", n.words[0]) && in_group("nounable", n.lead) && singular_of(last) != last)
    return 0;
  for (const std::size_t i : verbs) {
    if (n.words[i] == n.lead) return i;
  }
  if (first == 0 && in_group("openers", n.words[0])) return first;
  return worst_of(n, verbs);
}

// Verbs that a conjunction joins to the head: "create_or_update_file", "build_and_verify".
void say_joined(const Names& n, std::size_t head, Reading& out) {
  for (std::size_t i = head; i >= 2 && in_group("conjunctions", n.words[i - 1]) && n.is_verb(i - 2); i -= 2) {
    say(n, i - 2, out);
  }
  for (std::size_t i = head + 1; i + 1 < n.core; ++i) {
    if (in_group("conjunctions", n.words[i]) && n.is_verb(i + 1)) say(n, i + 1, out);
  }
}

bool say_noun(const Names& n, Reading& out) {
  for (const std::size_t end : {n.core, n.words.size()}) {
    if (end == 0) continue;
    // "x_from_template": something is made from it.
    if (end > n.core && in_group("makings", n.words[n.core])) continue;
    if (const Noun* noun = noun_of(n.words[end - 1])) {
      out.said.push_back({noun->of, n.words[end - 1], noun->reason, "", false, false});
      out.by_noun = true;
      return true;
    }
  }
  return false;
}

}  // namespace

Reading read_name(std::span<const std::string> words, std::span<const Argument> arguments, std::string_view lead) {
  Reading out;
  if (words.empty()) return out;
  Names n{words, arguments, lead};
  n.core = core_length(words);
  if (in_group("question_words", words[0]) && words.size() > 1) {
    out.said.push_back({Class::read, words[0], "it asks a question", "", true, true});
    return out;
  }
  // "listar_x", "x" being whatever: names of other languages put the verb first.
  if (lemma_of(words[0]).verb.empty() && noun_of(words[0]) == nullptr) {
    if (const Foreign* foreign = foreign_of(words[0])) {
      out.said.push_back({foreign->of, words[0], "", "", true, true});
      return out;
    }
  }
  const std::optional<std::size_t> head = head_verb(n);
  if (head) {
    const bool asks = words.size() > 1 && in_group("adjectives", words[0]) && *head > 0 && !n.is_plain(*head);
    if (asks) {
      out.said.push_back({Class::read, words[0], "it asks for something", "", false, true});
      out.by_noun = true;
      return out;
    }
    say(n, *head, out);
    say_joined(n, *head, out);
    return out;
  }
  if (say_noun(n, out)) return out;
  // A verb behind a preposition is better than none: "with_delete".
  for (std::size_t i = n.core; i < words.size(); ++i) {
    if (n.is_plain(i)) {
      n.core = words.size();
      say(n, i, out);
      return out;
    }
  }
  const auto adjective =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return in_group("adjectives", word); });
  if (adjective != words.end() && adjective + 1 != words.end()) {
    out.said.push_back({Class::read, *adjective, "it asks for something", "", false, true});
    out.by_noun = true;
  }
  return out;
}

}  // namespace classify
