// How many of something there are, in all and of each kind (connections of an address, sessions of a credential), where
// several loops count together. What must stay true: what is taken is within both limits, whoever takes at the same
// time; kinds that nobody has take no memory. Any thread; the lock is held for a look-up.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace net {

class SharedCounts {
 public:
  enum class Taken : std::uint8_t { yes, too_many, too_many_of_kind };

  // One more of `kind`, unless there are `most` in all or `most_of_kind` of it.
  Taken take(const std::string& kind, std::size_t most, std::size_t most_of_kind) {
    const std::lock_guard lock(mutex_);
    if (all_ >= most) return Taken::too_many;
    const auto [it, added] = kinds_.try_emplace(kind, 0);
    if (it->second >= most_of_kind) {
      if (it->second == 0) kinds_.erase(it);
      return Taken::too_many_of_kind;
    }
    ++all_;
    ++it->second;
    return Taken::yes;
  }
  // One less: of what was taken.
  void give_back(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    const auto it = kinds_.find(kind);
    assert(it != kinds_.end() && all_ > 0);
    --all_;
    if (--it->second == 0) kinds_.erase(it);
  }
  std::size_t all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> kinds_;
};

}  // namespace net
