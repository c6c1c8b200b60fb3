// Ids and tokens where several exchanges over HTTP share one server process (MCP 2026-07-28 over stdio): every client
// counts its ids from 0, so what goes to the server gets numbers of our own, and what comes back gets the old ones.
// Rewritten, and nothing else: a request's id and its answer's, params._meta.progressToken and the token of
// notifications/progress, requestId of notifications/cancelled, _meta["io.modelcontextprotocol/subscriptionId"] (the id
// of a subscriptions/listen) in notifications and in the result that ends it. Everything else is written as json::write
// gives it. An id comes back in its type and spelling.
//
// What must stay true: a number is given once and never again; nothing reaches a scope that it does not belong to; what
// is kept is bounded, and gone when it is answered, cancelled or forgotten.
// A scope is whatever the caller numbers: an exchange, a session. Single-threaded, no I/O.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/document.h"

namespace transport {

class Ids {
 public:
  struct Options {
    std::size_t max_requests = 10'000;  // that are not answered
    std::size_t max_lingering = 1'000;  // tokens of answered requests whose tasks go on; beyond it the oldest go
    std::size_t max_bytes = 16U << 20;  // of ids and tokens that are kept
  };
  Ids() : Ids(Options{}) {}
  explicit Ids(const Options& options) : options_(options) {}

  enum class Sent : std::uint8_t {
    written,  // a line with its line feed was appended to `out`
    dropped,  // nothing was: an answer, which no server of this revision asked for; a cancellation of what is not in
              // flight in this scope; what is no message
    full,     // nothing was: too much is in flight. For requests alone
  };
  // A message of `scope` that mcp::read_message read (this is its root), on its way to the server. A request that is
  // cancelled is forgotten here: a late answer is for nobody.
  Sent to_server(std::uint64_t scope, json::Value message, std::string& out);

  enum class Fit : std::uint8_t {
    matched,   // belongs to `scopes`; a line with its line feed was appended to `out`
    unscoped,  // names nobody (a change that no subscription is named for, a request of the server): appended as it is
    nobody,    // names what is not known (any more): nothing was appended
  };
  struct Received {
    Fit fit = Fit::nobody;
    // One; of notifications/message those whose requests in flight asked for a log level, each once, perhaps none.
    std::vector<std::uint64_t> scopes;
    bool ends_request = false;  // the answer, or a cancellation by the server: the request is forgotten
  };
  // A message of the server, read tolerantly.
  Received to_client(json::Value message, std::string& out);

  // The exchange is over, whatever is in flight.
  void forget(std::uint64_t scope);

  std::size_t in_flight() const { return requests_.size() - lingering_.size(); }
  std::size_t kept() const { return requests_.size(); }

 private:
  struct Request {
    std::uint64_t scope = 0;
    std::string id_text;     // JSON, as it came; "" once it is answered
    std::string id_key;      // mcp::Id::key
    std::string token_text;  // JSON; "" without a token
    std::size_t bytes() const { return id_text.size() + id_key.size() + token_text.size(); }
  };
  using Requests = std::unordered_map<std::uint64_t, Request>;
  using ByScope = std::set<std::pair<std::uint64_t, std::uint64_t>>;  // scope, our number

  Sent request(std::uint64_t scope, json::Value message, std::string& out);
  Sent cancelled(std::uint64_t scope, json::Value message, std::string& out);
  Received answer(json::Value message, std::string& out);
  Received progress(json::Value message, std::string& out);
  Received cancelled_by_server(json::Value message, std::string& out);
  Received subscribed(json::Value message, json::Value id, std::string& out);
  Received logged(json::Value message, std::string& out) const;
  // The request that our number `number` stands for; end() if it is none or answered.
  Requests::iterator in_flight(json::Value number);
  Requests::iterator find(json::Value number);
  void remove(Requests::iterator request);
  void linger(Requests::iterator request);

  Options options_;
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;
  Requests requests_;  // by our number, which is also the token's
  ByScope by_scope_;
  ByScope wants_logs_;  // in flight, and asked for a log level
  std::set<std::uint64_t> lingering_;
};

}  // namespace transport
