// One session whose client speaks HTTP: its exchanges, and which line of the mediator's output belongs to which of
// them. The server's side is one of two:
//   mirrored   a remote server of Streamable HTTP: each exchange of the client has one of its own with the server,
//   whose
//              status, header fields, event ids and end it shows
//   linked     a ServerLink (a child process; a server of HTTP+SSE; any, for a client of HTTP+SSE): exchanges wait for
//              the lines that belong to them
// A session is a client's (it has an id), or it is shared by all exchanges of one credential (2026-07-28, servers
// without sessions): then each exchange has a scope of its own (mediator/line.h).
//
// What must stay true:
// - Nothing that the server says reaches a client but through the mediator and by a line of its output.
// - An answer goes to the exchange that asked, or to the stream that brought it; never to another.
// - Every exchange comes to an end: an answer, an error, 202, the server's status.
// - Before 2026-07-28 a client that goes does not cancel; from then on it does.
// - Exchanges in flight and what waits for a stream are bounded.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/sha256.h"
#include "httpio/server.h"
#include "mediator/inbox.h"
#include "proxy/http_front_options.h"
#include "proxy/remote.h"
#include "proxy/server_inputs.h"
#include "proxy/session_memory.h"

namespace proxy {

class HttpSession final : public Desk::Member, private ServerInputs {
 public:
  enum class Client : std::uint8_t {
    streamable,  // a session of Streamable HTTP
    older,       // HTTP+SSE: one stream brings everything
    shared,      // no session: many exchanges, each by itself
  };
  // What the owner (HttpFront) hears. Called from the loop, after a turn.
  class Owner {
   public:
    virtual ~Owner() = default;
    // The server has given the session an id, or the older transport's stream is open: it may be found by id().
    virtual void session_begins(HttpSession& session) = 0;
    // It is over, by whatever reason; destroy it in a later turn.
    virtual void session_over(HttpSession& session) = 0;
  };

  HttpSession(const FrontParts& parts, Owner& owner, Client client, std::string id,
              const std::optional<base::Digest>& credential);
  ~HttpSession() override;

  // Linked: makes the server's side. Call once, before anything else.
  base::Result<void> start_link();

  // A client's POST whose body was read. Takes `read` if it must be kept.
  void post(std::shared_ptr<httpio::ServerExchange> http, std::unique_ptr<mediator::Inbox>& read);
  // Refuses it: header fields that contradict it, an era that does not fit.
  void refuse(std::shared_ptr<httpio::ServerExchange> http, std::unique_ptr<mediator::Inbox>& read, int code,
              std::string reason, unsigned status);
  // GET for a stream, DELETE.
  void get(std::shared_ptr<httpio::ServerExchange> http);
  void del(std::shared_ptr<httpio::ServerExchange> http);
  // The stream of an HTTP+SSE client: begins with the event that names where to POST.
  void open_older(std::shared_ptr<httpio::ServerExchange> http, std::string_view endpoint);

  // Ends the client's streams; requests go on.
  void end_streams();
  bool has_requests();
  // Ends it: settles what is in flight; streams are ended, exchanges that wait get an error.
  void end(std::string_view why);

  const std::string& id() const { return id_; }
  const std::optional<base::Digest>& credential() const { return credential_; }
  Client client() const { return client_; }
  // Or about to be: nothing more is taken.
  bool is_over() const { return over_ || ending_; }
  // Since when nothing was asked and no stream was open; nothing while something is.
  std::optional<base::BootTime> idle_since() const;
  mediator::Session& session() override { return made_->session; }

 private:
  struct Pending;
  class Mirror;
  struct Entry;

  // Desk::Member
  void write_out(mediator::Output& out) override;
  void after_turn() override;
  std::string_view label() const override { return label_; }
  // ServerInputs
  void before_input(mediator::Scope scope) override;
  void on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status, std::string body) override;
  void on_server_gone(std::string how, std::uint64_t written) override;

  // http_session.cc
  Pending& add(std::shared_ptr<httpio::ServerExchange> http);
  Pending* find(std::uint64_t number);
  Pending* find_call(mediator::Scope scope, const std::string& id_key);
  void remove(Pending& pending);
  void client_gone(std::uint64_t number);
  // The input `f`, now: true if it was taken, and `entry` with it. For give(), and where a copy is made only if it was
  // not.
  template <class F>
  bool try_now(Entry& entry, F&& f);
  template <class F>
  bool attempt(Entry& entry, F&& f);
  // Now, or in its turn.
  template <class F>
  void give(Entry entry, F f);
  template <class F>
  void give_later(Entry entry, F f);
  Pending& receive(std::shared_ptr<httpio::ServerExchange> http, const mediator::Inbox& read);
  // http_session_out.cc: lines to the client
  void deliver(const Entry* entry, std::string_view text, const mediator::Line& mark, bool& used);
  void refuse_unread(Pending* brought, std::string_view text, bool& used);
  void answer(Pending& pending, const Entry* entry, std::string_view text, const mediator::Line& mark);
  void unsolicited(std::string_view text, const mediator::Line& mark);
  Pending* place_for(const mediator::Line& mark);
  void write_event(Pending& pending, const Entry* entry, std::string_view text);
  void end_entry(const Entry& entry, bool used, bool sent);
  void flush_waiting(Pending& stream);
  // http_session_mirror.cc: the server's side, mirrored
  void take_own_fields(const Entry* entry);
  void send_mirrored(const Entry* entry, std::string_view text, const mediator::Line& mark);
  void start_mirror(Pending& pending, httpio::Request request);
  bool mirror_over(Pending& pending, const ExchangeEnd& end);
  bool is_session_loss(const Pending& pending, const ExchangeEnd& end) const;
  void make_session_anew(const std::string& how);
  void session_made(const SessionRemaker::Made& made);
  void finish_mirror(Pending& pending, const ExchangeEnd& end);
  void take_head(Pending& pending, const http::ResponseHead& head, RemoteExchange::Content content);
  void plain_mirror(Pending& pending, std::string_view method);
  void become_linked(Pending& pending);

  const FrontParts& parts_;
  Owner& owner_;
  const Client client_;
  const std::string id_;
  const std::optional<base::Digest> credential_;
  std::unique_ptr<ServerLink> link_;  // linked; null: mirrored
  std::string server_session_;        // mirrored: the server's Mcp-Session-Id
  SessionMemory memory_;              // mirrored: for a session that the server forgets
  std::unique_ptr<SessionRemaker> remaker_;
  std::deque<std::uint64_t> held_;            // exchanges whose requests wait for it
  std::vector<http::OwnedField> own_fields_;  // mirrored: for requests of our own (tools/list)

  const std::unique_ptr<SessionMaker::Made> made_;
  std::string label_;
  std::string why_;         // it is over
  std::uint64_t& numbers_;  // of exchanges: one sequence for all sessions of the front
  std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
  std::unordered_map<std::string, std::uint64_t> by_call_, by_token_;
  std::vector<std::uint64_t> streams_;  // of the client, open; the newest last
  std::vector<Entry> entries_;          // inputs of this turn, by tag - 1
  std::deque<std::string> waiting_;     // events for a stream that is not open yet
  std::size_t waiting_bytes_ = 0;
  base::BootTime last_use_{};
  bool begun_ = false, over_ = false, over_told_ = false, ending_ = false;
  bool failed_to_begin() const;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Answers with a JSON-RPC error that has no id.
void respond_error(httpio::ServerExchange& http, unsigned status, std::string_view message);

}  // namespace proxy
