// A policy as it was written: the loaded file, all three families in one model, with positions. Nothing here decides;
// lower() turns it into a Snapshot that does. Plain data, owned by value.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "json/path.h"
#include "limits/charge.h"
#include "schema/schema.h"
#include "yaml/problem.h"

namespace policy {

using yaml::Position;

// A value that a condition compares with.
struct Constant {
  enum class Kind : std::uint8_t { null, boolean, number, string, list, map };
  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;             // string: the text; number: its JSON text
  std::vector<Constant> items;  // list
  struct Member;
  std::vector<Member> members;  // map (length: {lte: 10})
  Position position;

  Constant();
  Constant(const Constant&);
  Constant(Constant&&) noexcept;
  Constant& operator=(const Constant&);
  Constant& operator=(Constant&&) noexcept;
  ~Constant();
};
struct Constant::Member {
  std::string key;
  Constant value;
};
inline Constant::Constant() = default;
inline Constant::Constant(const Constant&) = default;
inline Constant::Constant(Constant&&) noexcept = default;
inline Constant& Constant::operator=(const Constant&) = default;
inline Constant& Constant::operator=(Constant&&) noexcept = default;
inline Constant::~Constant() = default;

enum class Op : std::uint8_t {
  eq,
  neq,
  lt,
  lte,
  gt,
  gte,
  between,
  in,
  not_in,
  contains,
  starts_with,
  ends_with,
  glob,
  regex,
  matches,
  exists,
  type,
  length,
  path_within,
  url_host_in,
  url_scheme_in,
  cidr_in,
};
const char* op_name(Op op);
std::optional<Op> find_op(std::string_view name);

struct Condition {
  enum class Kind : std::uint8_t { compare, any, all, negate };
  Kind kind = Kind::compare;
  Position position;
  // compare. A path below `state` always has two key steps: the entry as written (_global for "*") and the counter
  json::Path path;
  Op op = Op::eq;
  Constant value;
  bool coerce = false;                  // in a requirement too, 5 and "5" match
  bool decode_uri = false;              // path_within: decode: uri
  std::string base;                     // path_within: where relative paths start
  std::int32_t utc_offset_minutes = 0;  // time.*: utc_offset "+02:00"
  // any, all: the alternatives; negate: exactly one
  std::vector<Condition> children;
};

enum class Action : std::uint8_t { allow, deny, require_approval };
enum class Mode : std::uint8_t { enforce, shadow };
enum class Scope : std::uint8_t { session, identity, tool, server, global };

// One thing that is counted. All spellings of section 5 end here.
struct Limit {
  enum class Kind : std::uint8_t { rate, spend, state, hosted, concurrency };
  Kind kind = Kind::rate;
  std::string counter;  // "_rate_..." for rates; the written name for state and hosted
  limits::Window window;
  std::optional<base::Amount> max;  // state: absent unless a condition on the counter gives one
  bool exclusive = false;           // state condition "lt N": the total stays below max
  base::Amount increment = base::Amount::of(1);
  std::optional<json::Path> amount_from;  // increment_from, from
  std::string currency;                   // spend: what amounts are in
  std::optional<json::Path> currency_from;
  std::optional<Scope> scope;  // absent: counted per entry (the exact name, the glob, all tools under "*")
  limits::Refund refund = limits::Refund::undelivered;
  std::string on_deny;  // of the condition that gives the maximum; else the rule's
  Position position;
};

// A JSON Schema that stands in the policy.
struct WrittenSchema {
  std::string json;                                // as one line of JSON
  std::shared_ptr<const schema::Schema> compiled;  // of `json`; equal ones of a file share it
  Position position;
};

struct Validate {
  enum class Whole : std::uint8_t {
    none,
    servers,  // schema: true, the tool's inputSchema
    written,  // schema: {...}
  };
  // A schema for one argument. The path begins with `args`; it has no [any].
  struct Part {
    json::Path path;
    WrittenSchema schema;
  };
  bool required_args = false;
  Whole whole = Whole::none;
  WrittenSchema schema;  // Whole::written
  std::vector<Part> args;
  Position position;

  bool checks_something() const { return required_args || whole != Whole::none || !args.empty(); }
  // Cannot be decided without the server's definition of the tool.
  bool reads_tool() const { return required_args || whole == Whole::servers; }
};

enum class RuleDirection : std::uint8_t { both, client, server };

struct Rule {
  std::string label;  // "rules/<name or index>", "require/0", "deny_if/0", "limits/calls"
  Action action = Action::allow;
  std::vector<Condition> when;     // the rule applies only to what matches; undecided counts as met
  std::vector<Condition> require;  // must hold; undecided fails
  std::vector<Limit> limits;
  Validate validate;
  std::optional<std::int64_t> idempotency_seconds;
  std::optional<std::int64_t> approval_timeout_seconds;
  std::string on_deny;  // "" if none
  std::optional<Mode> mode;
  RuleDirection direction = RuleDirection::both;
  Position position;
};

struct Entry {
  std::string pattern;  // as written: name, URI, method or glob
  std::vector<Rule> rules;
  Position position;
};

enum class Default : std::uint8_t { allow, deny };

// `default`: one word for all, or a map. Absent parts are `allow` at the top level, the top level's in a server block.
struct Defaults {
  std::optional<Default> tools, resources, prompts, methods;
};

struct Hidden {
  std::string pattern;
  Position position;
};

enum class OnHidden : std::uint8_t { say, unknown };

// What can be ruled, for every server or for one.
struct Ruleset {
  Defaults defaults;
  std::vector<Hidden> hide;
  std::vector<Entry> tools, resources, prompts, methods;
};

struct ServerRules {
  std::string name;
  Ruleset rules;
  Position position;
};

// `lock`: the file with the accepted definitions, and what happens to calls of tools that differ from them.
struct LockSettings {
  enum class OnChange : std::uint8_t { deny, warn };
  enum class OnNew : std::uint8_t { deny, warn, allow };
  std::string file;  // as written; relative to the policy's folder
  OnChange on_change = OnChange::deny;
  OnNew on_new = OnNew::deny;
  Position position;
};

struct Policy {
  std::string file;    // as given on the command line
  std::string digest;  // "sha256:" and 64 hexadecimal digits of the file's bytes
  std::string description;
  char family = 'B';  // 'A', 'B', 'C', or 'M' for mixed: for --compat and messages
  Mode mode = Mode::enforce;
  OnHidden on_hidden = OnHidden::say;
  Ruleset rules;  // family C's all_tools limits are rules of the entry "*", labelled "all_tools/limits/<counter>"
  std::vector<ServerRules> servers;
  std::optional<LockSettings> lock;
  bool has_approvals_block = false;
};

// What decisions call a rule: "tools/<entry>/rules/<name or index>". `prefix`: "servers/<name>/" or ""; `section`:
// "tools", "resources", "prompts" or "methods".
std::string rule_id(std::string_view prefix, std::string_view section, const Entry& entry, const Rule& rule);

}  // namespace policy
