// Which retries of input_required calls are continuations (policy-language section 5, "Retries of input_required
// calls"). A result that asks for input hands out a token: its requestState or, without one, the names of its
// inputRequests. A later call is its continuation only if it returns the token for the same method, name and arguments,
// once, in time. Anything else is a new call. Bounded: the oldest tokens are forgotten first, which makes their retries
// new calls.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/sha256.h"
#include "json/document.h"
#include "mediator/pending.h"

namespace mediator {

struct Continuation {
  base::Digest call;           // of method, name and canonical arguments
  std::string first_decision;  // the call that was charged
  std::string replay_key;
  std::uint32_t count = 0;  // continuations so far
  base::BootTime expires{};
};

class Continuations {
 public:
  static constexpr std::uint32_t max_per_charge = 16;
  static constexpr std::size_t max_open = 4096;
  static constexpr base::Duration lifetime = std::chrono::hours(1);

  // Digest of what a continuation must repeat. `name` is the tool, prompt or URI.
  static base::Digest digest(std::string_view method, std::string_view name, json::Value arguments);

  // `result` (resultType input_required) answers a call with digest `call`.
  void issue(json::Value result, const base::Digest& call, std::string first_decision, std::string replay_key,
             std::uint32_t count, base::BootTime now);
  // The request has params that only a continuation has.
  static bool claims(json::Value params);
  // The continuation that the request's params claim, if there is one for this call.
  std::optional<Continuation> find(json::Value params, const base::Digest& call, base::BootTime now);
  // It goes on: its token is used up.
  void use(json::Value params, const base::Digest& call);
  std::size_t open() const { return open_.size(); }

 private:
  static std::string token_of_result(json::Value result);
  static std::string token_of_request(json::Value params);
  void forget(std::string_view token);
  StringMap<Continuation> open_;
  std::deque<std::string> order_;
};

}  // namespace mediator
