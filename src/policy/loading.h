// What the parts of typed loading share: one Loading per file, small readers of scalars, and one function per shape of
// the language. Internal to the room. Every reader reports what is wrong itself and then gives nothing.
#pragma once
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/load.h"
#include "policy/model.h"
#include "policy/pattern.h"
#include "yaml/problems.h"
#include "yaml/tree.h"

namespace policy {

using yaml::kind_word;
using yaml::Node;
using yaml::NodeMember;
using yaml::Problems;
using yaml::quoted;

enum class Section : std::uint8_t { tools, resources, prompts, methods };
const char* section_name(Section section);  // "tools"
const char* section_word(Section section);  // "tool"

// Which spellings a file uses, for its family and for --compat.
struct Spellings {
  bool catalogue = false;  // A
  bool classic = false;    // B
  bool hosted = false;     // C
};

// What `lint:` keys silence (silence.cc). A key at the top level covers the whole file, others what stands in the
// server's block, the entry or the rule that has them, aliases included.
class Silences {
 public:
  // `level`: 0 the top level, 1 a server's block, 2 an entry, 3 a rule.
  void add(std::string code, std::string reason, Position at, int level, const Node& within, Position name);
  bool empty() const { return list_.empty(); }
  // Takes silenced warnings and notes out of `problems`, and warns of silences that silenced nothing if there was a
  // `lint`. `with_tools`: findings that need the server's tools were looked for.
  std::vector<Silenced> apply(Problems& problems, bool lint, bool with_tools);

 private:
  struct One {
    std::string code, reason;
    Position position;
    int level = 0;
    bool used = false;
  };
  void cover(const Node& node, std::size_t index);
  void warn_unused(Problems& problems, bool with_tools) const;
  std::vector<One> list_;
  std::unordered_map<std::string, std::size_t> everywhere_;             // by code: those of the top level
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> places_;  // the others, by the places that they cover
};

struct Loading {
  Problems problems;
  Problems compat;
  Spellings seen;
  Patterns patterns;
  Silences silences;
  std::unordered_map<std::string, std::shared_ptr<const schema::Schema>> schemas;  // compiled, by their JSON text
  bool lint = true;                                                                // LoadOptions::lint

  void error(std::string_view code, Position at, std::string message, std::string hint = "") {
    problems.error(code, at, std::move(message), std::move(hint));
  }
};

// The entry that is being loaded.
struct EntryScope {
  Section section;
  std::string_view pattern;
};

using Keys = std::span<const std::string_view>;

// --- fields.cc: scalars and maps -------------------------------------------------------------------------------------

// Reports `node` unless it is a map, and its keys that are not in `known`. `what` names the map: "a rule".
bool check_map(Loading& l, const Node& node, std::string_view what, Keys known);
// "did you mean" or where the key belongs, or "".
std::string key_hint(const Loading& l, std::string_view key, Keys known);
std::string choices(Keys words);  // "a", "b" or "c"
void wrong_type(Loading& l, const Node& node, std::string_view what, std::string_view needs, std::string hint = "");

std::optional<std::string> read_text(Loading& l, const Node& node, std::string_view what);  // not empty
std::optional<bool> read_bool(Loading& l, const Node& node, std::string_view what);
std::optional<base::Amount> read_amount(Loading& l, const Node& node, std::string_view what);  // >= 0
// A whole number from `least` to 10^15.
std::optional<std::int64_t> read_count(Loading& l, const Node& node, std::string_view what, std::int64_t least);
// "30m" or a number of seconds; 1 second to 366 days, whole seconds.
std::optional<std::int64_t> read_seconds(Loading& l, const Node& node, std::string_view what);
// Index of the word in `words`.
std::optional<std::size_t> read_word(Loading& l, const Node& node, std::string_view what, Keys words);

struct WindowLength {
  std::int64_t seconds = 0;
  bool month = false;
};
// "minute", "1m" or seconds.
std::optional<WindowLength> read_window(Loading& l, const Node& node, std::string_view what);
inline constexpr std::string_view window_words[] = {"second", "minute", "hour", "day", "week", "month"};
WindowLength window_of_word(std::size_t word);
limits::Window make_window(WindowLength length, limits::WindowType type);

// --- load_path.cc ----------------------------------------------------------------------------------------------------

// A condition's path. `state.` paths get one key step: everything after the root; resolve_state() splits it.
std::optional<json::Path> read_path(Loading& l, const EntryScope& scope, const Node& node);
// Where an amount is read: args.… or params.…, without quantifiers.
std::optional<json::Path> read_amount_path(Loading& l, const EntryScope& scope, const Node& node,
                                           std::string_view what);

// --- load_value.cc ---------------------------------------------------------------------------------------------------

// The value of a condition; checks that `condition.op` can compare with it.
void read_value(Loading& l, const Node& node, Condition& condition);

// --- load_condition.cc -----------------------------------------------------------------------------------------------

// A list of conditions, or one condition.
std::vector<Condition> read_conditions(Loading& l, const EntryScope& scope, const Node& node, std::string_view what);
std::optional<Condition> read_condition(Loading& l, const EntryScope& scope, const Node& node);
// Has a key that only conditions have.
bool looks_like_condition(const Node& node);

// --- load_limit.cc ---------------------------------------------------------------------------------------------------

void read_rate_limit(Loading& l, const Node& node, Rule& rule);
void read_spend_limit(Loading& l, const EntryScope& scope, const Node& node, Rule& rule);
void read_state(Loading& l, const EntryScope& scope, const Node& node, Rule& rule);
void read_concurrency(Loading& l, const Node& node, Rule& rule);
// One element of family C's limits.
std::optional<Limit> read_hosted_limit(Loading& l, const EntryScope& scope, const Node& node);
void read_hosted_limits(Loading& l, const EntryScope& scope, const Node& node, Rule& rule);
// Counters of one entry that have one name and disagree.
void check_counters(Loading& l, const Entry& entry);

// --- load_validate.cc, load_schema.cc --------------------------------------------------------------------------------

// A rule's `validate`.
void read_validate(Loading& l, const EntryScope& scope, const Node& node, Rule& rule);
// A JSON Schema that stands in the policy. `what` names its key.
std::optional<WrittenSchema> read_schema(Loading& l, const Node& node, std::string_view what);
// A bare word that YAML's readers take for different values, where a value of any type can stand.
void ambiguous_value(Loading& l, const Node& node);

// --- load_rule.cc, load_hosted.cc ------------------------------------------------------------------------------------

void read_rules(Loading& l, const EntryScope& scope, const Node& node, Entry& entry);
// on_deny and its synonym reason, of a rule or of an element of family C.
std::string read_on_deny(Loading& l, const Node& node);
// The keys of family C in an entry: require and deny_if before its rules, limits after them.
void read_hosted_obstacles(Loading& l, const EntryScope& scope, const Node& node, Entry& entry);
void read_hosted_entry_limits(Loading& l, const EntryScope& scope, const Node& limits, std::string_view label,
                              Entry& entry);

// --- load_ruleset.cc, load_state.cc, load_policy.cc ------------------------------------------------------------------

// Of a server's block.
inline constexpr std::string_view ruleset_keys[] = {"default", "hide",    "tools", "resources",
                                                    "prompts", "methods", "lint"};
void read_ruleset(Loading& l, const Node& node, Ruleset& rules);
void read_all_tools(Loading& l, const Node& node, Ruleset& rules);
// state.<entry>.<counter> conditions become maxima, or are tied to the counter that they read.
void resolve_state(Loading& l, Policy& policy);
void read_policy(Loading& l, const Node& root, Policy& policy);

// Keys that a rule may have.
inline constexpr std::string_view rule_keys[] = {"name",        "action",     "when",
                                                 "require",     "conditions", "rate_limit",
                                                 "spend_limit", "limits",     "state",
                                                 "concurrency", "validate",   "idempotency_window",
                                                 "on_deny",     "reason",     "approval_timeout",
                                                 "mode",        "direction",  "lint"};
inline constexpr std::string_view condition_keys[] = {"path", "op",         "value", "coerce", "decode",
                                                      "base", "utc_offset", "any",   "all",    "not"};
inline constexpr std::string_view policy_keys[] = {"version", "description", "default",   "mode",    "on_hidden",
                                                   "hide",    "tools",       "resources", "prompts", "methods",
                                                   "servers", "all_tools",   "approvals", "lint",    "lock"};
inline constexpr std::string_view entry_keys[] = {"rules", "require", "deny_if", "limits", "lint"};

// --- mend.cc ---------------------------------------------------------------------------------------------------------

// A page that lost its indentation, indented again; "" if that does not give a policy.
std::string mend_indentation(std::string_view text);

// --- silence.cc ------------------------------------------------------------------------------------------------------

// The key `lint` of a map at `level` (Silences::add). `name`: where the map's own key stands, if it has one.
void read_silences(Loading& l, const Node& map, int level, Position name);

// --- lint.cc, compat.cc ----------------------------------------------------------------------------------------------

void lint(const Policy& policy, Loading& l, const LoadOptions& options);
void list_compat(const Policy& policy, Problems& compat);

// load() without the attempt to mend.
Loaded load_plainly(std::string_view file, std::string_view text, const LoadOptions& options);

}  // namespace policy
