// The event loop's timers: a session has a handful, a listener ten thousand. What a turn and a time-out that is pushed
// on with every message cost with so many of them.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"

namespace {

struct Timers {
  explicit Timers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(std::make_unique<net::Timer>(loop, [] {}));
      all.back()->after(std::chrono::seconds(30) + std::chrono::milliseconds(i));
    }
  }
  base::FakeClock clock;
  net::Loop loop{clock};
  std::vector<std::unique_ptr<net::Timer>> all;
};

// One turn in which nothing is due; an epoll_wait that does not wait is most of it.
void turn(benchmark::State& state) {
  Timers timers(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) timers.loop.run_once(base::Duration::zero());
}
BENCHMARK(turn)->Arg(0)->Arg(6)->Arg(10'000);

// A time-out is set anew, further on than all others.
void push_on(benchmark::State& state) {
  Timers timers(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    timers.clock.advance(std::chrono::microseconds(100));
    timers.all[next]->after(std::chrono::seconds(40));
    next = next + 1 == timers.all.size() ? 0 : next + 1;
  }
}
BENCHMARK(push_on)->Arg(6)->Arg(10'000);

// A time-out of one message: set and cancelled.
void set_and_cancel(benchmark::State& state) {
  Timers timers(static_cast<std::size_t>(state.range(0)));
  net::Timer timer(timers.loop, [] {});
  for (auto _ : state) {
    timer.after(std::chrono::seconds(10));
    timer.cancel();
  }
}
BENCHMARK(set_and_cancel)->Arg(6)->Arg(10'000);

// A connection comes and goes.
void make_and_destroy(benchmark::State& state) {
  Timers timers(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    net::Timer timer(timers.loop, [] {});
    timer.after(std::chrono::seconds(60));
  }
}
BENCHMARK(make_and_destroy)->Arg(6)->Arg(10'000);

}  // namespace

BENCHMARK_MAIN();
