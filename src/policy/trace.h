// What evaluate() would look at for one message, all of it: every entry and rule in the order of deciding, each
// condition with its truth in the reading that applies and the value that it saw. Made beside the decision, never by
// it: the decision's own loop knows nothing of this. What must stay true: a trace and the verdict of the same facts
// agree (disagreement(), held by a random test).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"
#include "policy/truth.h"
#include "policy/validation.h"

namespace policy {

struct CompiledCondition;

// A value inside an array that a path with [all], [any] or [*] ran over.
struct TracedElement {
  std::vector<json::Step> steps;  // from the root, without quantifiers
  std::string path;               // "args.items[1].price"
  std::string value;              // JSON, cut and printable; "" if it is missing
  Truth truth = Truth::no;
};

struct TracedCondition {
  const Condition* source = nullptr;
  const CompiledCondition* compiled = nullptr;
  Reading reading;
  Truth truth = Truth::no;
  bool needed = true;    // false: what stands beside it had settled the matter before
  bool missing = false;  // the path names nothing
  std::string value;     // what was seen, as JSON, cut and printable; "" for nesting, quantified paths, missing values
  std::string why;       // of an undecided comparison: why it is that
  std::vector<TracedElement> elements;  // quantified paths: those that decided, at most `most_elements`
  std::size_t elements_seen = 0;
  std::vector<TracedCondition> children;

  static constexpr std::size_t most_elements = 5;
};

// What a rule would count.
struct TracedLimit {
  const Limit* source = nullptr;
  std::string counter;  // in words: "github  tools/create_issue  rate limit"
  std::optional<base::Amount> amount;
  std::string problem;  // why the amount cannot be read; "" if it can
};

enum class RuleState : std::uint8_t {
  passed,
  not_applicable,  // its `when` does not match
  denies,
  needs_approval,
  needs_tools,      // cannot be said without the server's list of tools
  other_direction,  // rules messages of the other side only
};
const char* state_word(RuleState state);  // "passed", "not_applicable", ...

struct TracedRule {
  std::string_view id;  // lives with the Snapshot
  const Rule* source = nullptr;
  bool shadow = false;
  bool reached = false;  // false: something before it has denied
  RuleState state = RuleState::passed;
  Reason reason = Reason::none;  // of a denial
  std::string message;           // of a denial
  Truth when_truth = Truth::yes, require_truth = Truth::yes;
  std::vector<TracedCondition> when, require;
  bool require_looked_at = false;  // the rule applies, and so what it requires was asked
  std::vector<CheckedPart> validate;
  std::vector<TracedLimit> limits;
};

struct TracedEntry {
  std::string_view section;  // "tools", ...
  std::string_view pattern;
  std::string_view server;  // of a server's block; "" at the top level
  Position position;
  std::string_view subject;  // the name that it applies to; "" for none
  enum class Match : std::uint8_t { exact, glob, everything } match = Match::exact;
  std::vector<TracedRule> rules;
};

// `hide` and one subject.
struct TracedHide {
  std::string_view tool;
  std::string_view pattern;  // "" if nothing hides it
  Position position;
};

// `default` and one subject, or the method.
struct TracedDefault {
  std::string_view word;  // "tool", "resource", "prompt", "method"
  std::string_view name;
  bool named = false;    // by an entry other than "*"
  bool refuses = false;  // default: deny applies
};

struct Trace {
  std::vector<TracedHide> hide;
  std::vector<TracedDefault> defaults;
  std::vector<TracedEntry> entries;  // in the order of deciding
};

// "", or how the two differ: the trace's first denial, its condition if arguments failed, its needs against the
// verdict's.
std::string disagreement(const Trace& trace, const Verdict& verdict);

// A value of a message for people: JSON, printable, cut.
std::string shown_json(json::Value value, std::size_t max = 80);

}  // namespace policy
