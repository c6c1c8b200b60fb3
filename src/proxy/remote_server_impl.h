// The inside of RemoteServer: one message on its way (Post), the stream that is kept open (Stream). remote_server.cc
// has the queue and what every request carries, remote_posts.cc what comes of a POST, remote_streams.cc the standalone
// stream and HTTP+SSE, remote_session.cc the making of a lost session.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "net/loop.h"
#include "proxy/remote_server.h"

namespace proxy {

// One message that was POSTed, and the GETs that resume its answer.
class RemoteServer::Post final : public RemoteExchange::Handler {
 public:
  enum class Use : std::uint8_t {
    message,  // of the client
    step,     // of the making of a session: what comes of it is ours
    farewell,
  };
  Post(RemoteServer& owner, ToServer message, Use use);
  void start(httpio::Request request);
  void hold(bool held);

  void on_head(RemoteExchange& exchange, const http::ResponseHead& head, RemoteExchange::Content content) override;
  void on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent* event) override;
  void on_event(RemoteExchange& exchange, const http::SseEvent& event) override;
  void on_comment(RemoteExchange&, std::string_view) override {}
  void on_end(RemoteExchange& exchange, const ExchangeEnd& end) override;

  const ToServer& message() const { return message_; }
  ToServer& message() { return message_; }
  Use use() const { return use_; }
  bool streamed() const { return !last_event_id_.empty(); }
  // Asks for the rest of the answer after its time.
  void resume_later();
  bool may_resume() const { return resumes_ < owner_.options_.most_resumes; }
  // The client has its answer: what its id names from now on may be another request.
  bool answered() const { return answered_; }
  void set_answered() { answered_ = true; }
  bool was_refused() const { return refused_; }  // a GET that should have resumed it was

 private:
  void resume();

  RemoteServer& owner_;
  ToServer message_;
  const Use use_;
  std::unique_ptr<RemoteExchange> exchange_;
  std::string last_event_id_;
  std::optional<std::uint64_t> retry_;
  int resumes_ = 0;  // since something new came
  bool resuming_ = false, refused_ = false, answered_ = false;
  net::Timer timer_;
};

// The standalone stream of Streamable HTTP, or the stream of HTTP+SSE.
class RemoteServer::Stream final : public RemoteExchange::Handler {
 public:
  Stream(RemoteServer& owner, httpio::Request request)
      : owner_(owner), exchange_(std::make_unique<RemoteExchange>(owner.remote_, std::move(request), *this)) {}

  void on_head(RemoteExchange& exchange, const http::ResponseHead& head, RemoteExchange::Content content) override;
  void on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent* event) override;
  void on_event(RemoteExchange& exchange, const http::SseEvent& event) override;
  void on_comment(RemoteExchange&, std::string_view) override {}
  void on_end(RemoteExchange& exchange, const ExchangeEnd& end) override;
  std::optional<std::uint64_t> retry() const { return exchange_->retry(); }
  void hold(bool held) { held ? exchange_->pause() : exchange_->resume(); }

 private:
  RemoteServer& owner_;
  std::unique_ptr<RemoteExchange> exchange_;
};

}  // namespace proxy
