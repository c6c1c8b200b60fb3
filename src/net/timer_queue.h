// The armed timers of a loop in the order of their times: a heap that knows where in it each timer is, and that is put
// in order late. Time-outs are mostly pushed on or cancelled long before they are due: then the timer's entry stays
// where it is, and is corrected when it has come to the front.
//
// What must stay true:
// - An entry is never later than its timer. An armed timer has an entry in the heap, or, between being due and being
//   called, a place in the list of due ones; Timer::place_ says where. One that is not armed may have an entry still.
// - Setting, cancelling and destroying are allowed at any time, from within a callback too, for any timer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"

namespace net {

class TimerQueue {
 public:
  // Arms `timer` for `when`, whether it was armed or not. O(log n) the first time and to an earlier time, else O(1).
  void set(Timer& timer, base::BootTime when);
  // O(1); nothing if it is not armed.
  void cancel(Timer& timer);
  // The timer is being destroyed. O(log n).
  void forget(Timer& timer);
  // When the first is due; nothing if none is armed. O(log n) for each entry that must be corrected.
  std::optional<base::BootTime> first();
  // Calls those that are due at `now`, each at most once: one that is set meanwhile waits for the next run, so that one
  // that arms itself for the past cannot hold the turn.
  void run(base::BootTime now);

 private:
  struct Entry {
    base::BootTime when;
    std::uint64_t order;  // of being set: timers of one time run in this order
    Timer* timer;
    bool before(const Entry& other) const { return when != other.when ? when < other.when : order < other.order; }
  };
  static bool due(const Timer& timer);
  void put(std::size_t place, const Entry& entry);
  void rise(std::size_t place, const Entry& entry);
  void sink(std::size_t place, const Entry& entry);
  void take_out(std::size_t place);
  void call(Timer& timer);

  std::vector<Entry> heap_;
  std::vector<Timer*> due_;  // of this run; those that were cancelled or called are null
  std::uint64_t order_ = 0;
  Timer* called_ = nullptr;  // whose callback is running
};

}  // namespace net
