// A call that is being made, and runs of calls: up to and past each limit, at the ends of windows, repeated, in other
// forms. Internal to generating.
#pragma once
#include <string>
#include <vector>

#include "trial/calls.h"
#include "trial/topics.h"

namespace trial {

class Draft {
 public:
  explicit Draft(const Topic& topic);
  void apply(const Change& change);
  Call call() const;
  std::string key() const { return key(call()); }
  // Equal for calls in which nothing differs.
  static std::string key(const Call& call);

  std::int64_t time = usual_time;
  std::string identity = "local", session = "s", client;

 private:
  const Topic* topic_;
  Made params_;
};

// Calls that count together: the first begins with empty counters.
struct Scene {
  std::vector<Call> calls;
};

std::vector<Scene> bursts_of(const Topic& topic, const Draft& base);
// Without arguments; the other methods that name the same thing.
std::vector<Scene> odd_calls(const Topic& topic, const Draft& base);

}  // namespace trial
