// Looking at the counters, and setting them to zero, from outside of a session: `intercept limits`.
// Both open the database for themselves, create none, and move none aside. They block, for two seconds at most while a
// session has the lock.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "limits/window.h"
#include "store/state_rows.h"

namespace store {

struct CounterReport {
  std::int64_t id = 0;
  std::string key;
  limits::Window window;
  base::Amount held;
  std::string max;         // of the last charge; "" if it had none
  std::string charged_by;  // who made it
  std::optional<base::Duration>
      next_free;  // until some of it is free; absent: nothing is held, or nobody knows (leases)
  std::optional<base::Duration> all_free;  // until all of it is
  std::vector<Lease> leases;               // of those that live
};

struct StateReport {
  std::vector<CounterReport> counters;  // in the order in which they were first charged; empty ones too
  // Counters were lost at this moment: limits are held as used up until their windows have passed.
  std::optional<base::WallTime> lost;
};

using IsAlive = std::function<bool(const std::string& owner)>;

// nullopt: nothing was counted yet, there is no database.
base::Result<std::optional<StateReport>> report_state(const std::string& directory, const base::Clock& clock,
                                                      const IsAlive& is_alive);

// Sets the chosen counters to zero and forgets their leases. `forget_loss`: limits are no longer held because of a
// loss. `record` puts on record what they held before; if it fails nothing is reset. All or none. What was reset.
using RecordReset = std::function<base::Result<void>(const std::vector<CounterReport>&)>;
base::Result<std::vector<CounterReport>> reset_state(const std::string& directory, const base::Clock& clock,
                                                     const std::function<bool(const CounterReport&)>& chosen,
                                                     bool forget_loss, const RecordReset& record);

}  // namespace store
