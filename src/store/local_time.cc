// The C library knows zones.
#include "store/local_time.h"

#include <time.h>

namespace store {

int local_offset(std::int64_t unix_seconds) {
  const auto moment = static_cast<time_t>(unix_seconds);
  struct tm local{};
  return ::localtime_r(&moment, &local) != nullptr ? static_cast<int>(local.tm_gmtoff) : 0;
}

}  // namespace store
