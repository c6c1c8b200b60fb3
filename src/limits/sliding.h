// One counter over a sliding window: what was charged in the last `window` of time.
// Kept as steps in order of time. A step is one charge (or several of the same instant) until there are `exact_steps`
// of them; then neighbours are joined into steps that span at most a 128th of the window. A step is freed when its
// NEWEST charge leaves the window, so nothing is ever freed early, and its oldest at most a 128th late. After joining
// at most 129 steps are left, so the work is spread over the 895 charges that follow.
// Not thread-safe. The window is passed in, always the same for one counter.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/decimal.h"

namespace limits {

struct Step {
  base::BootTime oldest, newest;  // of the charges in it
  base::Amount amount;
};

inline constexpr std::size_t exact_steps = 1'024;
inline constexpr std::int64_t coarse_steps = 128;

// Joins neighbours, from `first` on, into steps that span at most a 128th of the window.
void join_steps(std::vector<Step>& steps, std::size_t first, base::Duration window);

class SlidingCounter {
 public:
  // Frees what left the window: a charge made at t counts in [t, t + window).
  void expire(base::BootTime now, base::Duration window);
  // Adds a positive amount at `now`. Expires first.
  void add(base::BootTime now, base::Duration window, base::Amount amount);
  // Takes back what was added at `charged_at`; nothing happens if that has been freed.
  void give_back(base::BootTime charged_at, base::Amount amount);
  // As of the last expire or add.
  base::Amount total() const { return total_; }
  // How long until the total is at most `allowed` (not negative) if nothing is added. Expire first.
  base::Duration wait_until_at_most(base::Amount allowed, base::BootTime now, base::Duration window) const;
  // When the newest charge leaves the window; BootTime::min() if there is none.
  base::BootTime empty_at(base::Duration window) const;
  std::size_t steps() const { return steps_.size() - head_; }

 private:
  std::vector<Step> steps_;
  std::size_t head_ = 0;  // steps before it are freed; moved out when they are the greater half
  base::Amount total_;
};

}  // namespace limits
