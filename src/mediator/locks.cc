// The server's tools beside those that were locked (policy: lock). Every page of tools/list that goes by is compared
// once, the client's and our own; a call only looks up what came of it. Lists pass unchanged: what is refused stays
// visible, and what differs is on record. Instructions cannot be refused later, so they are taken out of the answer.
#include "base/strings.h"
#include "mediator/session_impl.h"
#include "policy/lock_facts.h"
#include "tools/instructions.h"

namespace mediator {
namespace {

using tools::LockState;

constexpr int most_shown = 20;  // findings on stderr

// What a call of such a tool comes to.
std::string_view effect_of(const policy::Lock& lock, LockState::Kind kind) {
  constexpr std::string_view words[] = {"deny", "warn", "allow"};
  return words[kind == LockState::Kind::changed ? static_cast<std::size_t>(lock.on_change)
                                                : static_cast<std::size_t>(lock.on_new)];
}

}  // namespace

void Session::Impl::take_lock() {
  const policy::Lock* const lock = policy_->lock();
  if (lock == nullptr) return lock_.reset();
  if (lock_ && lock_->is_of(lock->server)) return;
  lock_ = std::make_unique<tools::LockCheck>(lock->server);
  registry_.invalidate();  // what it holds was not compared: the next call asks for the list
}

void Session::Impl::take_page(std::string_view cursor, json::Value result, tools::LockCheck::For whom) {
  registry_.add_page(cursor, result, clock_.boot());
  compare_page(cursor.empty(), result, whom);
}

void Session::Impl::compare_page(bool first, json::Value result, tools::LockCheck::For whom) {
  const policy::Lock* const lock = policy_->lock();
  if (lock == nullptr) return;
  const bool was_cut = lock_->is_cut();
  for (const tools::LockCheck::Found& found : lock_->add_page(first, result.find("tools"), whom)) {
    const bool changed = found.kind == LockState::Kind::changed;
    const std::string_view effect = effect_of(*lock, found.kind);
    if (effect == "allow") continue;
    const audit::Field fields[] = {
        audit::Field::name_of("tool", found.tool), audit::Field::word_of("pinned", found.pinned),
        audit::Field::word_of("found", found.digest), audit::Field::text_of("detail", found.what),
        audit::Field::word_of("effect", effect)};
    recorder_.event(out.record_lazy, changed ? "tool_changed" : "tool_added", fields);
    if (lock_findings_shown_ >= most_shown) continue;
    note(Level::warn,
         "the tool \"" + base::printable(found.tool, 80) + "\" " +
             (changed ? "is not as it was locked: " + found.what : std::string("is not in the lock file")) +
             " (calls: " + std::string(effect) + "); see intercept lock diff");
    if (++lock_findings_shown_ == most_shown) note(Level::warn, "further changed tools are in the audit log only");
  }
  if (lock_->is_cut() && !was_cut)
    notice("tools_not_told", "server", "more tools than 100 of the list are not as locked");
}

bool Session::Impl::refuses_instructions(json::Value result) {
  using Kind = tools::InstructionsState::Kind;
  const policy::Lock* const lock = policy_->lock();
  if (lock == nullptr) return false;
  const tools::InstructionsState state = tools::compare_instructions(*lock->server, result);
  if (state.kind == Kind::same) return false;
  constexpr std::string_view what[] = {"", "changed", "are not in the lock file", "are gone"};
  const bool denies = lock->on_change == policy::LockSettings::OnChange::deny && state.kind != Kind::gone;
  const bool removes = denies && !policy_->is_shadow();
  const std::string_view done = removes  ? "they were taken out of the server's answer"
                                : denies ? "they passed, because the policy is a shadow"
                                         : "they passed";
  std::string detail = "the server's instructions ";
  detail.append(what[static_cast<std::size_t>(state.kind)]);
  if (state.kind != Kind::gone) detail.append("; ").append(done);
  std::vector<audit::Field> fields;
  if (!state.pinned.empty()) fields.push_back(audit::Field::word_of("pinned", state.pinned));
  if (!state.found.empty()) fields.push_back(audit::Field::word_of("found", state.found));
  fields.push_back(audit::Field::text_of("detail", detail));
  fields.push_back(audit::Field::word_of("effect", denies ? "deny" : "warn"));
  recorder_.event(out.record_lazy, "instructions_changed", fields);
  // A client of 2026-07-28 may ask often.
  std::string shown = detail + state.found;
  if (instructions_shown_ != shown) note(Level::warn, detail + "; see intercept lock diff");
  instructions_shown_ = std::move(shown);
  return removes;
}

void Session::Impl::look_at_lock(std::string_view tool, policy::Facts& facts) {
  policy::look_at_lock(*lock_, tool, facts);
  lock_state_ = facts.lock;
}

}  // namespace mediator
