// A heap of four children a node: half as deep as a binary one, and the children of a node lie side by side.
#include "net/timer_queue.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace net {
namespace {

constexpr std::size_t children = 4;
// Added to the place of a timer that is in the list of due ones.
constexpr std::size_t in_due = std::size_t{1} << 63;

}  // namespace

bool TimerQueue::due(const Timer& timer) { return timer.place_ != Timer::nowhere && (timer.place_ & in_due) != 0; }

void TimerQueue::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  entry.timer->place_ = place;
}

void TimerQueue::rise(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / children;
    if (!entry.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sink(std::size_t place, const Entry& entry) {
  for (;;) {
    const std::size_t begin = place * children + 1;
    const std::size_t end = std::min(begin + children, heap_.size());
    if (begin >= end) break;
    std::size_t least = begin;
    for (std::size_t i = begin + 1; i < end; ++i) {
      if (heap_[i].before(heap_[least])) least = i;
    }
    if (!heap_[least].before(entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

void TimerQueue::take_out(std::size_t place) {
  heap_[place].timer->place_ = Timer::nowhere;
  const Entry gone = heap_[place], last = heap_.back();
  heap_.pop_back();
  if (place >= heap_.size()) return;
  if (last.before(gone)) {
    rise(place, last);
  } else {
    sink(place, last);
  }
}

void TimerQueue::set(Timer& timer, base::BootTime when) {
  if (due(timer)) cancel(timer);
  timer.when_ = when;
  timer.order_ = order_++;
  const Entry entry{when, timer.order_, &timer};
  if (timer.place_ == Timer::nowhere) {
    heap_.push_back(entry);
    rise(heap_.size() - 1, entry);
  } else if (entry.before(heap_[timer.place_])) {
    rise(timer.place_, entry);
  }
}

void TimerQueue::cancel(Timer& timer) {
  timer.when_.reset();
  if (!due(timer)) return;
  due_[timer.place_ & ~in_due] = nullptr;
  timer.place_ = Timer::nowhere;
}

void TimerQueue::forget(Timer& timer) {
  cancel(timer);
  if (timer.place_ != Timer::nowhere) take_out(timer.place_);
  if (called_ == &timer) called_ = nullptr;
}

std::optional<base::BootTime> TimerQueue::first() {
  while (!heap_.empty()) {
    const Entry& front = heap_.front();
    const Timer& timer = *front.timer;
    if (!timer.when_) {
      take_out(0);
    } else if (timer.order_ != front.order) {
      sink(0, Entry{*timer.when_, timer.order_, front.timer});
    } else {
      return front.when;
    }
  }
  return std::nullopt;
}

void TimerQueue::call(Timer& timer) {
  timer.when_.reset();
  // Held here while it runs: the timer may be destroyed in it.
  std::function<void()> callback = std::move(timer.callback_);
  called_ = &timer;
  callback();
  if (called_ != nullptr) called_->callback_ = std::move(callback);
  called_ = nullptr;
}

void TimerQueue::run(base::BootTime now) {
  for (auto when = first(); when && *when <= now; when = first()) {
    Timer* const timer = heap_.front().timer;
    take_out(0);
    timer->place_ = due_.size() | in_due;
    due_.push_back(timer);
  }
  for (std::size_t i = 0; i < due_.size(); ++i) {
    Timer* const timer = std::exchange(due_[i], nullptr);
    if (timer == nullptr) continue;
    timer->place_ = Timer::nowhere;
    call(*timer);
  }
  due_.clear();
}

}  // namespace net
