// What a listener's sessions have in common: how they are made, where the server is, what is forwarded.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audit/record.h"
#include "base/clock.h"
#include "base/random.h"
#include "httpio/server.h"
#include "mediator/session.h"
#include "net/shared_counts.h"
#include "proxy/desk.h"
#include "proxy/remote.h"
#include "proxy/server_link.h"
#include "proxy/session_maker.h"
#include "transport/forward.h"

namespace proxy {

// Where several loops share a port: the place of one among them, and the way to the others.
class Neighbours {
 public:
  virtual ~Neighbours() = default;
  virtual unsigned own() const = 0;
  virtual unsigned count() const = 0;
  // The request is answered by `loop`'s front; not our own. Every loop judges alike who is let in.
  virtual void hand_over(unsigned loop, std::shared_ptr<httpio::ServerExchange> exchange) = 0;
};

struct FrontLimits {
  std::size_t max_body = 16 << 20;
  std::size_t max_sessions = 10'000;              // in all
  std::size_t max_sessions_per_identity = 1'000;  // of one credential
  std::size_t max_streams_per_session = 16;
  std::size_t high_water = 1 << 20;         // bytes waiting for a client, above which its server is not read
  std::size_t max_waiting_bytes = 1 << 20;  // events that wait for a stream of the client
  base::Duration session_idle = std::chrono::minutes(30);
};

// What a GET of the endpoint without a session's id begins.
enum class EndpointStreams : std::uint8_t {
  sessions,   // a stream of Streamable HTTP
  by_server,  // the same; a session of HTTP+SSE unless the server speaks Streamable HTTP
  older,      // a session of HTTP+SSE
};

struct FrontParts {
  Desk& desk;
  base::Random& random;
  const base::Clock& clock;
  SessionMaker& sessions;
  audit::Recorder& process;  // for what belongs to no session
  std::string identity;
  Remote* remote = nullptr;  // null: the server is a child process for each session
  // Makes the server's side of a session that is linked. `shared`: several clients' exchanges are told apart by scope.
  std::function<base::Result<std::unique_ptr<ServerLink>>(ServerLink::Handler&, bool shared)> make_link;
  transport::ForwardRules forward;
  FrontLimits limits;
  std::uint64_t& numbers;      // of exchanges: one sequence for all sessions
  bool replay_session = true;  // --on-session-loss
  std::string message_path;    // of HTTP+SSE clients
  EndpointStreams endpoint_streams = EndpointStreams::sessions;
  std::shared_ptr<net::SharedCounts> session_counts = {};  // of all loops; null: there is one
  Neighbours* neighbours = nullptr;                        // null: there are none
};

}  // namespace proxy
