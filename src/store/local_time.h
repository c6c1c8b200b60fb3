// The zone of the person who reads: what audit::TimeStyle::offset needs.
#pragma once
#include <cstdint>

namespace store {

// Seconds that the local clock (TZ, /etc/localtime) is ahead of UTC at that moment; 0 if it cannot be told. Not on the
// message path: the first call reads the zone's file.
int local_offset(std::int64_t unix_seconds);

}  // namespace store
