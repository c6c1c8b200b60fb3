// Time is injected: nothing that decides calls the system's clock itself.
// Wall time names moments (records, calendar windows); boot time measures intervals (time-outs, sliding windows)
// and never steps, so that setting the clock frees no limit early.
#pragma once
#include <chrono>
#include <cstdint>

namespace base {

using Duration = std::chrono::nanoseconds;
// Nanoseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::sys_time<Duration>;

struct BootClockTag {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClockTag, Duration>;
  static constexpr bool is_steady = true;
};
// Nanoseconds since the machine started, suspend included (CLOCK_BOOTTIME).
using BootTime = std::chrono::time_point<BootClockTag, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual BootTime boot() const = 0;
};

// The machine's clocks. Thread-safe, never fails.
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  BootTime boot() const override;
};

// Another clock's time at the last refresh(). A turn of the event loop asks for the time many times and needs it once:
// its owner refreshes it when a turn begins. Not thread-safe.
class TurnClock final : public Clock {
 public:
  explicit TurnClock(const Clock& source) : source_(source) { refresh(); }
  void refresh() { wall_ = source_.wall(), boot_ = source_.boot(); }
  WallTime wall() const override { return wall_; }
  BootTime boot() const override { return boot_; }

 private:
  const Clock& source_;
  WallTime wall_;
  BootTime boot_;
};

// A clock that stands still until it is told to move. For tests.
class FakeClock final : public Clock {
 public:
  WallTime wall() const override { return wall_; }
  BootTime boot() const override { return boot_; }
  void advance(Duration d) { wall_ += d, boot_ += d; }
  void step_wall(Duration d) { wall_ += d; }
  void set_wall(WallTime t) { wall_ = t; }
  void set_boot(BootTime t) { boot_ = t; }

 private:
  WallTime wall_ = WallTime(std::chrono::seconds(1'800'000'000));
  BootTime boot_ = BootTime(std::chrono::seconds(1'000));
};

}  // namespace base
