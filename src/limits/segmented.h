// The sliding counter (sliding.h) of a store that keeps it outside of memory. Its newest steps, the tail, are at hand
// with every look; older ones lie in segments of `segment_steps`, each read only when it is needed: the oldest when its
// time is over, others for a refund or to say when to retry. So a charge touches one small record, however many
// charges the window holds.
//
// Exact up to 1,024 charges, then in at least 128 steps; nothing is freed early: as sliding.h says, and
// segmented_test.cc holds the two against each other.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "limits/sliding.h"

namespace limits {

inline constexpr std::size_t segment_steps = 32;

// Where the segments of one counter are. A segment is named by the time of its newest step; they are in order of time.
// What cannot be read gives nothing, and the implementation remembers that: its owner must look before it goes on.
class Segments {
 public:
  virtual ~Segments() = default;
  // The oldest segment whose newest step is at `from` or later; empty: none.
  virtual std::vector<Step> find(base::BootTime from) = 0;
  virtual std::vector<Step> all() = 0;
  virtual void append(std::span<const Step> steps) = 0;
  // Puts other steps in the place of the segment named `name`; none: removes it.
  virtual void replace(base::BootTime name, std::span<const Step> steps) = 0;
  virtual void clear() = 0;
};

// Plain data: its owner writes it down and reads it back.
struct SegmentedCounter {
  base::Amount total;
  std::size_t count = 0;   // steps, those of the segments included
  base::BootTime first{};  // newest time of the oldest step; only if count > 0
  std::vector<Step> tail;  // the newest steps, at most segment_steps

  std::size_t in_segments() const { return count - tail.size(); }
  // Frees what left the window: a charge made at t counts in [t, t + window).
  void expire(Segments& segments, base::BootTime now, base::Duration window);
  // Adds a positive amount. Gives the time under which it was filed: `now`, or that of the newest step if another
  // process's clock reading was later. Expires first.
  base::BootTime add(Segments& segments, base::BootTime now, base::Duration window, base::Amount amount);
  // Takes back what was filed at `filed_at`; nothing happens if that has been freed.
  void give_back(Segments& segments, base::BootTime filed_at, base::Amount amount);
  // How long until the total is at most `allowed` (not negative) if nothing is added. Expire first.
  base::Duration wait_until_at_most(Segments& segments, base::Amount allowed, base::BootTime now,
                                    base::Duration window) const;
  // When the newest charge leaves the window; BootTime::min() if there is none.
  base::BootTime empty_at(base::Duration window) const;

 private:
  void find_first(Segments& segments);
  void join(Segments& segments, base::Duration window);
};

}  // namespace limits
