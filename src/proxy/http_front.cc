// See the header. Fetching of the metadata documents: http_metadata.cc.
#include "proxy/http_front.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mcp/errors.h"
#include "proxy/http_front_impl.h"
#include "transport/mirrors.h"
#include "transport/session_id.h"

namespace proxy {
namespace {

constexpr base::Duration sweep_every = std::chrono::seconds(5);
constexpr int max_notes = 10;  // of refusals, a second

// A notification that says of no older revision: 2026-07-28 has none over HTTP. The Go SDK's client all the same sends
// notifications/cancelled beside closing the stream, without a field, and gives up the server if it is refused.
bool is_idle_note(const http::RequestHead& head, const mediator::Inbox& read) {
  if (!read.is_message() || read.message().kind != mcp::Kind::notification) return false;
  const auto version = head.fields.find("MCP-Protocol-Version");
  return !version || *version >= std::string_view("2026-07-28");
}

// What was sent without an id and is no notification wants work done that nobody could be told the end of. It reaches
// no session here, so that it is refused and recorded here.
std::string why_no_note(const mcp::Message& m) {
  if (m.method != nullptr ? m.method->notification : m.method_name.starts_with("notifications/")) return {};
  return base::printable(m.method_name, 60) + " is a request and needs an \"id\"";
}

std::string key_of(const std::optional<base::Digest>& credential) {
  return credential ? base::to_hex(*credential) : std::string();
}

// The value of `name` in a query; "" if it is not there.
std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
  }
  return {};
}

const json::Budget client_budget;

}  // namespace

HttpFront::HttpFront(Options options)
    : options_(std::move(options)), parts_(options_.parts), sweep_timer_(parts_.desk.loop(), [this] { sweep(); }) {
  options_.caller.local_host = options_.local_host;
  if (parts_.session_counts == nullptr) parts_.session_counts = std::make_shared<net::SharedCounts>();
  sweep_timer_.after(sweep_every);
}

HttpFront::~HttpFront() { *alive_ = false; }

std::uint64_t HttpFront::on_head(const std::shared_ptr<httpio::ServerExchange>& exchange) {
  transport::Caller caller = options_.caller;
  caller.is_tls = exchange->is_tls();
  caller.peer_is_loopback = exchange->peer().is_loopback();
  auto admission = std::make_shared<transport::Admission>(options_.guard.judge(exchange->head(), caller));
  if (!admission->fields.empty()) exchange->add_fields(std::move(admission->fields));
  if (!admission->served()) {
    if (admission->status < 300) {
      exchange->respond(admission->status, {}, {});
    } else {
      note_refusal(admission->status, exchange->peer().text(), admission->reason);
      respond_error(*exchange, admission->status, admission->reason);
    }
    return 0;
  }
  exchange->attached = std::move(admission);
  return parts_.limits.max_body;
}

void HttpFront::on_refused(const net::SocketAddress& peer, unsigned status, std::string_view reason) {
  note_refusal(status, peer.text(), reason);
}

void HttpFront::note_refusal(unsigned status, std::string_view who, std::string_view reason) {
  const base::BootTime now = parts_.clock.boot();
  if (now - note_second_ >= std::chrono::seconds(1)) {
    note_second_ = now;
    notes_ = 0;
  }
  if (++notes_ > max_notes) return;
  const std::string what =
      "refused " + std::string(who) + " (" + std::to_string(status) + "): " + base::printable(reason, 200);
  parts_.desk.note(mediator::Level::warn, what);
  const audit::Field detail = audit::Field::text_of("detail", what);
  parts_.process.event(parts_.desk.record_now(), "http_refused", {&detail, 1});
}

void HttpFront::on_request(const std::shared_ptr<httpio::ServerExchange>& exchange) {
  used_ = true;
  tidy_ = false;
  const auto admission = std::static_pointer_cast<transport::Admission>(exchange->attached);
  if (draining_) return respond_error(*exchange, 503, "the listener is stopping");
  const http::RequestHead& head = exchange->head();
  switch (admission->route) {
    case transport::Route::endpoint:
      if (head.method == http::Method::post) return post(exchange, *admission);
      return with_session(exchange, *admission);
    case transport::Route::sse:
      return older_stream(exchange, *admission);
    case transport::Route::message: {
      const std::string_view id = query_value(head.query, "sessionId");
      if (belongs_elsewhere(exchange, id)) return;
      HttpSession* session = find_session(*exchange, *admission, id);
      if (session == nullptr) return;
      auto read = std::make_unique<mediator::Inbox>();
      read->read(exchange->body(), client_budget);
      return session->post(exchange, read);
    }
    case transport::Route::protected_resource:
    case transport::Route::authorization_server:
      return fetch_metadata(exchange, *admission);
    case transport::Route::none:
      return respond_error(*exchange, 404, "nothing is served here");
  }
}

void HttpFront::post(const std::shared_ptr<httpio::ServerExchange>& exchange, const transport::Admission& admission) {
  const auto id = exchange->head().fields.find("Mcp-Session-Id");
  if (id && belongs_elsewhere(exchange, *id)) return;
  if (inbox_ == nullptr) inbox_ = std::make_unique<mediator::Inbox>();
  inbox_->read(exchange->body(), client_budget);
  const mediator::Inbox& read = *inbox_;
  if (read.is_blank()) return respond_error(*exchange, 400, "a POST carries one JSON-RPC message");
  const bool begins = read.is_request() && !read.is_modern() && read.message().method_name == "initialize";
  HttpSession* session = nullptr;
  if (read.is_modern()) {
    if (is_shared_elsewhere(exchange, admission)) return;
    session = shared(*exchange, admission);
  } else if (begins) {
    session = begin(*exchange, admission, HttpSession::Client::streamable);
  } else if (id) {
    session = find_session(*exchange, admission, *id);
  } else if (parts_.remote != nullptr && parts_.remote->speaks != Remote::Speaks::sse) {
    if (is_shared_elsewhere(exchange, admission)) return;
    session = shared(*exchange, admission);  // a server without sessions; one with them says what is missing
  } else if (is_idle_note(exchange->head(), read)) {
    const std::string why = why_no_note(read.message());
    if (why.empty()) return exchange->respond(202, {}, {});
    note_refusal(400, exchange->peer().text(), why);
    return respond_error(*exchange, 400, "Message refused: " + why);
  } else if (!read.is_message()) {
    const auto* text = read.text_error();
    const auto* message = read.message_error();
    const std::string why = text != nullptr      ? text->message
                            : message != nullptr ? message->message
                                                 : "it is no message";
    note_refusal(400, exchange->peer().text(), why);
    return respond_error(*exchange, 400, "Message refused: " + why);
  } else {
    return respond_error(*exchange, 400, "Mcp-Session-Id is missing: a session begins with initialize");
  }
  if (session == nullptr) return;
  if (read.is_message()) {
    const tools::ParamHeaders* params = nullptr;
    if (!parts_.desk.busy() && read.is_modern()) {
      const tools::Definition* tool = session->session().known_tool(mcp::target_name(read.message()));
      if (tool != nullptr) params = &tool->param_headers();
    }
    if (const auto fault = transport::check_mirrors(exchange->head().fields, read.message(), params)) {
      return session->refuse(exchange, inbox_, fault->code, fault->reason, 400);
    }
  }
  session->post(exchange, inbox_);
}

// Unknown, over, or another credential's: all the same to who asks.
HttpSession* HttpFront::find_session(httpio::ServerExchange& exchange, const transport::Admission& admission,
                                     std::string_view id) {
  const auto it = by_id_.find(std::string(id));
  if (it == by_id_.end() || it->second->is_over() ||
      !transport::same_credential(it->second->credential(), admission.credential)) {
    respond_error(exchange, 404,
                  "there is no such session: it is over, or was never yours; begin a new one with initialize");
    return nullptr;
  }
  return it->second;
}

bool HttpFront::linked(HttpSession::Client client) const {
  if (parts_.remote == nullptr || client == HttpSession::Client::older) return true;
  return parts_.remote->speaks == Remote::Speaks::sse;
}

HttpSession* HttpFront::begin(httpio::ServerExchange& exchange, const transport::Admission& admission,
                              HttpSession::Client client) {
  const std::string key = key_of(admission.credential);
  const FrontLimits& limits = parts_.limits;
  const auto taken = parts_.session_counts->take(key, limits.max_sessions, limits.max_sessions_per_identity);
  if (taken != net::SharedCounts::Taken::yes) {
    const bool all = taken == net::SharedCounts::Taken::too_many;
    const std::string why = all ? "too many sessions are open" : "too many sessions of this caller are open";
    note_refusal(all ? 503 : 429, exchange.peer().text(), why);
    exchange.add_fields({{"Retry-After", "10"}});
    respond_error(exchange, all ? 503 : 429, why);
    return nullptr;
  }
  auto made = std::make_unique<HttpSession>(parts_, *this, client, make_id(client), admission.credential);
  if (linked(client)) {
    if (const auto started = made->start_link(); !started) {
      parts_.session_counts->give_back(key);
      parts_.desk.note(mediator::Level::error, "a server could not be started: " + started.error().message);
      respond_error(exchange, 503, "the server cannot be started: " + started.error().message);
      return nullptr;
    }
  }
  HttpSession& session = *made;
  all_.emplace(&session, std::move(made));
  if (linked(client) && client != HttpSession::Client::shared) session_begins(session);
  return &session;
}

std::string HttpFront::make_id(HttpSession::Client client) {
  if (client == HttpSession::Client::shared) return {};
  if (parts_.neighbours == nullptr) return transport::make_session_id(parts_.random);
  return transport::make_session_id(parts_.random, parts_.neighbours->own());
}

// True if the session is another loop's, which has the request then.
bool HttpFront::belongs_elsewhere(const std::shared_ptr<httpio::ServerExchange>& exchange,
                                  std::string_view session_id) {
  Neighbours* all = parts_.neighbours;
  if (all == nullptr) return false;
  const auto id = transport::parse_session_id(session_id);
  if (!id || !id->loop || *id->loop == all->own() || *id->loop >= all->count()) return false;
  all->hand_over(*id->loop, exchange);
  return true;
}

// The same for what has no session: a credential's exchanges share one, and so one loop.
bool HttpFront::is_shared_elsewhere(const std::shared_ptr<httpio::ServerExchange>& exchange,
                                    const transport::Admission& admission) {
  Neighbours* all = parts_.neighbours;
  if (all == nullptr) return false;
  const unsigned home = admission.credential ? unsigned{(*admission.credential)[0]} % all->count() : 0;
  if (home == all->own()) return false;
  all->hand_over(home, exchange);
  return true;
}

HttpSession* HttpFront::shared(httpio::ServerExchange& exchange, const transport::Admission& admission) {
  const std::string key = key_of(admission.credential);
  const auto it = shared_.find(key);
  if (it != shared_.end() && !it->second->is_over()) return it->second;
  HttpSession* session = begin(exchange, admission, HttpSession::Client::shared);
  if (session != nullptr) shared_[key] = session;
  return session;
}

void HttpFront::older_stream(const std::shared_ptr<httpio::ServerExchange>& exchange,
                             const transport::Admission& admission) {
  HttpSession* session = begin(*exchange, admission, HttpSession::Client::older);
  if (session != nullptr) session->open_older(exchange, parts_.message_path + "?sessionId=" + session->id());
}

// GET and DELETE.
void HttpFront::with_session(const std::shared_ptr<httpio::ServerExchange>& exchange,
                             const transport::Admission& admission) {
  const http::RequestHead& head = exchange->head();
  const auto id = head.fields.find("Mcp-Session-Id");
  const bool older = parts_.endpoint_streams == EndpointStreams::older ||
                     (parts_.endpoint_streams == EndpointStreams::by_server &&
                      (parts_.remote == nullptr || parts_.remote->speaks != Remote::Speaks::streamable));
  if (!id && older && head.method == http::Method::get) return older_stream(exchange, admission);
  HttpSession* session = nullptr;
  if (id) {
    if (belongs_elsewhere(exchange, *id)) return;
    session = find_session(*exchange, admission, *id);
  } else if (parts_.remote != nullptr && parts_.remote->speaks != Remote::Speaks::sse) {
    if (is_shared_elsewhere(exchange, admission)) return;
    session = shared(*exchange, admission);
  } else {
    return respond_error(*exchange, 400, "Mcp-Session-Id is missing: a session begins with initialize");
  }
  if (session == nullptr) return;
  if (head.method == http::Method::delete_) return session->del(exchange);
  session->get(exchange);
}

void HttpFront::session_begins(HttpSession& session) { by_id_.insert_or_assign(session.id(), &session); }

void HttpFront::session_over(HttpSession& session) {
  by_id_.erase(session.id());
  std::erase_if(shared_, [&](const auto& entry) { return entry.second == &session; });
  parts_.desk.loop().post([this, alive = alive_, gone = &session] {
    if (!*alive) return;
    const auto it = all_.find(gone);
    if (it == all_.end()) return;
    parts_.session_counts->give_back(key_of(gone->credential()));
    const mediator::Counts counts = gone->session().counts();
    over_.calls += counts.calls;
    over_.denied += counts.denied;
    all_.erase(it);
    if (all_.empty() && ended_) std::exchange(ended_, nullptr)();
  });
}

// Sessions that have done nothing for long are ended.
void HttpFront::sweep() {
  const base::BootTime now = parts_.clock.boot();
  for (const auto& [session, owned] : all_) {
    const auto since = session->idle_since();
    if (since && !session->is_over() && now - *since >= parts_.limits.session_idle)
      session->end("has done nothing for long");
  }
  tidy_memory();
  sweep_timer_.after(sweep_every);
}

// Once after use, when nobody has asked for anything for a while.
void HttpFront::tidy_memory() {
  if (std::exchange(used_, false) || std::exchange(tidy_, true)) return;
  net::release_free_memory();
}

void HttpFront::drain() {
  draining_ = true;
  for (const auto& [session, owned] : all_) session->end_streams();
}

bool HttpFront::is_busy() const {
  return std::ranges::any_of(all_, [](const auto& entry) { return entry.first->has_requests(); });
}

mediator::Counts HttpFront::counts() const {
  mediator::Counts sum = over_;
  for (const auto& [session, owned] : all_) {
    sum.calls += session->session().counts().calls;
    sum.denied += session->session().counts().denied;
  }
  return sum;
}

void HttpFront::end(std::string_view why, std::function<void()> done) {
  draining_ = true;
  if (all_.empty()) return parts_.desk.loop().post(std::move(done));
  ended_ = std::move(done);
  for (const auto& [session, owned] : all_) session->end(why);
}

}  // namespace proxy
