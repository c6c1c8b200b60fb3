// The table of calls that may be answered again.
#include "mediator/replays.h"

#include <utility>

namespace mediator {

void Replays::drop_expired(base::BootTime now) {
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& e = item.second;
    if (e.state == State::running || now < e.expires) return false;
    bytes_ -= e.answer.size();
    return true;
  });
}

Replays::Found Replays::look(const std::string& key, Form form, base::Duration window, base::BootTime now) {
  auto it = entries_.find(key);
  if (it != entries_.end() && it->second.state != State::running && now >= it->second.expires) {
    bytes_ -= it->second.answer.size();
    entries_.erase(it);
    it = entries_.end();
  }
  if (it != entries_.end()) {
    const bool answerable = it->second.state == State::running || it->second.state == State::delivered;
    if (answerable && it->second.form != form) return {State::other_form, {}};
    return {it->second.state, it->second.answer};
  }
  if (entries_.size() >= max_entries) drop_expired(now);
  if (entries_.size() >= max_entries) return {State::full, {}};
  entries_.emplace(key, Entry{State::running, form, {}, now + window, {}});
  return {State::first, {}};
}

bool Replays::wait(const std::string& key, std::string id_key) {
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.waiters.size() >= max_waiters) return false;
  it->second.waiters.push_back(std::move(id_key));
  return true;
}

std::vector<std::string> Replays::finish(const std::string& key, State state, std::string_view answer) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return {};
  it->second.state = state;
  bytes_ += answer.size();
  bytes_ -= it->second.answer.size();  // of a call that was answered and then continued
  it->second.answer = answer;
  return std::exchange(it->second.waiters, {});
}

std::vector<std::string> Replays::delivered(const std::string& key, std::string_view answer) {
  const bool fits = answer.size() <= max_result_bytes && bytes_ + answer.size() <= max_total_bytes;
  return finish(key, fits ? State::delivered : State::too_large, fits ? answer : std::string_view());
}

std::vector<std::string> Replays::lost(const std::string& key) { return finish(key, State::unknown, {}); }

std::vector<std::string> Replays::forget(const std::string& key) {
  std::vector<std::string> waiters = finish(key, State::unknown, {});
  entries_.erase(key);
  return waiters;
}

void Replays::stop_waiting(const std::string& key, std::string_view id_key) {
  const auto it = entries_.find(key);
  if (it != entries_.end()) std::erase(it->second.waiters, id_key);
}

}  // namespace mediator
