// Idempotency (policy-language section 5): an identical call within its window is answered with the first one's result,
// waits for it while it runs, and is refused if nobody knows whether it ran.
// Bounded in entries and bytes: what does not fit is not forgotten (that would run a call twice) but refused.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mediator/pending.h"

namespace mediator {

class Replays {
 public:
  static constexpr std::size_t max_entries = 4096;
  static constexpr std::size_t max_result_bytes = std::size_t{1} << 20;
  static constexpr std::size_t max_total_bytes = std::size_t{16} << 20;
  static constexpr std::size_t max_waiters = 256;  // for one call

  enum class State : std::uint8_t {
    first,       // nothing like it: run it (begin() was done)
    running,     // wait for it
    other_form,  // it runs or ran, and its answer does not fit this call
    delivered,   // answer it with `answer`
    too_large,   // it ran; its result was not kept
    unknown,     // it may have run
    full,        // no room to promise anything
  };
  struct Found {
    State state;
    std::string_view answer;  // `"result":...` or `"error":...`; valid until the next call of this class
  };

  // What a result depends on besides the call.
  struct Form {
    bool modern = false;  // results of 2026-07-28 carry resultType
    bool task = false;    // the result is a task
    bool operator==(const Form&) const = default;
  };

  // Looks the call up and, if it is the first, begins it.
  Found look(const std::string& key, Form form, base::Duration window, base::BootTime now);
  // Id key of a call that waits for the running one. False if there are too many.
  bool wait(const std::string& key, std::string id_key);
  // The first one was answered; returns who waits. `answer` as above.
  std::vector<std::string> delivered(const std::string& key, std::string_view answer);
  // It was not sent after all: forget it. Returns who waits.
  std::vector<std::string> forget(const std::string& key);
  // It was sent and nobody knows what came of it. Returns who waits.
  std::vector<std::string> lost(const std::string& key);
  // A waiting call was cancelled.
  void stop_waiting(const std::string& key, std::string_view id_key);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    State state = State::running;
    Form form;
    std::string answer;
    base::BootTime expires{};
    std::vector<std::string> waiters;
  };
  void drop_expired(base::BootTime now);
  std::vector<std::string> finish(const std::string& key, State state, std::string_view answer);
  StringMap<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace mediator
