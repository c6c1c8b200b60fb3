// The way of the mediator's lines to the client's exchanges, at the end of a turn.
#include <algorithm>
#include <utility>

#include "http/sse.h"
#include "http/writer.h"
#include "json/document.h"
#include "proxy/http_session_impl.h"
#include "transport/status.h"

namespace proxy {
namespace {

constexpr std::size_t max_waiting_events = 1'000;

unsigned status_for(std::string_view answer, bool own, bool modern) {
  if (!answer.contains("\"error\"")) return 200;
  json::Document document;
  if (!document.read(answer, json::Profile::tolerant)) return 200;
  const int code = transport::error_code_of(document.root());
  return own ? transport::status_of_own(code, modern) : transport::status_of_servers(code, modern);
}

}  // namespace

void HttpSession::write_out(mediator::Output& out) {
  // Inputs and what came of them, in their order. Lines of no input (a new policy, time) come last.
  std::size_t at = 0, next = 0, sent_at = 0, sent_next = 0;
  for (std::size_t i = 0; i <= entries_.size(); ++i) {
    const Entry* entry = i < entries_.size() ? &entries_[i] : nullptr;
    const auto is_its = [&](const mediator::Line& mark) { return entry == nullptr || mark.tag <= i + 1; };
    bool used = false, sent = false;
    for (; next < out.client_lines.size() && is_its(out.client_lines[next]); ++next) {
      const mediator::Line& mark = out.client_lines[next];
      deliver(entry, std::string_view(out.to_client).substr(at, mark.end - at - 1), mark, used);
      at = mark.end;
    }
    for (; sent_next < out.server_lines.size() && is_its(out.server_lines[sent_next]); ++sent_next) {
      const mediator::Line& mark = out.server_lines[sent_next];
      const std::string_view line = std::string_view(out.to_server).substr(sent_at, mark.end - sent_at - 1);
      sent_at = mark.end;
      sent = true;
      if (link_ == nullptr) {
        send_mirrored(entry, line, mark);
        continue;
      }
      if (Pending* p = mark.progress_token_text.empty() ? nullptr : find_call(mark.scope, mark.id_key); p != nullptr) {
        p->token = mark.progress_token_text;
        by_token_.insert_or_assign(p->token, p->number);
      }
      link_->send(outgoing(line, mark, session()).message);
    }
    if (entry != nullptr) end_entry(*entry, used, sent);
  }
  entries_.clear();
}

// Where a line goes: an answer to who asked; what the server says of itself to the exchange that brought it; the rest
// to a stream.
void HttpSession::deliver(const Entry* entry, std::string_view text, const mediator::Line& mark, bool& used) {
  if (client_ == Client::older) return unsolicited(text, mark);
  Pending* brought = entry == nullptr ? nullptr : find(entry->number);
  if (mark.what == mediator::Line::What::answer && !mark.id_key.empty()) {
    Pending* asked = find_call(mark.scope, mark.id_key);
    if (asked != nullptr && asked->answered) return;  // once
    if (asked != nullptr && asked->open()) {
      used = used || asked == brought;
      return answer(*asked, entry, text, mark);
    }
    if (asked == nullptr && mark.own && entry != nullptr && entry->kind == Entry::Kind::client) {
      return refuse_unread(brought, text, used);
    }
    // Its exchange is gone; a stream that resumes it may have brought it.
    if (asked != nullptr) remove(*asked);
    if (brought == asked) brought = nullptr;
    if (brought != nullptr && brought->kind == Pending::Kind::stream) {
      used = true;
      return write_event(*brought, entry, text);
    }
    return;
  }
  if (mark.what == mediator::Line::What::answer) return refuse_unread(brought, text, used);
  if (link_ == nullptr && brought != nullptr && brought->open() && !mark.own) {
    used = true;
    return write_event(*brought, entry, text);
  }
  unsolicited(text, mark);
}

// The answer to what could not be read, which has no id, or one that belongs to no exchange.
void HttpSession::refuse_unread(Pending* brought, std::string_view text, bool& used) {
  if (brought == nullptr || !brought->open()) return;
  used = true;
  brought->answered = brought->refused = true;
  brought->http->respond(brought->refusal, json_type, text);
}

void HttpSession::answer(Pending& p, const Entry* entry, std::string_view text, const mediator::Line& mark) {
  p.answered = true;
  if (p.http->started()) {
    write_event(p, mark.own ? nullptr : entry, text);
    if (p.mirror != nullptr && !mark.own) return;  // the server ends its stream, then ours ends
    p.http->end_events();
  } else {
    unsigned status = p.status;
    if (status == 0 || (mark.own && status < 300)) status = status_for(text, mark.own, p.modern);
    p.http->respond(status, json_type, text, http::views(p.fields));
  }
  if (p.mirror == nullptr) remove(p);
}

// One message, with what the server's event said of it.
void HttpSession::write_event(Pending& p, const Entry* entry, std::string_view text) {
  if (!p.open()) return;
  if (!p.http->started()) p.http->start_events(http::views(p.fields));
  http::SseEvent event;
  event.event = "message";
  event.data = text;
  if (entry != nullptr && entry->kind == Entry::Kind::message) {
    if (entry->event_id) event.id = *entry->event_id;
    event.retry = entry->retry;
  }
  std::string block;
  if (!http::write_sse(block, event)) return;
  p.http->write_events(block);
  if (p.mirror != nullptr && p.http->queued() > parts_.limits.high_water) {
    p.mirror->pause();
    p.http->on_drained([this, alive = alive_, number = p.number] {
      if (!*alive) return;
      if (Pending* drained = find(number); drained != nullptr && drained->mirror != nullptr) drained->mirror->resume();
    });
  }
}

// The exchange that a message of the server belongs to, if it does not say so itself.
HttpSession::Pending* HttpSession::place_for(const mediator::Line& mark) {
  if (const auto it = by_token_.find(mark.progress_token_text);
      mark.method_name == "notifications/progress" && it != by_token_.end()) {
    if (Pending* p = find(it->second); p != nullptr && p->open()) return p;
  }
  if (mark.scope != 0) {
    Pending* p = find(mark.scope);
    return p != nullptr && p->open() ? p : nullptr;
  }
  for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
    if (Pending* p = find(*it); p != nullptr && p->open()) return p;
  }
  if (client_ != Client::streamable) return nullptr;
  // No stream: the newest request that waits carries it (it may be what the server asks because of it).
  Pending* newest = nullptr;
  for (const auto& [number, p] : pending_) {
    const bool waits = p->kind == Pending::Kind::request && p->open() && !p->answered && !p->initializes;
    if (waits && (newest == nullptr || number > newest->number)) newest = p.get();
  }
  return newest;
}

void HttpSession::unsolicited(std::string_view text, const mediator::Line& mark) {
  if (Pending* p = place_for(mark); p != nullptr) return write_event(*p, nullptr, text);
  if (client_ != Client::streamable || link_ == nullptr) return;
  if (waiting_.size() >= max_waiting_events || waiting_bytes_ + text.size() > parts_.limits.max_waiting_bytes) {
    parts_.desk.note(mediator::Level::warn,
                     label_ + "a message of the server was dropped: the client has no stream open");
    return;
  }
  waiting_bytes_ += text.size();
  waiting_.emplace_back(text);
}

void HttpSession::flush_waiting(Pending& stream) {
  for (const std::string& text : std::exchange(waiting_, {})) write_event(stream, nullptr, text);
  waiting_bytes_ = 0;
}

// All lines of an input have gone their way; what is left to do for it.
void HttpSession::end_entry(const Entry& entry, bool used, bool sent) {
  Pending* p = find(entry.number);
  if (p == nullptr) return;
  switch (entry.kind) {
    case Entry::Kind::client:
      if (client_ == Client::older) return remove(*p);  // it has its 202; what comes of it comes on the stream
      // A notification or an answer: taken, whatever the policy did with it, unless the server's status is to come.
      if (p->kind != Pending::Kind::other || p->mirror != nullptr || p->held) return;
      if (!p->refused) p->http->respond(p->status == 0 || sent ? 202 : p->status, {}, {});
      return remove(*p);
    case Entry::Kind::message:
      // Nothing of it may be seen; a client that resumes must not get it again.
      if (used || !entry.event_id || !p->open() || !p->http->started()) return;
      [[fallthrough]];
    case Entry::Kind::block: {
      if (!p->open()) return;
      if (entry.kind == Entry::Kind::block) {
        if (p->http->started()) p->http->write_events(entry.text);
        return;
      }
      std::string block;
      http::SseEvent shown;
      shown.id = *entry.event_id;
      shown.retry = entry.retry;
      if (http::write_sse(block, shown)) p->http->write_events(block);
      return;
    }
    case Entry::Kind::end:
      if (p->mirror != nullptr) finish_mirror(*p, *entry.ended);  // else a link has taken over
      return;
    case Entry::Kind::other:
      return;
  }
}

}  // namespace proxy
