// Weighing. Each source says what it says (reading.h): the name, the title, the description, the schema, the server's
// hints. The name counts most, because agents and people call the tool by it; the worse of two sources wins unless the
// milder one gives a reason that the tables know (advice instead of action, "read-only", a preview). What nothing
// explains is Execute.
#include <algorithm>

#include "classify/arguments.h"
#include "classify/classify.h"
#include "classify/flags.h"
#include "classify/names.h"
#include "classify/operations.h"
#include "classify/poison.h"
#include "classify/reading.h"

namespace classify {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

class Weigher {
 public:
  Weigher(json::Value tool, const Context& context) : tool_(tool), context_(context) {}

  Assessment weigh() {
    read();
    const bool explained = by_texts();
    by_turns();
    by_command();
    by_acting_arguments();
    by_operations(explained);
    by_hints(explained || !out_.uses.empty());
    if (!explained && out_.uses.empty() && !hinted_) {
      out_.of = Class::execute;
      out_.confidence = 20;
      note("name", printable(tool_.find("name").string(), 64), Class::execute, "nothing says what it does");
    }
    out_.confidence = std::clamp(out_.confidence, 5, 99);
    put_decisive_first();
    flag();
    return std::move(out_);
  }

 private:
  void note(std::string where, std::string words, Class towards, std::string_view reason) {
    if (out_.evidence.size() == 32) return;
    out_.evidence.push_back(
        {std::move(where), std::move(words), towards, std::string(reason.empty() ? reason_of(towards) : reason)});
  }
  void note(std::string_view where, const Reading& reading) {
    for (const Said& said : reading.said) note(std::string(where), said.words, said.of, said.reason);
  }
  void put_decisive_first() {
    std::vector<Evidence> others;
    std::erase_if(out_.evidence, [&](Evidence& one) {
      if (one.towards == out_.of) return false;
      others.push_back(std::move(one));
      return true;
    });
    std::move(others.begin(), others.end(), std::back_inserter(out_.evidence));
  }
  void conflict(std::string text) { out_.conflicts.push_back(std::move(text)); }

  void read() {
    arguments_ = read_arguments(tool_.find("inputSchema"));
    std::string_view title = tool_.find("title").string();
    if (title.empty() && context_.annotations) title = tool_.find("annotations").find("title").string();
    description_ = read_description(tool_.find("description").string(), arguments_);
    title_ = read_description(title.substr(0, 256), arguments_);
    const Reading& leading = description_.said.empty() ? title_ : description_;
    words_ = split_name(tool_.find("name").string());
    prefix_ = prefix_length(words_, context_.tool_names);
    const std::string_view lead = leading.said.empty() ? std::string_view() : leading.said.front().verb;
    name_ = read_name(std::span(words_).subspan(prefix_), arguments_, lead);
    for (Said& said : name_.said) said.words = printable(as_written(tool_.find("name").string(), said.words), 64);
  }

  // Name against description. True: they explain the tool.
  bool by_texts() {
    const bool described = !description_.said.empty();
    const Reading& text = described ? description_ : title_;
    const std::string_view where = described ? "description" : "title";
    note("name", name_);
    note(where, text);
    if (name_.said.empty() && text.said.empty()) return false;
    // Only a noun says what it gives back; what takes data does more.
    if (name_.said.empty() && text.things && takes_data()) return false;
    if (name_.said.empty()) {
      out_.of = worst(text);
      out_.confidence = text.said.front().plain ? 65 : 50;
      return true;
    }
    out_.of = worst(name_);
    out_.confidence = name_.by_noun ? 60 : name_.said.front().plain ? 80 : 68;
    if (text.said.empty()) return true;
    const Class told = worst(text);
    if (told == out_.of) {
      out_.confidence += 17;
    } else if (told > out_.of) {
      worse_text(text, where, told);
    } else {
      milder_text(text, where);
    }
    return true;
  }

  // The text says worse than the name. A name that plainly reads is not overruled by a verb that says nothing
  // ("performs", "uses") or that may be a noun.
  void worse_text(const Reading& text, std::string_view where, Class told) {
    const Said& head = name_.said.front();
    const bool agreed = text.said.front().verb == head.verb;
    const bool about =
        words_.size() > 1 && (in_group("attributes", words_.back()) || tells());  // "security_audit_report"
    const bool reads = head.of == Class::read && (head.plain || head.first || name_.by_noun || agreed || about);
    Class heard = Class::read;
    const bool firmly = head.plain || agreed;
    for (const Said& said : text.said) {
      const bool aside = said.late && said.of < Class::destructive;  // "Gets a report. Fails if ..."
      const bool composed = in_group("composing", said.verb) && said.verb != head.verb && said.of < Class::destructive;
      const bool empty_word = in_group("vague", said.verb) || composed || (!said.plain && said.verb != head.verb) ||
                              (said.loose && firmly) || aside;
      if (!(reads && empty_word)) heard = std::max(heard, said.of);
    }
    if (heard <= out_.of) return;
    conflict("the name says " + head.words + ", the " + std::string(where) + " says " + text.said.front().words);
    out_.of = told;
    out_.confidence -= 15;
  }

  // The text says less than the name: the name stands, unless the tool gives advice about doing it, or its verb is as
  // often a noun and the text plainly reads.
  void milder_text(const Reading& text, std::string_view where) {
    const Said& head = name_.said.front();
    const Said& told = text.said.front();
    // "order" with "Gets an order": the name is the thing.
    const bool thing = head.first && in_group("things", head.verb) && told.plain && told.verb != head.verb &&
                       !in_group("vague", told.verb) && worst(text) == Class::read && out_.of != Class::destructive;
    if (thing) {
      out_.of = Class::read;
      out_.confidence = 60;
      return;
    }
    // "company_purchases" with "Lists ...".
    const bool things =
        name_.by_noun && head.of == Class::financial && singular_of(head.words) != head.words && told.plain;
    if (worst(text) != Class::read || (out_.of >= Class::destructive && !things) || told.late) {
      out_.confidence -= 3;
      return;
    }
    // "create_override_recommendation" with "Recommends ...".
    const bool advised = text.guidance || (told.plain && told.verb != head.verb && matches("@guidance", words_.back()));
    const bool advice = advised && (in_group("generic", head.verb) || in_group("makers", head.verb));
    const bool plainly = told.plain && !in_group("generic", told.verb);
    // "comment_list", "import_preview" with "Lists ...": the name is about what stands at its end.
    const bool tail = !head.plain && words_.size() > 1 && told.plain && told.verb != head.verb &&
                      !in_group("generic", told.verb) &&
                      (in_group("attributes", words_.back()) || in_group("telling_ends", words_.back()));
    // "publish_status" with "Checks ...".
    const bool asked = words_.size() > prefix_ + 1 && told.plain && told.verb != head.verb &&
                       in_group("asking", told.verb) && in_group("conditions", words_.back());
    const bool listing = lists_only(told, text.about);
    const bool noun = !name_.by_noun && !head.plain && !head.first && plainly && told.verb != head.verb &&
                      !(in_group("starters", head.verb) && matches("@job audit check test", words_.back()));
    // "run_audit" with "Checks ...", but not "run_session".
    const bool acts =
        in_group("session_verbs", head.verb) ||
        matches("@job session app review reviewer access approval validation permission signature", words_.back());
    // "execute_query" with "Executes a PromQL query": the description says what is run.
    // "duplicate_chain" with "Traverses ...", and nothing is brought in.
    const bool spoken = !name_.by_noun && !head.plain && head.first && plainly && in_group("answering", told.verb) &&
                        told.verb != head.verb && !in_group("generic", head.verb) && !takes_data() && !takes_acting();
    // "lock_by_hash" with "Retrieves the lock": nothing is acted on.
    const bool thing_by = !head.plain && head.first && plainly && in_group("asking", told.verb) &&
                          words_.size() > prefix_ + 1 && (words_[prefix_ + 1] == "by" || words_[prefix_ + 1] == "of");
    const bool sense = told.verb == head.verb && in_group("generic", head.verb) && !takes_code();
    // "triage_imports" with "Lists ...", "reply_times" with "How long ...".
    const bool composing = in_group("composing", head.verb) && plainly && told.verb != head.verb && !takes_output();
    const bool named = text.things && !head.plain && !name_.by_noun && !in_group("strong_openers", head.verb) &&
                       words_.size() > prefix_ + 1 && !takes_data() && !takes_output();
    const bool generic = in_group("vague", head.verb) && !acts && plainly && !takes_code();
    if (!(advice || noun || generic || tail || listing || composing || named || things || sense || spoken || asked ||
          thing_by)) {
      out_.confidence -= 10;
      return;
    }
    if (advice && head.plain)
      conflict("the name says " + head.words + ", the " + std::string(where) + " says " + told.words);
    out_.of = Class::read;
    out_.confidence = 60;
  }

  // "follow_requests" with "Gets the requests", and no argument but those that pages are turned with; "label_values"
  // with "Lists the values of a label".
  bool lists_only(const Said& told, std::string_view about) const {
    return told.plain && in_group("listing", told.verb) &&
           (!name_.said.front().plain || speaks_of(name_.said.front().verb)) && words_.size() > 1 &&
           singular_of(words_.back()) != words_.back() &&
           (about == words_.back() || std::all_of(arguments_.begin(), arguments_.end(), [](const Argument& a) {
              return matches("@paging_arguments", a.joined);
            }));
  }

  // "Gets the follow requests".
  bool speaks_of(std::string_view verb) const {
    return lower_case(tool_.find("description").string().substr(0, 256)).find(verb) != std::string::npos;
  }

  bool takes_data() const {
    return std::any_of(arguments_.begin(), arguments_.end(), [](const Argument& a) {
      return a.is_object || matches("@data_arguments", a.joined) || matches("@code_arguments @sql_arguments", a.joined);
    });
  }

  bool takes_acting() const {
    return std::any_of(arguments_.begin(), arguments_.end(), [](const Argument& a) {
      return matches("@acting_arguments @likely_acting_arguments @changing_arguments", a.joined);
    });
  }

  bool takes_output() const {
    return std::any_of(arguments_.begin(), arguments_.end(),
                       [](const Argument& a) { return is_named(a, "@output_arguments"); });
  }

  bool takes_code() const {
    return std::any_of(arguments_.begin(), arguments_.end(), [](const Argument& a) {
      return !a.is_boolean && !a.is_number && is_named(a, "@code_arguments @sql_arguments");
    });
  }

  // Turns of phrase: "cannot be undone", "read-only", "does not delete".
  void by_turns() {
    const bool told_read = !description_.said.empty() && description_.said.front().of == Class::read;
    std::vector<Reading::Turn> turns = description_.turns;
    for (const Reading::Turn& turn : title_.turns) {
      if (turn.phrase->effect == Phrase::Effect::lowers) turns.push_back(turn);
    }
    for (const Reading::Turn& turn : turns) {
      const Phrase& phrase = *turn.phrase;
      if (phrase.effect == Phrase::Effect::writes) {
        if (out_.of != Class::read || !turn.early) continue;
        note("description", turn.words, phrase.of, phrase.reason);
        out_.of = phrase.of;
        out_.confidence = std::min(out_.confidence, 70);
        continue;
      }
      if (phrase.effect == Phrase::Effect::raises) {
        if (out_.of == Class::read || phrase.of <= out_.of) continue;
        note("description", turn.words, phrase.of, phrase.reason);
        out_.of = phrase.of;
        continue;
      }
      if (out_.of == Class::read) continue;
      const std::string_view verb = name_.said.empty() ? std::string_view() : name_.said.front().verb;
      const bool unsaid = worst(name_) == Class::read || verb.empty() || in_group("vague", verb) ||
                          in_group("querying", verb) || in_group("composing", verb);
      const bool open = unsaid || !name_.said.front().plain || tells();
      const bool lowers = phrase.effect == Phrase::Effect::lowers;
      const bool ok = lowers ? unsaid && turn.early && (out_.of == Class::execute || in_group("composing", verb))
                             : open && told_read;
      if (lowers && !turn.early) continue;  // "not available in read-only mode"
      if (!ok && !told_read && phrase.effect == Phrase::Effect::excuses)
        continue;  // "deletes without changing the rest"
      note("description", turn.words, Class::read, phrase.reason);
      if (!ok) {
        if (!name_.said.empty()) {
          conflict("the description says " + turn.words + ", the name says " + name_.said.front().words);
          out_.confidence -= 15;
        }
        continue;
      }
      out_.of = Class::read;
      out_.confidence = 65;
    }
  }

  bool tells() const { return words_.size() > 1 && in_group("telling_ends", words_.back()); }

  // A tool that takes a command and whose name does not say what it does with it does what the command says.
  void by_command() {
    if (out_.of != Class::read || (!name_.said.empty() && !name_.by_noun && words_.size() > 1)) return;
    for (const Argument& argument : arguments_) {
      if (!matches("@command_arguments", argument.joined) || !argument.values.empty() || !argument.is_text) continue;
      note("schema " + printable(argument.pointer, 128), printable(argument.name, 64), Class::execute,
           "it does what the command says");
      out_.of = Class::execute;
      out_.confidence = 50;
      return;
    }
  }

  // "confirm", "idempotency_key": what only reads has no use for them. "validate_x" with "dry_run" does not act either.
  void by_acting_arguments() {
    if (out_.of != Class::read) return;
    const bool said = !name_.said.empty();
    const bool asks =
        said && (in_group("hypothetical", name_.said.front().verb) || in_group("questioning", name_.said.front().verb));
    const bool plainly = said && name_.said.front().plain;
    const bool lists = said && in_group("listing", name_.said.front().verb);
    for (const Argument& argument : arguments_) {
      const bool acts = (!asks && matches("@acting_arguments", argument.joined)) ||
                        (!asks && !plainly && matches("@likely_acting_arguments", argument.joined)) ||
                        (!asks && !lists && matches("@changing_arguments", argument.joined));
      if (!acts) continue;
      note("schema " + printable(argument.pointer, 128), printable(argument.name, 64), Class::write,
           "only what changes something has use for it");
      out_.of = Class::write;
      out_.confidence = 55;
      return;
    }
  }

  // "can_i", "check_access": the operations are what it asks about.
  bool asks() const {
    return !name_.said.empty() && worst(name_) == Class::read && worst(description_) == Class::read &&
           name_.said.front().first &&
           (in_group("question_words", words_[prefix_]) || in_group("questioning", name_.said.front().verb));
  }

  // What the values of an argument say: {"action": ["list", "delete"]}.
  void by_operations(bool explained) {
    if (asks()) return;
    const std::vector<Operations> all = operations_of(arguments_, explained ? out_.of : Class::execute);
    for (const Class c : {Class::financial, Class::destructive, Class::execute, Class::write, Class::read}) {
      for (const Operations& one : all) {
        std::size_t noted = 0;  // the worst first, few of each
        for (const Use& use : one.uses) {
          if (use.of != c || ++noted > 4) continue;
          note("schema " + one.pointer, use.value, use.of, "one of the things that it does");
        }
      }
    }
    for (const Operations& one : all) out_.uses.insert(out_.uses.end(), one.uses.begin(), one.uses.end());
    if (out_.uses.empty()) return;
    Class most = Class::read;
    for (const Use& use : out_.uses) most = std::max(most, use.of);
    const bool generic =
        !explained || in_group("generic", name_.said.empty() ? description_lead() : name_.said.front().verb);
    if (generic) {
      out_.of = most;
      out_.confidence = std::max(out_.confidence, 75);
    } else if (most > out_.of) {
      out_.of = most;
      out_.confidence = 75;
    }
  }
  std::string_view description_lead() const {
    return description_.said.empty() ? std::string_view() : description_.said.front().verb;
  }

  // What the server says of itself: evidence, never proof.
  void by_hints(bool explained) {
    if (!context_.annotations) return;
    const json::Value hints = tool_.find("annotations");
    const json::Value read_only = hints.find("readOnlyHint"), destructive = hints.find("destructiveHint");
    const std::string own = "the " + decisive() + " says " + std::string(text(out_.of));
    if (read_only.is_boolean()) {
      note("annotations", read_only.boolean() ? "readOnlyHint: true" : "readOnlyHint: false",
           read_only.boolean() ? Class::read : Class::write, "the server says so");
      if (read_only.boolean() == (out_.of == Class::read)) {
        out_.confidence += 5;
      } else if (explained) {
        conflict(std::string("annotations say ") + (read_only.boolean() ? "read-only, " : "not read-only, ") + own);
        out_.confidence -= 20;
        if (!read_only.boolean()) out_.of = Class::write;
      }
    }
    if (!destructive.is_boolean() || read_only.boolean()) return;
    if (destructive.boolean()) {
      note("annotations", "destructiveHint: true", Class::destructive, "the server says so");
      if (out_.of < Class::destructive) {
        if (explained) conflict("annotations say destructive, " + own);
        out_.of = Class::destructive;
        out_.confidence = std::max(out_.confidence - 10, 50);
        hinted_ = true;
      } else {
        out_.confidence += 5;
      }
    } else {
      note("annotations", "destructiveHint: false", Class::write, "the server says so");
      if (out_.of == Class::destructive) {
        conflict("annotations say not destructive, " + own);
        out_.confidence -= 10;
      }
    }
  }

  // Which source brought the class about: "name", "description", "schema ...".
  std::string decisive() const {
    for (const Evidence& one : out_.evidence) {
      if (one.towards == out_.of) return one.where;
    }
    return "name";
  }

  void flag() {
    std::string text = lower_case(tool_.find("title").string().substr(0, 256));
    text += ' ';
    text += lower_case(tool_.find("description").string().substr(0, 2048));
    out_.flags = flags_of({words_, text, arguments_, out_.of});
    out_.severity = severity_of(out_.of);
    const Poison poison = poison_of(tool_, context_);
    if (poison.raises && out_.severity != Severity::critical) {
      out_.severity = static_cast<Severity>(static_cast<int>(out_.severity) + 1);
    }
    out_.flags.insert(out_.flags.end(), poison.flags.begin(), poison.flags.end());
  }

  json::Value tool_;
  const Context& context_;
  std::vector<Argument> arguments_;
  std::vector<std::string> words_;
  std::size_t prefix_ = 0;  // words of the name that are the server's
  Reading name_, title_, description_;
  bool hinted_ = false;
  Assessment out_;
};

}  // namespace

Assessment assess(json::Value tool, const Context& context) { return Weigher(tool, context).weigh(); }

}  // namespace classify
