// Requests that wait for their answer, by id. Ids compare by value (mcp::Id::key), each direction has its own table.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/sha256.h"
#include "limits/store.h"
#include "mcp/message.h"

namespace mediator {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

template <class T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

enum class Stage : std::uint8_t {
  forwarded,    // the other side has it
  needs_tools,  // waits until the server's tools are known
  needs_twin,   // waits for the result of an identical call
};

// What a message was charged.
struct Held {
  limits::ReservationId made = 0;    // by rules that enforce
  limits::ReservationId shadow = 0;  // by shadow rules, on counters of their own
  bool leases = false;               // some of it is a lease (concurrency)
  bool durable = false;              // `made` stands or falls with the store's next commit
};

// A request of the client.
struct Call {
  mcp::Id id;
  const mcp::Method* method = nullptr;
  Stage stage = Stage::forwarded;
  bool ruled = false;  // has a decision, and so gets an outcome
  bool modern = false;
  bool cancelled = false;  // the client expects no answer any more
  bool in_task_form = false;
  std::string decision_id;
  std::string target;  // tool, prompt or resource, where it is needed again
  Held held;
  base::BootTime since{};
  std::uint64_t begins_at = 0;              // offset of the message in all that was sent to the server
  std::string cursor;                       // tools/list
  bool listens_for_tools = false;           // subscriptions/listen
  std::optional<base::Digest> call_digest;  // 2026-07-28: what a continuation must repeat
  std::string first_decision;               // of the call that this one continues
  std::uint32_t continuation = 0;           // how often it was continued
  std::string replay_key;                   // idempotency, or ""
  bool listens() const { return method != nullptr && method->ruling == mcp::Ruling::listen; }
};

// A request of the server.
struct Ask {
  mcp::Id id;
  bool ruled = false;
  std::string decision_id;
  Held held;
  base::BootTime since{};
};

}  // namespace mediator
