// The lowered policy: entries by name, globs in order, counters' keys made as far as the policy knows them. Immutable
// after lower(); any number of threads may evaluate at once. Internal to the room.
#pragma once
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/compiled.h"

namespace policy {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

struct Trace;

// The entries for one kind of name. Within each class those of the server's block stand before the top level's.
struct EntryTable {
  Default fallback = Default::allow;
  std::unordered_map<std::string, std::vector<const CompiledEntry*>, TextHash, std::equal_to<>> exact;
  std::vector<const CompiledEntry*> globs, everything;
};

enum class Named : std::uint8_t { tools, resources, prompts, methods };
Named section_of(SubjectKind kind);
const char* section_word(Named kind);  // "tools"

// What a charge's tag leads to.
struct Tagged {
  RuleInfo info;
  const Limit* limit = nullptr;
  std::string entry;  // "tools/create_charge"
};

// An entry that applies to what a message names.
struct Applying {
  const CompiledEntry* entry;
  const Subject* subject;  // null for an entry of methods where the message names nothing, or several things
};

// A list that needs no memory of its own while it is short.
class ApplyingList {
 public:
  void add(const Applying& a) {
    if (size_ < inline_.size())
      inline_[size_] = a;
    else
      more_.push_back(a);
    ++size_;
  }
  std::size_t size() const { return size_; }
  const Applying& operator[](std::size_t i) const {
    return i < inline_.size() ? inline_[i] : more_[i - inline_.size()];
  }

 private:
  static constexpr std::size_t inline_size = 8;
  std::array<Applying, inline_size> inline_;
  std::vector<Applying> more_;
  std::size_t size_ = 0;
};

class LoweredPolicy final : public Snapshot {
 public:
  LoweredPolicy(Policy policy, const LowerOptions& options);
  // Does the work of lowering; called once, before the snapshot is shared.
  base::Result<void> build();

  void evaluate(const Facts& facts, Verdict& out) const override;
  std::string limit_message(const limits::Charge& charge, const limits::Refusal& refusal) const override;
  const RuleInfo& rule_info(std::uint32_t tag) const override;
  bool hides(std::string_view tool) const override;
  bool hides_anything() const override;
  OnHidden on_hidden() const override { return policy_.on_hidden; }
  const Lock* lock() const override { return lock_ ? &*lock_ : nullptr; }
  bool uses_store() const override { return uses_store_; }
  std::vector<CounterInfo> counters() const override;
  std::string rules_digest(SubjectKind kind, std::string_view name) const override;
  const std::string& digest() const override { return policy_.digest; }
  const std::string& file() const override { return policy_.file; }

  // For explaining (trace.cc, explain.cc).
  // Everything that a decision about these facts looks at; `verdict` is that decision.
  void trace(const Facts& facts, const Verdict& verdict, Trace& out) const;
  const Policy& source() const { return policy_; }
  const std::string& server() const { return server_; }
  const std::string& counter_server() const { return counter_server_; }
  // Whose block the entry stands in; "" for the top level.
  std::string_view server_of(const Entry& entry) const;
  // The first pattern of `hide` that matches, in force or in a shadow; nullptr: none.
  const Hidden* hidden_by(std::string_view tool) const;
  const Limit& limit_of(std::uint32_t tag) const { return *tagged_[tag].limit; }

  // For the decision (decide.cc).
  bool is_shadow() const override { return policy_.mode == Mode::shadow; }
  json::Value empty_object() const { return empty_.root(); }
  bool matches_hidden(std::string_view tool) const;
  const EntryTable& table(Named kind) const { return tables_[static_cast<std::size_t>(kind)]; }
  // Adds the entries that rule `name`, in order. Returns whether one of them names it for `default: deny`.
  bool collect(Named kind, std::string_view name, const Subject* subject, bool everything, ApplyingList& out) const;
  // Adds all that applies to a message, in order: entries of methods, then those of each subject. After each calls
  // `collected(kind, subject, named)`; the subject is null for methods.
  template <class F>
  void collect_all(const Facts& facts, ApplyingList& out, F collected) const {
    const Subject* const only = facts.subjects.size() == 1 ? facts.subjects.data() : nullptr;
    const bool everything = facts.known == nullptr || facts.known->ruling != mcp::Ruling::plumbing;
    const bool named = collect(Named::methods, facts.method, only, everything, out);
    collected(Named::methods, static_cast<const Subject*>(nullptr), named);
    for (const Subject& subject : facts.subjects) {
      const Named kind = section_of(subject.kind);
      const bool subject_named = collect(kind, subject.name, &subject, true, out);
      collected(kind, &subject, subject_named);
    }
  }
  // `default: deny` refuses what is named so.
  bool default_refuses(Named kind, bool named) const { return !named && table(kind).fallback == Default::deny; }

 private:
  base::Result<void> build_ruleset(const Ruleset& rules, const std::string& id_prefix);
  void add_entry(Named kind, const Entry& entry, const std::string& id_prefix);
  void add_rule(Named kind, const Entry& entry, const Rule& rule, const std::string& id_prefix, CompiledEntry& out);
  base::Result<void> lower_conditions(CompiledEntry& entry);
  const CompiledLimit* find_counter(const CompiledEntry& own, std::string_view text) const;
  std::string applying_text(Named kind, std::string_view name) const;

  const Policy policy_;
  const std::string server_, counter_server_;
  std::optional<Lock> lock_;
  bool uses_store_ = false;
  json::Document empty_;
  std::deque<CompiledEntry> entries_;
  std::deque<RuleInfo> infos_;
  std::vector<Tagged> tagged_;
  Patterns patterns_;  // compiled while lowering, shared by conditions
  std::deque<std::vector<std::string_view>> quick_texts_;
  std::array<EntryTable, 4> tables_;
  std::unordered_set<std::string, TextHash, std::equal_to<>> hidden_;
  std::vector<base::Glob> hidden_globs_;
};

}  // namespace policy
