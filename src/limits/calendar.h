// One counter over a calendar window, and when that window is over.
//
// The wall clock says where a window ends; the boot clock says whether that much time has really gone by. A window is
// over when both agree, so that setting the wall clock forward frees nothing early. A wall clock that was far ahead
// when the window was opened and is then put right would hold it for as long: a window is over in any case once the
// boot clock has run through the rest of it and once more through its whole length.
//
// What must stay true: a window's end never comes earlier than the boot clock's; what is charged goes to one window and
// is given back to that one or to none.
#pragma once
#include "base/clock.h"
#include "base/decimal.h"
#include "limits/window.h"

namespace limits {

struct Moment {
  base::BootTime boot;
  base::WallTime wall;
};

struct CalendarCounter {
  Span span{};               // the window of `held`; start == end: none yet
  base::BootTime free_at{};  // the boot clock's time of span.end, as seen when the window was opened
  base::Amount held;

  bool over(const Moment& now) const;
  base::Amount total(const Moment& now) const { return over(now) ? base::Amount() : held; }
  // Adds to the window of this moment; opens it if the last one is over. A new window starts at `floor` or later, as
  // long as that is within one length of the wall clock (counters that were dropped must not reopen what they closed).
  void add(const Window& window, const Moment& now, base::WallTime floor, base::Amount amount);
  // Gives back to the window that was charged, named by its `free_at` (a start may come twice, if clocks are set);
  // nothing happens if it is another by now.
  void give_back(base::BootTime window, base::Amount amount);
  // When the window is over, if nobody sets a clock; `now.boot` if it is.
  base::BootTime over_at(const Moment& now) const;
  base::Duration wait(const Moment& now) const { return over_at(now) - now.boot; }
  // The latest start that a new window must not be before once this counter is forgotten.
  base::WallTime closed_until(const Moment& now) const;
};

}  // namespace limits
