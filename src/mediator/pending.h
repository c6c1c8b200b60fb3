// Requests that wait for their answer, by id. Ids compare by value (mcp::Id::key), each direction has its own table;
// the client's ids count within their scope.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/append.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "limits/store.h"
#include "mcp/message.h"
#include "mediator/line.h"
#include "mediator/outbox.h"

namespace mediator {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

template <class T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

// What a request of the client is found by: its id's key in its scope. In scope 0 that is the id's key itself; in
// others the scope stands before it, behind a byte that begins no id's key.
inline std::string call_key(Scope scope, std::string_view id_key) {
  if (scope == 0) return std::string(id_key);
  std::string key;
  base::append(key, "@", std::string_view(reinterpret_cast<const char*>(&scope), sizeof scope), id_key);
  return key;
}

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
  Scope scope = 0;
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
  std::uint64_t begins_at = 0;                     // offset of the message in all that was sent to the server
  std::string cursor;                              // tools/list
  bool listens_for_tools = false;                  // subscriptions/listen
  std::optional<base::Digest> call_digest;         // 2026-07-28: what a continuation must repeat
  std::string first_decision;                      // of the call that this one continues, or ""
  std::uint32_t continuation = 0;                  // how often it was continued
  std::string replay_key;                          // idempotency, or ""
  std::shared_ptr<const std::string> client_name;  // Config::sessionless: each call has a client of its own
  // The decision that began it all.
  const std::string& first() const { return first_decision.empty() ? decision_id : first_decision; }
  Caller caller() const { return {scope, &id, method, modern}; }
  bool listens() const { return method != nullptr && method->ruling == mcp::Ruling::listen; }
};

// A request of the server.
struct Ask {
  mcp::Id id;
  Scope scope = 0;  // in which the server asked
  const mcp::Method* method = nullptr;
  bool ruled = false;
  std::string decision_id;
  Held held;
  base::BootTime since{};
  Caller caller() const { return {scope, &id, method, false}; }
};

}  // namespace mediator
