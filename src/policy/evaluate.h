// The decision: what a policy says of one message. A Snapshot is a lowered policy: immutable, shared by every session
// through one atomic pointer; a message takes it once. Evaluation is a pure function of (snapshot, facts, counters).
// Cost: one hash look-up by name, plus the rules and globs that may apply; no allocation when a Verdict is reused.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/document.h"
#include "limits/store.h"
#include "mcp/methods.h"
#include "policy/model.h"
#include "schema/schema.h"
#include "tools/lock_check.h"
#include "tools/registry.h"

namespace policy {

enum class SubjectKind : std::uint8_t { tool, resource, prompt };
const char* subject_word(SubjectKind kind);  // "tool", "resource", "prompt"

// Something that a message names.
struct Subject {
  SubjectKind kind;
  std::string_view name;
};

// What is known of a message. Views must outlive the call of evaluate().
struct Facts {
  std::string_view method;             // "tools/call"; rules of `methods` see every message
  const mcp::Method* known = nullptr;  // its row of the method table, or null: no revision knows it
  mcp::Direction direction = mcp::Direction::client_to_server;
  std::span<const Subject> subjects;        // often one; several for subscriptions/listen; none for plumbing
  json::Value params;                       // absent if the message has none
  json::Value arguments;                    // tools/call, prompts/get; absent counts as {}
  const tools::Definition* tool = nullptr;  // of the subject, if the registry is current and lists it
  bool tools_known = false;                 // the registry is current
  tools::LockState lock;                    // of the tool, where the policy has a lock
  std::string_view server, identity, session, client_name;
  base::WallTime now;
  limits::Store* counters = nullptr;  // for conditions that read a counter; never null in production
};

enum class Reason : std::uint8_t {
  none,            // allowed, as far as rules go
  look_alike_key,  // wire rule: an argument's key looks like one that a rule or the schema names
  hidden,
  default_deny,
  lock,        // the tool's definition is not the locked one, or the tool is not locked
  rule,        // a rule's denial
  validation,  // validate: failed, or the schema could not decide
  undecided,   // the rule could not be decided and so restricts
  amount,      // a limit's amount is missing, negative, not a number, out of range or in another currency
};

// What shadow rules would have done.
struct Finding {
  std::string_view rule;
  std::string message;
};

struct RuleInfo {
  std::string id;       // "tools/create_charge/rules/max single charge"
  std::string on_deny;  // "" if the policy gives none
};

struct Verdict {
  Reason reason = Reason::none;
  std::string_view rule;     // id of the deciding rule, "(hidden)" or "(default deny)"; lives with the Snapshot
  std::string message;       // text for the agent, without prefix
  std::string condition;     // the deciding condition in the policy's words, for the record; "" if none decided
  bool needs_tools = false;  // cannot be decided until tools/list is known (reason is none then)
  bool needs_store = false;  // a condition reads a counter, and the store is not ready: nothing else here counts
  const RuleInfo* approval = nullptr;               // allowed once a human approves; the rule that asks
  std::optional<std::int64_t> approval_seconds;     // that rule's approval_timeout
  std::optional<std::int64_t> idempotency_seconds;  // largest window of the rules that apply
  std::string_view idempotency_rule;
  std::vector<limits::Charge> charges;          // to reserve together; Charge::tag names the rule (Snapshot::rule_info)
  std::vector<Finding> findings;                // shadow
  std::vector<limits::Charge> shadow_charges;   // check each alone, then add without its maximum
  bool default_allowed_unknown_method = false;  // recorded as such
  std::vector<limits::Charge> spare;            // memory of earlier charges, for reuse; no meaning
  schema::Scratch schema_scratch;               // memory of earlier validations, likewise
  bool denied() const { return reason != Reason::none; }
  void clear();  // as new, keeping its memory
};

struct LowerOptions {
  std::string server_name;          // --server-name, or ""
  std::string counter_server = {};  // the server's part of counters' keys; "": server_name
  // What the policy's lock file holds of this server; who enforces a policy must give it (cli/policy_source.h), who
  // only looks at one need not.
  std::shared_ptr<const tools::LockedServer> lock = {};
};

// A lock and what it does.
struct Lock {
  std::shared_ptr<const tools::LockedServer> server;
  LockSettings::OnChange on_change = LockSettings::OnChange::deny;
  LockSettings::OnNew on_new = LockSettings::OnNew::deny;
};

// A counter that a policy defines, apart from its window and scope: what is compared when a policy is loaded anew.
struct CounterInfo {
  std::string name;    // "tools/create_charge, counter daily_spend"; rates of an entry: "tools/x, rate limit"
  std::string window;  // "day, calendar", "hour, sliding", "while a call runs"
  std::string scope;   // "entry", "session", ...
  bool operator==(const CounterInfo&) const = default;
};

class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Rules, in the order of policy-language section 10: 1 (arguments' keys), 2, 3, 4; collects charges for 6.
  virtual void evaluate(const Facts& facts, Verdict& out) const = 0;

  // Text for a call whose charge `tag` did not fit: the rule's own, or "Rate limit of N per W reached. Try again in
  // S s.", "Spending limit of ...", "At most N calls at a time". `refusal.why` other than limit gives texts that say
  // that the store is the reason.
  virtual std::string limit_message(const limits::Charge& charge, const limits::Refusal& refusal) const = 0;
  virtual const RuleInfo& rule_info(std::uint32_t tag) const = 0;

  // Enforced `hide`: gone from tools/list, refused on call.
  virtual bool hides(std::string_view tool) const = 0;
  virtual bool hides_anything() const = 0;
  virtual OnHidden on_hidden() const = 0;
  // In force; null if there is none.
  virtual const Lock* lock() const = 0;
  // mode: shadow. Nothing is refused, all is recorded.
  virtual bool is_shadow() const = 0;
  // Some limit outlives a session, so that a durable store may be asked.
  virtual bool uses_store() const = 0;
  // Every counter once, in the file's order.
  virtual std::vector<CounterInfo> counters() const = 0;
  // Digest of what applies to one tool ("sha256:..."): for approvals and idempotency.
  virtual std::string rules_digest(SubjectKind kind, std::string_view name) const = 0;
  virtual const std::string& digest() const = 0;  // of the file
  virtual const std::string& file() const = 0;
};

// Lowers a loaded policy, which becomes the snapshot's own: move it in where it is not needed any more. Errors are
// those that loading cannot see: a pattern that RE2 refuses for its size.
base::Result<std::shared_ptr<const Snapshot>> lower(Policy policy, const LowerOptions& options);

}  // namespace policy
