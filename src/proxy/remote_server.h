// The server's side of one session whose server is remote and whose streams we keep ourselves: a client over stdio, or
// one of HTTP+SSE, or a server of HTTP+SSE. Finds out which transport the server speaks, holds the session id, keeps
// the standalone stream open, resumes what was cut, and makes a lost session anew. Specification: Streamable HTTP
// 2025-03-26 to 2026-07-28; HTTP+SSE 2024-11-05 and its rules for falling back.
//
// What must stay true:
// - A message is POSTed once. What the client sends is never repeated, but what makes a session (initialize,
//   notifications/initialized, the log level, subscriptions), after the server has forgotten it.
// - Every request comes to an answer, or to on_unanswered, on_status or on_session_lost.
// - A POST that waits holds up no other; only what makes the session (initialize, notifications/initialized) goes
// first.
// - Queues, exchanges and what is remembered for a new session are bounded.
// Single-threaded.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "proxy/remote.h"
#include "proxy/server_link.h"
#include "proxy/session_memory.h"

namespace proxy {

class RemoteServer final : public ServerLink {
 public:
  struct Options {
    bool replay_session = true;                                   // --on-session-loss
    base::Duration first_retry = std::chrono::milliseconds(500);  // back-off, doubled up to:
    base::Duration last_retry = std::chrono::seconds(30);
    int most_resumes = 8;  // of one cut answer, without anything new coming
  };

  // Both must outlive it.
  RemoteServer(Remote& remote, Handler& handler, Options options);
  ~RemoteServer() override;

  void send(ToServer message) override;
  void give_up(mediator::Scope scope, const std::string& id_key) override;
  bool cancels_by_message() const override { return false; }
  void end(base::Duration limit, std::function<void()> done) override;
  void hold(bool held) override;
  std::size_t queued_bytes() const override { return queued_bytes_; }

 private:
  class Post;    // remote_posts.cc
  class Stream;  // remote_streams.cc
  friend class Post;
  friend class Stream;
  using Posts = std::list<std::unique_ptr<Post>>;
  // remote_server.cc
  void pump();
  bool held() const;
  bool is_modern_request(mediator::Scope scope, const std::string& id_key) const;
  void dispatch(ToServer message);
  void remember(const ToServer& message);
  void refuse_queue(const std::string& how);
  std::vector<http::OwnedField> session_fields(const ToServer* message) const;
  // remote_posts.cc
  void post_over(Post& post, const ExchangeEnd& end);
  void then(const Post* post, std::function<void(Post&)> work);
  void look_for_answer(const Post* post);
  void answer_over(Post& post, const ExchangeEnd& end);
  bool may_be_older(const Post& post, const ExchangeEnd& end) const;
  void begin_probe(Post& post, const ExchangeEnd& end);
  Posts::iterator find(const Post* post);
  std::unique_ptr<Post> take(const Post& post);
  void forget(Post& post);
  void accepted(Post& post, const http::ResponseHead& head);
  // remote_streams.cc
  void open_stream();
  void stream_endpoint(std::string_view reference);
  void stream_over(const ExchangeEnd& end);
  void probe_failed();
  // remote_session.cc
  bool is_session_loss(const Post& post, const ExchangeEnd& end) const;
  void session_lost(const std::string& how);
  void make_session();
  void next_step();
  void step_over(const Post& post, const ExchangeEnd& end);
  void step_answered();
  void session_failed(const std::string& how);

  Remote& remote_;
  Handler& handler_;
  const Options options_;
  std::deque<ToServer> queue_;
  std::size_t queued_bytes_ = 0;
  Posts posts_;
  std::unique_ptr<Stream> stream_;
  net::Timer stream_timer_;
  base::Duration back_off_{};
  std::string stream_event_id_;  // where the standalone stream was cut
  std::string session_;          // Mcp-Session-Id
  std::string revision_;         // negotiated; "" before
  std::string endpoint_;         // HTTP+SSE: where messages are POSTed
  bool first_step_ = false;      // initialize or notifications/initialized is under way: the rest waits
  bool stream_wanted_ = false;
  bool gone_ = false, ended_ = false, held_ = false;
  // A probe for HTTP+SSE: the message that was not taken, and how.
  std::optional<ToServer> probing_;
  ExchangeEnd probed_;
  // A session that is being made anew.
  SessionMemory remembered_;
  std::deque<std::string> steps_;
  bool remaking_ = false, needs_session_ = false;
  bool initialize_taken_ = false, initialize_answered_ = false;  // HTTP+SSE
  // The end.
  std::unique_ptr<Post> farewell_;
  net::Timer end_timer_;
  std::function<void()> ended_callback_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace proxy
