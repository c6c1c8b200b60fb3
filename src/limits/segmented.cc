// Every operation first looks at the tail; only what is not there goes to the segments.
#include "limits/segmented.h"

#include <algorithm>
#include <cassert>

namespace limits {
namespace {

// The step that holds what was filed at `t`, if it is among these.
std::vector<Step>::iterator step_of(std::vector<Step>& steps, base::BootTime t) {
  const auto step = std::lower_bound(steps.begin(), steps.end(), t,
                                     [](const Step& s, base::BootTime time) { return s.newest < time; });
  return step == steps.end() || step->oldest > t ? steps.end() : step;
}

// `keep_last`: the only step stays, though it holds nothing: its time says that nothing older may follow.
bool take(std::vector<Step>& steps, base::BootTime t, base::Amount amount, bool keep_last) {
  const auto step = step_of(steps, t);
  if (step == steps.end() || step->amount < amount) return false;
  step->amount = step->amount - amount;
  if (step->amount.is_zero() && !(keep_last && steps.size() == 1)) steps.erase(step);
  return true;
}

}  // namespace

void SegmentedCounter::find_first(Segments& segments) {
  if (count == 0) return;
  if (in_segments() == 0) {
    first = tail.front().newest;
  } else if (const std::vector<Step> oldest = segments.find(base::BootTime::min()); !oldest.empty()) {
    first = oldest.front().newest;
  }
}

void SegmentedCounter::expire(Segments& segments, base::BootTime now, base::Duration window) {
  const auto gone = [&](const Step& s) { return now - s.newest >= window; };
  while (count > 0 && now - first >= window) {
    std::vector<Step> oldest;
    const bool in_tail = in_segments() == 0;
    if (!in_tail) oldest = segments.find(base::BootTime::min());
    std::vector<Step>& steps = in_tail ? tail : oldest;
    if (steps.empty()) return;  // it could not be read: nothing is freed
    const base::BootTime name = steps.back().newest;
    const auto keep = std::find_if_not(steps.begin(), steps.end(), gone);
    for (auto s = steps.begin(); s != keep; ++s) total = total - s->amount;
    count -= static_cast<std::size_t>(keep - steps.begin());
    steps.erase(steps.begin(), keep);
    if (!in_tail) segments.replace(name, steps);
    if (!steps.empty()) {
      first = steps.front().newest;
      return;
    }
    find_first(segments);
  }
}

base::BootTime SegmentedCounter::add(Segments& segments, base::BootTime now, base::Duration window,
                                     base::Amount amount) {
  assert(amount > base::Amount());
  expire(segments, now, window);
  total = total + amount;
  if (!tail.empty() && tail.back().newest >= now) {
    tail.back().amount = tail.back().amount + amount;
    return tail.back().newest;
  }
  if (count >= exact_steps) join(segments, window);
  if (tail.size() >= segment_steps) {
    segments.append(tail);
    tail.clear();
  }
  tail.push_back({now, now, amount});
  if (++count == 1) first = now;
  return now;
}

void SegmentedCounter::join(Segments& segments, base::Duration window) {
  std::vector<Step> steps = segments.all();
  if (steps.size() != in_segments()) return;  // they could not be read: they stay as they are
  steps.insert(steps.end(), tail.begin(), tail.end());
  join_steps(steps, 0, window);
  segments.clear();
  std::span<const Step> rest = steps;
  for (; rest.size() > segment_steps; rest = rest.subspan(segment_steps)) segments.append(rest.first(segment_steps));
  tail.assign(rest.begin(), rest.end());
  count = steps.size();
  first = steps.front().newest;
}

void SegmentedCounter::give_back(Segments& segments, base::BootTime filed_at, base::Amount amount) {
  if (count == 0) return;
  const std::size_t before = tail.size();
  if (take(tail, filed_at, amount, in_segments() > 0)) {
    count -= before - tail.size();
  } else {
    if (in_segments() == 0) return;
    std::vector<Step> steps = segments.find(filed_at);
    const std::size_t had = steps.size();
    if (steps.empty()) return;
    const base::BootTime name = steps.back().newest;
    if (!take(steps, filed_at, amount, false)) return;
    segments.replace(name, steps);
    count -= had - steps.size();
  }
  total = total - amount;
  find_first(segments);
}

base::Duration SegmentedCounter::wait_until_at_most(Segments& segments, base::Amount allowed, base::BootTime now,
                                                    base::Duration window) const {
  assert(!allowed.is_negative());
  base::Amount left = total;
  base::Duration wait{0};
  const auto pass = [&](std::span<const Step> steps) {
    for (const Step& s : steps) {
      if (left <= allowed) return;
      left = left - s.amount;
      wait = window - (now - s.newest);
    }
  };
  base::BootTime from = base::BootTime::min();
  for (std::size_t seen = 0; left > allowed && seen < in_segments();) {
    const std::vector<Step> steps = segments.find(from);
    if (steps.empty()) break;
    pass(steps);
    seen += steps.size();
    from = steps.back().newest + base::Duration(1);
  }
  pass(tail);
  return wait;
}

base::BootTime SegmentedCounter::empty_at(base::Duration window) const {
  if (count == 0) return base::BootTime::min();
  const base::BootTime newest = tail.empty() ? first : tail.back().newest;
  return newest > base::BootTime::max() - window ? base::BootTime::max() : newest + window;
}

}  // namespace limits
