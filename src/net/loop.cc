// One turn: wait, dispatch, timers, posted work, turn end (and, once, what it posted). What is searched linearly is
// short: what is ready in one turn, and the descriptors that cannot be waited for.
#include "net/loop.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/reuse.h"
#include "net/os.h"
#include "net/timer_queue.h"

namespace net {

struct Watch::Impl {
  Loop::Impl& loop;
  int fd;
  std::function<void(Ready)> callback;
  os::Interest interest;
  bool always_ready = false;  // it cannot be waited for
};

struct Loop::Impl {
  explicit Impl(const base::Clock& c) : clock(c) {}

  const base::Clock& clock;
  os::Poller poller;
  std::span<os::Ready> ready;              // of this turn, not yet dispatched ones included
  std::vector<Watch::Impl*> always_ready;  // watches with an interest that cannot be waited for
  std::vector<Watch::Impl*> always_now;    // of this turn
  TimerQueue timers;
  Watch::Impl* called = nullptr;         // whose callback is running
  std::unique_ptr<Watch::Impl> retired;  // it, destroyed in that callback
  std::vector<std::function<void()>> posted;
  std::function<void()> wake, turn_end;
  bool stopped = false;
  std::optional<base::BootTime> now;  // as looked up in this turn, after the wait; saves a second look

  void forget(Watch::Impl* watch) {
    for (os::Ready& r : ready) {
      if (r.tag == watch) r.tag = nullptr;
    }
    std::erase(always_ready, watch);
    std::replace(always_now.begin(), always_now.end(), watch, static_cast<Watch::Impl*>(nullptr));
  }

  std::optional<base::Duration> timeout(std::optional<base::Duration> limit) {
    if (stopped || !posted.empty() || !always_ready.empty()) return base::Duration::zero();
    const std::optional<base::BootTime> first = timers.first();
    if (!first) return limit;
    const base::Duration left = std::max(*first - (now ? *now : clock.boot()), base::Duration::zero());
    return limit ? std::min(left, *limit) : left;
  }

  void call(Watch::Impl* watch, Watch::Ready what) {
    called = watch;
    watch->callback(what);
    called = nullptr;
    if (retired) retired.reset();
  }

  void dispatch_ready() {
    for (os::Ready& r : ready) {
      auto* watch = static_cast<Watch::Impl*>(r.tag);
      if (watch == nullptr || !watch->interest.any()) continue;
      const Watch::Ready what{watch->interest.read && (r.read || r.broken),
                              watch->interest.write && (r.write || r.broken), r.broken};
      if (!what.read && !what.write && !(what.broken && watch->interest.broken)) continue;
      call(watch, what);
    }
    ready = {};
    if (always_ready.empty()) return;
    always_now = always_ready;
    for (std::size_t i = 0; i < always_now.size(); ++i) {
      Watch::Impl* watch = always_now[i];
      if (watch != nullptr && watch->interest.any()) call(watch, {watch->interest.read, watch->interest.write, false});
    }
    always_now.clear();
  }

  void run_timers() {
    if (!timers.first()) return;
    now = clock.boot();
    timers.run(*now);
  }

  bool run_posted() {
    if (posted.empty()) return false;
    auto work = std::exchange(posted, {});
    for (const auto& w : work) w();
    base::reuse(posted, work);
    return true;
  }

  void turn(std::optional<base::Duration> limit) {
    ready = poller.wait(timeout(limit));
    now.reset();
    if (wake) wake();
    dispatch_ready();
    run_timers();
    run_posted();
    if (!turn_end) return;
    turn_end();
    // What the end put off is done now, once, rather than after another look at the descriptors.
    if (run_posted()) turn_end();
  }
};

void keep_freed_memory() { os::keep_freed_memory(); }
void release_free_memory() { os::release_free_memory(); }

Loop::Loop(const base::Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}
Loop::~Loop() = default;

void Loop::run() {
  while (!impl_->stopped) impl_->turn(std::nullopt);
  impl_->stopped = false;
}

void Loop::stop() { impl_->stopped = true; }
void Loop::run_once(base::Duration limit) { impl_->turn(limit); }
void Loop::post(std::function<void()> work) { impl_->posted.push_back(std::move(work)); }
void Loop::on_wake(std::function<void()> callback) { impl_->wake = std::move(callback); }
void Loop::on_turn_end(std::function<void()> callback) { impl_->turn_end = std::move(callback); }
const base::Clock& Loop::clock() const { return impl_->clock; }

Watch::Watch(Loop& loop, int fd, std::function<void(Ready)> callback)
    : impl_(std::make_unique<Impl>(Impl{*loop.impl_, fd, std::move(callback), {}, false})) {}

Watch::~Watch() {
  set(false, false);
  Loop::Impl& loop = impl_->loop;
  loop.forget(impl_.get());
  if (loop.called == impl_.get()) loop.retired = std::move(impl_);
}

void Watch::set(bool read, bool write, bool broken) {
  const os::Interest wanted{read, write, broken};
  const os::Interest before = std::exchange(impl_->interest, wanted);
  if (before.read == read && before.write == write && before.broken == broken) return;
  if (!impl_->always_ready) {
    if (impl_->loop.poller.set(impl_->fd, impl_.get(), before, wanted)) return;
    impl_->always_ready = true;
  }
  auto& list = impl_->loop.always_ready;
  std::erase(list, impl_.get());
  if (read || write) list.push_back(impl_.get());
}

Timer::Timer(Loop& loop, std::function<void()> callback) : loop_(loop), callback_(std::move(callback)) {}
Timer::~Timer() { loop_.impl_->timers.forget(*this); }
void Timer::at(base::BootTime when) { loop_.impl_->timers.set(*this, when); }
void Timer::after(base::Duration d) { at(loop_.clock().boot() + d); }
void Timer::cancel() { loop_.impl_->timers.cancel(*this); }

}  // namespace net
