// What the parts of lint share: the walk over conditions with what a true one does to a call, words of names, and the
// findings' one context. Internal to the room. Every finding must be right: where a part is not sure, it says nothing.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/strings.h"
#include "policy/load.h"
#include "policy/loading.h"
#include "policy/model.h"
#include "policy/pattern.h"

namespace policy {

constexpr std::size_t max_globs = 100;  // more globs of a section are not compared with names

inline bool enforced(const Rule& rule) { return rule.mode != Mode::shadow; }
// The later rule is in force only where the earlier one is. Without its file's mode, a rule without a mode of its own
// and one that is enforced may differ.
inline bool same_mode(const Rule& earlier, const Rule& later) {
  return enforced(earlier) == enforced(later) && (earlier.mode || later.mode != Mode::enforce);
}
bool checks_arguments(const Rule& rule);  // has a validate that asks for something
bool denies_always(const Rule& rule);     // refuses every call, in force
bool is_negative(const Condition& c);     // a comparison that what is missing meets, or that is undecided then

// What a condition that is true does to the call.
enum class Sense : std::uint8_t {
  admits,   // a requirement (or a `not` in a denial): the call may pass
  denies,   // a denial or a question to a person (or a `not` in a requirement)
  applies,  // the `when` of a rule that allows: the rule looks at the call
};

// A condition where it stands.
struct Site {
  const Condition& condition;
  Sense sense;
  bool restricts;  // stands in a `when`: read restrictingly
  bool nested;     // below any, all or not
  Section section;
  const Entry& entry;
  const Rule& rule;
};
// Every comparison of an entry's rules, nested ones included, in order.
void each_site(const Entry& entry, Section section, const std::function<void(const Site&)>& f);

// One of the words of a name in snake_case, kebab-case, dotted.names or camelCase; `words` in small letters.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words);
// The last key of a path below args or params; "" for other paths.
std::string_view argument_name(const json::Path& path);
// A name of a tool that deletes.
bool names_destruction(std::string_view name);

// A condition's own text test on `text`: starts_with, ends_with, contains, glob, regex, matches, eq, in. Exact.
bool text_passes(const Condition& c, std::string_view text, Patterns& patterns);
// A text that the condition finds: its value, or a sample of its pattern, verified. "" if none was made.
std::string text_for(const Condition& c, Patterns& patterns, std::string_view fill = {});
// The text in quotes for a message, control characters visible.
std::string shown(std::string_view text);

// `c` holding makes `other` hold, and doubt of `other` is doubt of `c`: the same path, read in the same way.
bool implies(const Condition& c, const Condition& other);
// Every condition of `wanted` is implied by one of `given`. At most 12 of each are looked at.
bool all_implied(const std::vector<Condition>& given, const std::vector<Condition>& wanted);

struct PlacedLimit {
  const Entry* entry;
  const Rule* rule;
  const Limit* limit;
};
// The limits in force of an entry that have a maximum; the first 24.
std::vector<PlacedLimit> limits_of(const Entry& entry);

// Limits of globs and of "*", which bound the names that they match as well.
class CoveringLimits {
 public:
  void add(const Entry& entry);
  bool empty() const { return globs_.empty() && everything_.empty(); }
  // Adds those that cover `name`, of globs in order, then of "*".
  void append(std::string_view name, std::vector<PlacedLimit>& out) const;

 private:
  std::vector<std::pair<base::Glob, std::vector<PlacedLimit>>> globs_;
  std::vector<PlacedLimit> everything_;
};

// The parts, by subject. Each is linear in what it gets.
void lint_contradictions(const Entry& entry, Problems& problems);
// Regular expressions and checks of text (lint_patterns.cc, lint_code.cc, lint_places.cc).
void lint_texts(const Entry& entry, Section section, Loading& l);
bool lint_code(const Site& site, Loading& l);   // true: a finding was made
bool lint_place(const Site& site, Loading& l);  // the same
void lint_shadowed(const Entry& entry, Problems& problems);
void lint_limits(const Entry& entry, const CoveringLimits& covering, Problems& problems);
void lint_client(const Rule& rule, Problems& problems);
// `tool`: what the server says of the entry's tool, if it names one; null: unknown.
void lint_negatives(const Entry& entry, const tools::Definition* tool, Problems& problems);
void lint_destructive(const Entry& entry, const tools::Definition* tool, Problems& problems);

// lint_tools.cc, lint_schema.cc: beside the server's tools.
void lint_tools(const Policy& policy, const LoadOptions& options, Problems& problems);
void lint_arguments(const Entry& entry, const std::vector<const tools::Definition*>& matched, Problems& problems);

}  // namespace policy
