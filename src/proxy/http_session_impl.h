// The inside of HttpSession. http_session.cc has what clients ask and the session's life, http_session_out.cc the way
// of the mediator's lines to the client's exchanges, http_session_mirror.cc the exchanges with the server that mirror
// them.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/http_session.h"

namespace proxy {

// An exchange of the client, or, without `http`, a request of our own to a mirrored server.
struct HttpSession::Pending {
  enum class Kind : std::uint8_t {
    request,   // waits for its answer
    other,     // a notification or an answer: gets a status
    stream,    // GET
    farewell,  // DELETE
  };
  std::uint64_t number = 0;
  Kind kind = Kind::request;
  std::shared_ptr<httpio::ServerExchange> http;
  mediator::Scope scope = 0;
  std::string id_key;
  std::string token;  // of progress, JSON text
  bool modern = false, initializes = false;
  bool answered = false;
  bool refused = false;    // its message was answered with an error without an id
  unsigned refusal = 400;  // the status for that
  std::unique_ptr<Mirror> mirror;
  unsigned status = 0;                   // the server's
  std::vector<http::OwnedField> fields;  // of the response
  std::string server_session;            // with which it was sent
  std::optional<httpio::Request> held;   // waits for a session
  std::string initialize;                // a mirrored initialize: its text, until the server's transport is known
  bool open() const { return http != nullptr && !http->closed() && !http->complete(); }
};

// An exchange with the server that mirrors one of the client's.
class HttpSession::Mirror final : public RemoteExchange::Handler {
 public:
  Mirror(HttpSession& session, std::uint64_t number, Remote& remote, httpio::Request request)
      : session_(session), number_(number), exchange_(remote, std::move(request), *this) {}
  void pause() { exchange_.pause(); }
  void resume() { exchange_.resume(); }

  void on_head(RemoteExchange& exchange, const http::ResponseHead& head, RemoteExchange::Content content) override;
  void on_message(RemoteExchange& exchange, std::string_view text, const http::SseEvent* event) override;
  void on_event(RemoteExchange& exchange, const http::SseEvent& event) override;
  void on_comment(RemoteExchange& exchange, std::string_view comment) override;
  void on_end(RemoteExchange& exchange, const ExchangeEnd& end) override;
  bool resumable() const { return !exchange_.last_event_id().empty(); }

 private:
  HttpSession& session_;
  const std::uint64_t number_;
  RemoteExchange exchange_;
};

// One input of a turn and what belongs to what comes of it.
struct HttpSession::Entry {
  enum class Kind : std::uint8_t {
    client,   // a client's message
    message,  // of the server
    block,    // an event without a message, a comment: `text` is written as it is
    end,      // of a mirrored exchange
    other,    // time, policy
  };
  explicit Entry(Kind what, std::uint64_t exchange = 0) : kind(what), number(exchange) {}
  Kind kind;
  std::uint64_t number;  // the exchange; 0: none
  std::optional<std::string> event_id;
  std::optional<std::uint64_t> retry;
  std::string text;
  std::shared_ptr<const ExchangeEnd> ended;
};

template <class F>
bool HttpSession::attempt(Entry& entry, F&& f) {
  entries_.push_back(std::move(entry));
  session().set_tag(entries_.size());
  const bool done = f();
  if (!done) {
    entry = std::move(entries_.back());
    entries_.pop_back();
  }
  return done;
}

template <class F>
bool HttpSession::try_now(Entry& entry, F&& f) {
  if (parts_.desk.busy()) return false;
  parts_.desk.touch(*this);
  return attempt(entry, f);
}

template <class F>
void HttpSession::give_later(Entry entry, F f) {
  parts_.desk.later(*this, [this, entry = std::move(entry), f = std::move(f)]() mutable { return attempt(entry, f); });
}

template <class F>
void HttpSession::give(Entry entry, F f) {
  if (!try_now(entry, f)) give_later(std::move(entry), std::move(f));
}

inline constexpr std::string_view json_type = "application/json";

}  // namespace proxy
