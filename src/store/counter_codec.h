// How a counter is written into the state database: one small record, and its older steps in segments of 32.
// Compact (a step of a rate limit takes some eight bytes) and strict: what does not decode is damage, never a zero.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "limits/calendar.h"
#include "limits/segmented.h"
#include "limits/window.h"

namespace store {

// A counter as it is kept. Times are of the store's clock (state_clock.h). What its leases hold stands in a table of
// its own.
struct CounterState {
  limits::Window window;
  base::BootTime reset_at = base::BootTime::min();  // somebody set it to zero then
  limits::SegmentedCounter sliding;
  limits::CalendarCounter calendar;
};

// Appends. Never fails.
void encode(std::string& out, const CounterState& state);
void encode_steps(std::string& out, std::span<const limits::Step> steps);
void encode_amount(std::string& out, base::Amount amount);

// nullopt: the bytes are not what encode() writes.
std::optional<CounterState> decode(std::string_view bytes);
std::optional<std::vector<limits::Step>> decode_steps(std::string_view bytes);
std::optional<base::Amount> decode_amount(std::string_view bytes);

}  // namespace store
