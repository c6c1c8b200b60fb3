// What clients ask of a session, and its life.
#include "proxy/http_session.h"

#include <algorithm>
#include <utility>

#include "http/sse.h"
#include "proxy/http_session_impl.h"
#include "transport/status.h"

namespace proxy {
namespace {

constexpr base::Duration farewell = std::chrono::seconds(1);

}  // namespace

HttpSession::HttpSession(const FrontParts& parts, Owner& owner, Client client, std::string id,
                         const std::optional<base::Digest>& credential)
    : ServerInputs(parts.desk, *this),
      parts_(parts),
      owner_(owner),
      client_(client),
      id_(std::move(id)),
      credential_(credential),
      made_(parts.sessions.make(parts.identity, client == Client::shared)),
      label_("session " + made_->name.substr(0, 6) + ": "),
      numbers_(parts.numbers),
      last_use_(parts.clock.boot()) {
  parts.desk.join(*this);
}

HttpSession::~HttpSession() {
  *alive_ = false;
  parts_.desk.leave(*this);
}

base::Result<void> HttpSession::start_link() {
  auto link = parts_.make_link(*this, client_ == Client::shared);
  if (!link) return std::unexpected(link.error());
  link_ = std::move(*link);
  return {};
}

HttpSession::Pending& HttpSession::add(std::shared_ptr<httpio::ServerExchange> http) {
  last_use_ = parts_.clock.boot();
  auto pending = std::make_unique<Pending>();
  pending->number = ++numbers_;
  pending->http = std::move(http);
  if (pending->http != nullptr) {
    pending->http->on_closed([this, alive = alive_, number = pending->number] {
      if (*alive) client_gone(number);
    });
  }
  return *pending_.emplace(pending->number, std::move(pending)).first->second;
}

HttpSession::Pending* HttpSession::find(std::uint64_t number) {
  const auto it = pending_.find(number);
  return it == pending_.end() ? nullptr : it->second.get();
}

// A scope of its own is the exchange's number, and has one request.
HttpSession::Pending* HttpSession::find_call(mediator::Scope scope, const std::string& id_key) {
  if (scope != 0) {
    Pending* p = find(scope);
    return p != nullptr && p->kind == Pending::Kind::request && p->id_key == id_key ? p : nullptr;
  }
  const auto it = by_call_.find(id_key);
  return it == by_call_.end() ? nullptr : find(it->second);
}

void HttpSession::remove(Pending& pending) {
  const std::uint64_t number = pending.number;
  if (!pending.token.empty()) by_token_.erase(pending.token);
  if (pending.scope == 0 && !pending.id_key.empty()) {
    if (const auto it = by_call_.find(pending.id_key); it != by_call_.end() && it->second == number) by_call_.erase(it);
  }
  if (!streams_.empty()) std::erase(streams_, number);
  last_use_ = parts_.clock.boot();
  pending_.erase(number);
}

// What post() and refuse() know of a POST.
HttpSession::Pending& HttpSession::receive(std::shared_ptr<httpio::ServerExchange> http, const mediator::Inbox& read) {
  Pending& p = add(std::move(http));
  p.kind = read.is_request() ? Pending::Kind::request : Pending::Kind::other;
  p.scope = client_ == Client::shared ? p.number : 0;
  p.modern = read.is_modern();
  if (!read.is_request()) return p;
  p.id_key = read.message().id.key;
  if (p.scope != 0) return p;
  // An id that is in flight is refused by the mediator; the exchange that has it keeps it, until it is answered.
  const auto [it, added] = by_call_.try_emplace(p.id_key, p.number);
  if (!added) {
    const Pending* owner = find(it->second);
    if (owner == nullptr || owner->answered) it->second = p.number;
  }
  return p;
}

void HttpSession::post(std::shared_ptr<httpio::ServerExchange> http, std::unique_ptr<mediator::Inbox>& read) {
  Pending& p = receive(http, *read);
  if (read->is_request()) {
    p.initializes = read->message().method_name == "initialize";
    if (p.initializes && link_ != nullptr && client_ == Client::streamable) p.fields.push_back({"Mcp-Session-Id", id_});
    // Nobody closes half a connection and waits: from 2026-07-28 on that gives up, too.
    if (p.modern) {
      http->on_half_closed([this, alive = alive_, number = p.number] {
        if (*alive) client_gone(number);
      });
    }
  }
  // HTTP+SSE: everything that comes of it comes on the stream.
  if (client_ == Client::older) http->respond(202, {}, {});
  const mediator::Scope scope = p.scope;
  Entry entry(Entry::Kind::client, p.number);
  if (try_now(entry, [&] { return session().on_client(*read, scope); })) return;
  give_later(entry, [this, scope, http = std::move(http), kept = std::move(read)] {
    return session().on_client(*kept, scope);
  });
}

void HttpSession::refuse(std::shared_ptr<httpio::ServerExchange> http, std::unique_ptr<mediator::Inbox>& read, int code,
                         std::string reason, unsigned status) {
  Pending& p = receive(http, *read);
  p.status = p.refusal = status;
  give(Entry(Entry::Kind::client, p.number),
       [this, scope = p.scope, http = std::move(http), kept = std::move(read), code, reason = std::move(reason)] {
         session().refuse_client(*kept, scope, code, "wire", reason);
         return true;
       });
}

void HttpSession::get(std::shared_ptr<httpio::ServerExchange> http) {
  if (client_ != Client::shared && streams_.size() >= parts_.limits.max_streams_per_session) {
    return respond_error(*http, 429, "too many streams of this session are open");
  }
  Pending& p = add(std::move(http));
  p.kind = Pending::Kind::stream;
  p.scope = client_ == Client::shared ? p.number : 0;
  streams_.push_back(p.number);
  if (link_ == nullptr) return plain_mirror(p, "GET");
  p.http->start_events();
  flush_waiting(p);
}

void HttpSession::open_older(std::shared_ptr<httpio::ServerExchange> http, std::string_view endpoint) {
  Pending& p = add(std::move(http));
  p.kind = Pending::Kind::stream;
  streams_.push_back(p.number);
  std::string text;
  http::SseEvent event;
  event.event = "endpoint";
  event.data = endpoint;
  if (!http::write_sse(text, event)) return;
  p.http->start_events();
  p.http->write_events(text);
}

void HttpSession::del(std::shared_ptr<httpio::ServerExchange> http) {
  Pending& p = add(std::move(http));
  p.kind = Pending::Kind::farewell;
  if (link_ == nullptr) return plain_mirror(p, "DELETE");
  p.http->respond(200, {}, {});
  remove(p);
  end("ended by the client");
}

// Before 2026-07-28 the client may come back for the answer: only from then on its going means that it gives up.
void HttpSession::client_gone(std::uint64_t number) {
  Pending* p = find(number);
  if (p == nullptr) return;
  last_use_ = parts_.clock.boot();
  if (client_ == Client::older && p->kind == Pending::Kind::stream) return end("the client has closed its stream");
  if (p->kind == Pending::Kind::stream || p->kind == Pending::Kind::farewell) return remove(*p);
  if (p->kind != Pending::Kind::request || !p->modern) {
    if (link_ != nullptr && p->kind == Pending::Kind::other) remove(*p);
    return;
  }
  give(Entry(Entry::Kind::other, 0), [this, number] {
    Pending* gone = find(number);
    if (gone == nullptr) return true;
    const bool by_message = link_ != nullptr && link_->cancels_by_message();
    const bool sent = session().on_client_gone(gone->scope, gone->id_key, by_message);
    if (sent && link_ != nullptr) link_->give_up(gone->scope, gone->id_key);
    gone->http->abort();  // it may have closed its half only
    remove(*gone);
    return true;
  });
}

void HttpSession::on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status,
                                   std::string body) {
  give(Entry(Entry::Kind::other), [this, scope, id_key, status, body = std::move(body)] {
    if (Pending* p = find_call(scope, id_key)) p->status = status;
    return session().on_status(scope, id_key, status, body);
  });
}

void HttpSession::on_server_gone(std::string how, std::uint64_t written) {
  give(Entry(Entry::Kind::other), [this, written, how = std::move(how)] {
    over_ = true;
    why_ = "server " + how;
    session().on_server_gone(how, written);
    return true;
  });
}

// What is still open is told why, in the turn in which the mediator has settled what was in flight.
void HttpSession::end(std::string_view why) {
  if (std::exchange(ending_, true)) return;
  why_ = why;
  give(Entry(Entry::Kind::other), [this, how = std::string(why)] {
    over_ = true;
    session().on_server_gone(how, UINT64_MAX);
    session().on_end(UINT64_MAX);
    return true;
  });
}

void HttpSession::end_streams() {
  for (const std::uint64_t number : std::vector(streams_)) {
    Pending* p = find(number);
    if (p == nullptr || client_ == Client::older) continue;
    p->http->end_events();
    remove(*p);
  }
}

// A cancelled one may never be answered: nobody waits for it.
bool HttpSession::has_requests() {
  if (!parts_.desk.busy() && session().in_flight() == 0) return false;
  return std::ranges::any_of(pending_, [](const auto& entry) {
    return entry.second->kind == Pending::Kind::request && entry.second->open() && !entry.second->answered;
  });
}

// initialize came to an error: nobody knows this session.
bool HttpSession::failed_to_begin() const {
  return client_ == Client::streamable && link_ == nullptr && !begun_ && pending_.empty() && !parts_.desk.busy();
}

std::optional<base::BootTime> HttpSession::idle_since() const {
  // What is in flight for a client that has gone does not keep the session.
  const bool in_use = std::ranges::any_of(pending_, [](const auto& entry) { return entry.second->open(); });
  if (in_use) return std::nullopt;
  return last_use_;
}

void HttpSession::before_input(mediator::Scope scope) {
  entries_.push_back(Entry(Entry::Kind::message, scope));
  session().set_tag(entries_.size());
}

void HttpSession::after_turn() {
  if (!over_ && failed_to_begin()) end("did not begin");
  if (!over_ || over_told_) return;
  // The answers are written; what is left are streams, and exchanges that nothing can come for.
  std::vector<std::shared_ptr<httpio::ServerExchange>> left;
  for (const auto& [number, p] : pending_) {
    if (p->open()) left.push_back(p->http);
  }
  pending_.clear();
  by_call_.clear();
  by_token_.clear();
  streams_.clear();
  for (const auto& http : left) {
    if (http->started())
      http->end_events();
    else
      respond_error(*http, 404, "the session is over");
  }
  over_told_ = true;
  if (const mediator::Counts counts = session().counts(); counts.calls != 0) {
    made_->recorder.session_end(parts_.desk.record_lazy(), shutdown_of(why_, counts));
  }
  if (link_ == nullptr) return owner_.session_over(*this);
  link_->end(farewell, [this] { owner_.session_over(*this); });
}

void respond_error(httpio::ServerExchange& http, unsigned status, std::string_view message) {
  http.respond(status, json_type, transport::refusal_body(message));
}

}  // namespace proxy
