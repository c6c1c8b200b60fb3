// What a listener serves: judges each request, finds the session that it belongs to, and hands it over. One for each
// loop; its sessions are its own, and a request that comes to another loop than its session's is handed to that one.
//   POST     a message: of a session (Mcp-Session-Id), of no session (2026-07-28, servers without sessions), or
//            initialize, which begins one
//   GET      a session's stream; the stream that begins a session of HTTP+SSE
//   DELETE   the end of a session
//   GET /.well-known/oauth-…   the server's own, fetched without any credential of ours
//
// What must stay true:
// - A session answers to the credential that began it and to no other; to others it does not exist (404).
// - Session ids are ours: 128 random bits. The server's ids are never shown, and a client's never sent on.
// - Sessions are bounded, in all and for each credential.
// - Exchanges of one credential without a session share one, in one loop, however many there are: what limits a session
//   limits it.
// - What a request's header fields say is held against its body before anything is done (transport/mirrors.h).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "httpio/server.h"
#include "mediator/inbox.h"
#include "net/loop.h"
#include "proxy/http_front_options.h"
#include "proxy/http_session.h"
#include "transport/guard.h"

namespace proxy {

class HttpFront final : public httpio::ServerHandler, public HttpSession::Owner {
 public:
  struct Options {
    FrontParts parts;
    transport::Guard guard;
    transport::Caller caller;  // what is the same for all: port, bound_to_loopback, local_host
    std::string local_host;
  };
  explicit HttpFront(Options options);
  ~HttpFront() override;

  std::uint64_t on_head(const std::shared_ptr<httpio::ServerExchange>& exchange) override;
  void on_request(const std::shared_ptr<httpio::ServerExchange>& exchange) override;
  void on_refused(const net::SocketAddress& peer, unsigned status, std::string_view reason) override;

  // What sessions that begin from now on start with.
  void on_policy(const std::shared_ptr<const policy::Snapshot>& policy) { parts_.sessions.on_policy(policy); }
  // No session begins any more. Streams are ended; requests in flight go on.
  void drain();
  // Ends all sessions; `done` when the last is over.
  void end(std::string_view why, std::function<void()> done);
  std::size_t sessions() const { return all_.size(); }
  // A request waits for its answer.
  bool is_busy() const;
  mediator::Counts counts() const;

 private:
  struct Fetch;
  void post(const std::shared_ptr<httpio::ServerExchange>& exchange, const transport::Admission& admission);
  HttpSession* find_session(httpio::ServerExchange& exchange, const transport::Admission& admission,
                            std::string_view id);
  HttpSession* begin(httpio::ServerExchange& exchange, const transport::Admission& admission,
                     HttpSession::Client client);
  std::string make_id(HttpSession::Client client);
  bool belongs_elsewhere(const std::shared_ptr<httpio::ServerExchange>& exchange, std::string_view session_id);
  bool is_shared_elsewhere(const std::shared_ptr<httpio::ServerExchange>& exchange,
                           const transport::Admission& admission);
  HttpSession* shared(httpio::ServerExchange& exchange, const transport::Admission& admission);
  void older_stream(const std::shared_ptr<httpio::ServerExchange>& exchange, const transport::Admission& admission);
  void with_session(const std::shared_ptr<httpio::ServerExchange>& exchange, const transport::Admission& admission);
  void fetch_metadata(const std::shared_ptr<httpio::ServerExchange>& exchange, const transport::Admission& admission);
  bool linked(HttpSession::Client client) const;
  void session_begins(HttpSession& session) override;
  void session_over(HttpSession& session) override;
  void sweep();
  void tidy_memory();
  void note_refusal(unsigned status, std::string_view who, std::string_view reason);

  Options options_;
  FrontParts& parts_;
  std::unordered_map<HttpSession*, std::unique_ptr<HttpSession>> all_;
  std::unordered_map<std::string, HttpSession*> by_id_;
  std::map<std::string, HttpSession*> shared_;  // by credential, "" for none
  std::unordered_map<Fetch*, std::unique_ptr<Fetch>> fetches_;
  std::unique_ptr<mediator::Inbox> inbox_;  // reused while nobody keeps it
  net::Timer sweep_timer_;
  std::function<void()> ended_;
  mediator::Counts over_;  // of sessions that are over
  bool draining_ = false;
  bool used_ = false, tidy_ = true;  // since the last sweep; memory was given back since the last use
  base::BootTime note_second_{};
  int notes_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace proxy
