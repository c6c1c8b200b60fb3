// Mirrored sessions: each exchange of a client has one with the server. Its status, header fields, event ids, comments
// and end are shown; its messages go through the mediator.
#include <memory>
#include <utility>

#include "base/strings.h"
#include "http/sse.h"
#include "json/document.h"
#include "json/writer.h"
#include "proxy/http_session_impl.h"
#include "transport/forward.h"
#include "transport/mirrors.h"

namespace proxy {
namespace {

// An error's JSON, as our writer writes it; "" for what is no JSON object.
std::string rewritten(std::string_view body) {
  json::Document document;
  std::string text;
  if (document.read(body, json::Profile::tolerant) && document.root().is_object()) json::write(text, document.root());
  return text;
}

}  // namespace

void HttpSession::Mirror::on_head(RemoteExchange&, const http::ResponseHead& head, RemoteExchange::Content content) {
  if (Pending* p = session_.find(number_)) session_.take_head(*p, head, content);
}

void HttpSession::Mirror::on_message(RemoteExchange&, std::string_view text, const http::SseEvent* event) {
  Entry entry(Entry::Kind::message, number_);
  if (event != nullptr && event->id) entry.event_id = std::string(*event->id);
  if (event != nullptr) entry.retry = event->retry;
  const Pending* p = session_.find(number_);
  const mediator::Scope scope = p == nullptr ? 0 : p->scope;
  if (session_.try_now(entry, [&] { return session_.session().on_server(text, scope); })) return;
  session_.give_later(std::move(entry), [&session = session_, scope, kept = std::string(text)] {
    return session.session().on_server(kept, scope);
  });
}

// Primers and wishes to reconnect go on. An event of a type that MCP does not know is text that nobody ruled: of it
// only the id does.
void HttpSession::Mirror::on_event(RemoteExchange&, const http::SseEvent& event) {
  Entry entry(Entry::Kind::block, number_);
  http::SseEvent shown;
  shown.id = event.id;
  shown.retry = event.retry;
  if (event.data && event.data->empty()) shown.data = "";
  if (!http::write_sse(entry.text, shown)) return;
  session_.give(std::move(entry), [] { return true; });
}

void HttpSession::Mirror::on_comment(RemoteExchange&, std::string_view comment) {
  Entry entry(Entry::Kind::block, number_);
  http::write_sse_comment(entry.text, comment);
  session_.give(std::move(entry), [] { return true; });
}

void HttpSession::Mirror::on_end(RemoteExchange&, const ExchangeEnd& end) {
  auto ended = std::make_shared<const ExchangeEnd>(end);
  Entry entry(Entry::Kind::end, number_);
  entry.ended = ended;
  session_.give(std::move(entry), [&session = session_, number = number_, ended] {
    Pending* p = session.find(number);
    return p == nullptr || session.mirror_over(*p, *ended);
  });
}

// A request without content: GET for a stream, DELETE.
void HttpSession::plain_mirror(Pending& p, std::string_view method) {
  std::vector<http::OwnedField> fields = transport::to_server(p.http->head().fields, parts_.forward, {}, nullptr);
  start_mirror(p, parts_.remote->request(method, std::move(fields), {}));
}

// Our own request may come before any of the client's has gone on: its first call waits for the list of tools. Then it
// has the fields of that call.
void HttpSession::take_own_fields(const Entry* entry) {
  if (!own_fields_.empty() || entry == nullptr || entry->kind != Entry::Kind::client) return;
  const Pending* asked = find(entry->number);
  if (asked == nullptr || asked->http == nullptr) return;
  own_fields_ = transport::to_server(asked->http->head().fields, parts_.forward, {}, nullptr);
}

void HttpSession::send_mirrored(const Entry* entry, std::string_view text, const mediator::Line& mark) {
  const bool request = mark.what == mediator::Line::What::request;
  Pending* p = request && !mark.own ? find_call(mark.scope, mark.id_key) : nullptr;
  if (!request && !mark.own && entry != nullptr && entry->kind == Entry::Kind::client) p = find(entry->number);
  if (p != nullptr && !p->open()) p = nullptr;
  if (request && !mark.own && p == nullptr) {
    // It was not sent: there is nobody any more whose name it could be sent in.
    return give(Entry(Entry::Kind::other), [this, scope = mark.scope, key = mark.id_key] {
      return session().on_unanswered(scope, key, false, "the client has closed its connection");
    });
  }
  Outgoing out = outgoing(text, mark, session());
  std::vector<http::OwnedField> fields;
  if (p != nullptr) {
    fields = transport::to_server(p->http->head().fields, parts_.forward, out.message.mirrors, out.params);
    if (own_fields_.empty()) own_fields_ = transport::to_server(p->http->head().fields, parts_.forward, {}, nullptr);
  } else {
    take_own_fields(entry);
    fields = own_fields_;
    for (http::OwnedField& mirror : out.message.mirrors) {
      std::erase_if(fields, [&](const http::OwnedField& f) { return http::same_name(f.name, mirror.name); });
      fields.push_back(std::move(mirror));
    }
    p = &add(nullptr);
    p->kind = request ? Pending::Kind::request : Pending::Kind::other;
    p->scope = mark.scope;
    p->id_key = request ? mark.id_key : std::string();
    p->modern = mark.modern;
  }
  // 2026-07-28 knows no resuming.
  if (p->modern)
    std::erase_if(fields, [](const http::OwnedField& f) { return http::same_name(f.name, "Last-Event-ID"); });
  if (client_ == Client::streamable) memory_.remember(out.message);
  if (p->initializes && parts_.remote->speaks == Remote::Speaks::unknown) p->initialize = out.message.text;
  httpio::Request to_send = parts_.remote->request("POST", std::move(fields), std::move(out.message.text));
  if (remaker_ == nullptr) return start_mirror(*p, std::move(to_send));
  p->held = std::move(to_send);
  held_.push_back(p->number);
}

void HttpSession::start_mirror(Pending& p, httpio::Request request) {
  if (!server_session_.empty() && !p.initializes && !p.modern) {
    request.fields.push_back({"Mcp-Session-Id", server_session_});
    p.server_session = server_session_;
  }
  p.mirror = std::make_unique<Mirror>(*this, p.number, *parts_.remote, std::move(request));
}

void HttpSession::take_head(Pending& p, const http::ResponseHead& head, RemoteExchange::Content content) {
  p.status = head.status;
  if (p.http == nullptr) return;
  const bool is_stream = content == RemoteExchange::Content::events;
  if (is_success(head.status)) parts_.remote->speaks = Remote::Speaks::streamable;
  p.fields = transport::to_client(head.fields, is_stream);
  if (p.initializes && is_success(head.status)) {
    if (const auto id = head.fields.find("Mcp-Session-Id"); id && client_ == Client::streamable) {
      server_session_ = *id;
      p.fields.push_back({"Mcp-Session-Id", id_});
      if (!std::exchange(begun_, true)) owner_.session_begins(*this);
    }
  }
  if (is_stream && p.open()) p.http->start_events(http::views(p.fields));
}

// The exchange with the server is over: is its request answered? An input: the mediator may have to answer it.
bool HttpSession::mirror_over(Pending& p, const ExchangeEnd& end) {
  if (is_session_loss(p, end) && parts_.replay_session && remaker_ == nullptr && p.server_session == server_session_) {
    make_session_anew("it answered with HTTP 404 (Not Found)");
    return true;
  }
  // An answered one's id may be another request's by now.
  if (p.kind != Pending::Kind::request || p.answered || !session().is_waiting(p.scope, p.id_key)) return true;
  const bool complete = end.how == ExchangeEnd::How::complete && end.what.empty();
  if (complete && !p.initialize.empty() && may_speak_older(end)) return become_linked(p), true;
  if (complete && !is_success(end.status)) return session().on_status(p.scope, p.id_key, end.status, end.body);
  // Before 2026-07-28 a stream with event ids may end before its answer: the client comes back for it.
  if (p.scope == 0 && !p.modern && p.mirror != nullptr && p.mirror->resumable()) return true;
  const std::string& name = parts_.remote->name();
  const std::string how =
      !end.what.empty() ? "no answer of the server: " + end.what : name + " ended its response without an answer";
  return session().on_unanswered(p.scope, p.id_key, end.sent, how);
}

bool HttpSession::is_session_loss(const Pending& p, const ExchangeEnd& end) const {
  return end.how == ExchangeEnd::How::complete && end.status == 404 && !p.server_session.empty() &&
         client_ == Client::streamable && p.kind != Pending::Kind::farewell;
}

// The server has forgotten the session: what was in flight gets an error, and the session is made again as the client
// had made it. What the client asks meanwhile waits.
void HttpSession::make_session_anew(const std::string& how) {
  session().on_session_lost(how);
  for (const auto& [number, p] : pending_) {
    if (p->kind == Pending::Kind::request) p->status = 0;
  }
  if (memory_.initialize.empty()) return;
  parts_.desk.note(mediator::Level::warn, label_ + "the server has lost the session; it is made anew");
  remaker_ = std::make_unique<SessionRemaker>(*parts_.remote, own_fields_, memory_.steps(),
                                              [this](const SessionRemaker::Made& made) { session_made(made); });
}

void HttpSession::session_made(const SessionRemaker::Made& made) {
  if (made.done) server_session_ = made.session;
  const std::string why = made.why;
  const bool done = made.done;
  remaker_.reset();
  for (const std::uint64_t number : std::exchange(held_, {})) {
    Pending* p = find(number);
    if (p == nullptr || !p->held) continue;
    httpio::Request request = std::move(*std::exchange(p->held, std::nullopt));
    if (done) {
      start_mirror(*p, std::move(request));
    } else if (p->kind == Pending::Kind::request) {
      give(Entry(Entry::Kind::other), [this, scope = p->scope, key = p->id_key, why] {
        return session().on_unanswered(scope, key, false, "the session that it has lost cannot be made anew: " + why);
      });
    } else if (p->open()) {
      respond_error(*p->http, 502, "the session that the server has lost cannot be made anew: " + why);
      remove(*p);
    }
  }
  if (!done) end("has lost the session, and it cannot be made anew: " + why);
}

// The server answered the first POST as one does that only speaks HTTP+SSE: from here on a link finds out.
void HttpSession::become_linked(Pending& p) {
  p.mirror.reset();
  p.status = 0;
  p.fields.clear();
  ToServer message;
  message.text = std::move(p.initialize);
  message.request = true;
  message.scope = p.scope;
  message.id_key = p.id_key;
  message.method = "initialize";
  if (const auto started = start_link(); !started) return;
  p.fields.push_back({"Mcp-Session-Id", id_});
  if (!std::exchange(begun_, true)) owner_.session_begins(*this);
  link_->send(std::move(message));
}

// What the client has not been told by a message is told by the status.
void HttpSession::finish_mirror(Pending& p, const ExchangeEnd& end) {
  const bool lost = is_session_loss(p, end) && !parts_.replay_session && p.server_session == server_session_;
  const bool remade = is_session_loss(p, end) && parts_.replay_session;
  const bool ended = p.kind == Pending::Kind::farewell && (is_success(end.status) || end.status == 404);
  if (p.open()) {
    if (p.http->started()) {
      // A client must not take what was cut off for complete.
      if (end.how == ExchangeEnd::How::complete || p.answered)
        p.http->end_events();
      else
        p.http->abort();
    } else if (end.how != ExchangeEnd::How::complete || !end.what.empty()) {
      respond_error(*p.http, 502, end.what);
    } else if (remade) {
      // A notification, or a stream: the client may send it again to the session that is made anew.
      respond_error(*p.http, 503, "the server has lost the session; it is being made anew");
    } else {
      std::string body;
      if (p.kind != Pending::Kind::request) body = rewritten(end.body);
      p.http->respond(end.status, json_type, body, http::views(p.fields));
    }
  }
  remove(p);
  if (ended) return this->end("ended by the client");
  if (lost) return this->end("has lost the session (HTTP 404)");
}

}  // namespace proxy
