// The algebra of sliding windows; see the header for why it is exact, bounded and never early.
#include "limits/sliding.h"

#include <algorithm>
#include <cassert>

namespace limits {

void join_steps(std::vector<Step>& steps, std::size_t first, base::Duration window) {
  const base::Duration span = window / coarse_steps;
  std::size_t last = first;
  for (std::size_t i = first + 1; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (step.newest - steps[last].oldest <= span) {
      steps[last].newest = step.newest;
      steps[last].amount = steps[last].amount + step.amount;
    } else {
      steps[++last] = step;
    }
  }
  steps.resize(last + 1);
}

void SlidingCounter::expire(base::BootTime now, base::Duration window) {
  while (head_ < steps_.size() && now - steps_[head_].newest >= window) total_ = total_ - steps_[head_++].amount;
  if (head_ == steps_.size()) {
    steps_.clear();
    head_ = 0;
  } else if (head_ > steps_.size() / 2) {
    steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

void SlidingCounter::add(base::BootTime now, base::Duration window, base::Amount amount) {
  assert(amount > base::Amount());
  expire(now, window);
  total_ = total_ + amount;
  if (steps() > 0 && steps_.back().newest >= now) {  // the same instant: no exactness is lost
    steps_.back().amount = steps_.back().amount + amount;
    return;
  }
  if (steps() >= exact_steps) join_steps(steps_, head_, window);
  steps_.push_back({now, now, amount});
}

void SlidingCounter::give_back(base::BootTime charged_at, base::Amount amount) {
  const auto begin = steps_.begin() + static_cast<std::ptrdiff_t>(head_);
  const auto step =
      std::lower_bound(begin, steps_.end(), charged_at, [](const Step& s, base::BootTime t) { return s.newest < t; });
  if (step == steps_.end() || step->oldest > charged_at) return;  // freed
  assert(step->amount >= amount);
  step->amount = step->amount - amount;
  total_ = total_ - amount;
  if (step->amount.is_zero()) steps_.erase(step);
}

base::Duration SlidingCounter::wait_until_at_most(base::Amount allowed, base::BootTime now,
                                                  base::Duration window) const {
  assert(!allowed.is_negative());
  base::Amount left = total_;
  base::Duration wait{0};
  for (std::size_t i = head_; i < steps_.size() && left > allowed; ++i) {
    left = left - steps_[i].amount;
    wait = window - (now - steps_[i].newest);
  }
  return wait;
}

base::BootTime SlidingCounter::empty_at(base::Duration window) const {
  if (steps() == 0) return base::BootTime::min();
  const base::BootTime newest = steps_.back().newest;
  return newest > base::BootTime::max() - window ? base::BootTime::max() : newest + window;
}

}  // namespace limits
