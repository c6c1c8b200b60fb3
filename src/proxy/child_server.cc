// See the header. The end follows StdioSession's: the ladder says what is due, then what is left of the group goes.
#include "proxy/child_server.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/strings.h"

namespace proxy {
namespace {

constexpr base::Duration group_poll = std::chrono::milliseconds(10);
constexpr base::Duration group_grace = std::chrono::milliseconds(500);
constexpr base::Duration group_killed_wait = std::chrono::milliseconds(100);

net::LineReader::Options reading(const ChildOptions& options) {
  net::LineReader::Options out;
  out.max_line = options.max_line;
  return out;
}

}  // namespace

void Children::look() {
  for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->look_for_exit();
}

base::Result<std::unique_ptr<ServerLink>> ChildServer::start(net::Loop& loop, Children& children,
                                                             ServerLink::Handler& handler, ChildOptions options) {
  if (children.count() >= children.most()) {
    return base::fail("too many servers are running already (" + std::to_string(children.most()) +
                      ", see --max-sessions)");
  }
  options.spawn.take_errors = options.take_errors != nullptr;
  auto child = net::Child::spawn(options.command, options.spawn);
  if (!child) return base::fail(child.error().message);
  if (options.take_errors) options.take_errors(std::move(child->errors()));
  children.watchdog_.guard(child->pid());
  return std::unique_ptr<ServerLink>(new ChildServer(loop, children, handler, std::move(options), std::move(*child)));
}

ChildServer::ChildServer(net::Loop& loop, Children& children, ServerLink::Handler& handler, ChildOptions options,
                         net::Child child)
    : loop_(loop),
      children_(children),
      handler_(handler),
      options_(std::move(options)),
      child_(std::move(child)),
      from_server_(loop, std::move(child_.output()), *this, reading(options_)),
      to_server_(loop, std::move(child_.input()), *this, net::LineWriter::Options{.watch_peer = true}),
      ladder_(options_.times),
      ladder_timer_(loop, [this] { advance(); }),
      group_timer_(loop, [this] { watch_group(); }) {
  if (options_.shared) ids_.emplace();
  children_.all_.push_back(this);
  from_server_.resume();
}

ChildServer::~ChildServer() {
  std::erase(children_.all_, this);
  if (finished_) return;
  child_.signal_group(SIGKILL);
  children_.watchdog_.forget(child_.pid());
  child_.reap();
}

void ChildServer::send(ToServer message) {
  if (gone_ || ending_) {
    if (message.request && !ending_) {
      handler_.on_server_unanswered(message.scope, message.id_key, false, "the server " + how_it_went());
    }
    return;
  }
  if (ids_) return send_shared(message);
  message.text += '\n';
  to_server_.write(message.text);
}

// The mediator has written it: it can be read again.
void ChildServer::send_shared(const ToServer& message) {
  if (!document_.read(message.text, json::Profile::strict)) return;
  std::string line;
  const transport::Ids::Sent sent = ids_->to_server(message.scope, document_.root(), line);
  if (sent == transport::Ids::Sent::full && message.request) {
    handler_.on_server_unanswered(message.scope, message.id_key, false, "too much is in flight to this server");
  }
  to_server_.write(line);
}

// What names no exchange is given in scope 0, where the mediator and the session know what to do with it.
void ChildServer::shared_line(std::string_view line) {
  std::string rewritten;
  if (!document_.read(line, json::Profile::tolerant)) return handler_.on_server_message(line, 0);
  const transport::Ids::Received received = ids_->to_client(document_.root(), rewritten);
  if (received.fit == transport::Ids::Fit::nobody) return;
  const std::string_view text = std::string_view(rewritten).substr(0, rewritten.size() - 1);
  if (received.fit == transport::Ids::Fit::unscoped) return handler_.on_server_message(text, 0);
  for (const std::uint64_t scope : received.scopes) handler_.on_server_message(text, scope);
}

// The server is told by a message, which may not have come by yet: its ids are forgotten when it does.
void ChildServer::give_up(mediator::Scope, const std::string&) {}

void ChildServer::hold(bool held) {
  if (held == from_server_.paused() || from_server_.ended()) return;
  held ? from_server_.pause() : from_server_.resume();
  if (exit_) ladder_.output_paused(held, loop_.clock().boot());
}

void ChildServer::on_line(net::LineReader&, std::string_view line) {
  if (ending_) return;
  if (exit_) {
    ladder_.output(loop_.clock().boot());
    advance();
  }
  if (ids_) return shared_line(line);
  handler_.on_server_message(line, 0);
}

void ChildServer::on_oversized(net::LineReader&, std::string_view prefix) {
  if (!ending_) handler_.on_server_oversized(prefix, options_.max_line);
}

void ChildServer::on_end(net::LineReader&, std::string_view unterminated, int) {
  if (!base::trimmed(unterminated).empty() && !ending_) handler_.on_server_message(unterminated, 0);
  ladder_.output_ended(loop_.clock().boot());
  look_for_exit();
  advance();
}

void ChildServer::on_broken(net::LineWriter&, int) {
  ladder_.input_broken(loop_.clock().boot());
  look_for_exit();
  advance();
}

void ChildServer::look_for_exit() {
  if (exit_) return;
  exit_ = child_.poll_exit();
  if (!exit_) return;
  ladder_.exited(loop_.clock().boot());
  leftover_ = from_server_.total() + (from_server_.ended() ? 0 : from_server_.waiting());
  advance();
}

void ChildServer::advance() {
  const base::BootTime now = loop_.clock().boot();
  if (exit_ && from_server_.total() >= leftover_) ladder_.leftover_read(now);
  while (!cleaning_) {
    const auto step = ladder_.due(now);
    if (!step) break;
    switch (*step) {
      case Ladder::Step::gone:
        gone();
        break;
      case Ladder::Step::terminate:
        child_.signal_group(SIGTERM);
        break;
      case Ladder::Step::kill:
        child_.signal_group(SIGKILL);
        break;
      case Ladder::Step::give_up:
        gave_up_ = true;
        gone();
        clean_up();
        break;
    }
  }
  if (cleaning_) return;
  if (gone_ && exit_ && ending_) return clean_up();
  if (const auto deadline = ladder_.deadline()) ladder_timer_.at(std::max(*deadline, now));
}

void ChildServer::gone() {
  if (std::exchange(gone_, true)) return;
  const std::uint64_t written = ids_ ? UINT64_MAX : to_server_.written();
  from_server_.close();
  to_server_.close();
  if (!ending_) handler_.on_server_gone(how_it_went(), written);
}

std::string ChildServer::how_it_went() const {
  if (exit_) return exit_->describe();
  return from_server_.ended() ? "closed its output" : "closed its input";
}

void ChildServer::end(base::Duration, std::function<void()> done) {
  ending_ = true;
  done_ = std::move(done);
  to_server_.finish();
  ladder_.client_closed(loop_.clock().boot());
  look_for_exit();
  advance();
  if (!cleaning_ && !ladder_timer_.armed()) ladder_timer_.after(base::Duration{0});
}

// The leader is gone; what stayed in its group is told to go too.
void ChildServer::clean_up() {
  if (std::exchange(cleaning_, true)) return;
  ladder_timer_.cancel();
  children_.watchdog_.forget(child_.pid());
  if (exit_) child_.reap();
  if (!child_.signal_group(SIGTERM)) return finish();
  group_limit_ = loop_.clock().boot() + group_grace;
  watch_group();
}

void ChildServer::watch_group() {
  if (!child_.group_lives()) return finish();
  const base::BootTime now = loop_.clock().boot();
  if (now >= group_limit_ && (!child_.signal_group(SIGKILL) || now >= group_limit_ + group_killed_wait))
    return finish();
  group_timer_.after(group_poll);
}

void ChildServer::finish() {
  if (std::exchange(finished_, true)) return;
  if (!exit_ && child_.poll_exit()) child_.reap();
  if (done_) loop_.post([done = std::exchange(done_, nullptr)] { done(); });
}

}  // namespace proxy
