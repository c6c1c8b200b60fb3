// The turns of a session: read what is there, let the mediator rule, settle (desk.h), regulate the reading.
#include "proxy/stdio_session.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/strings.h"
#include "proxy/stdio_impl.h"

namespace proxy {
namespace {

constexpr std::array watched_signals{SIGTERM, SIGINT, SIGHUP};
// Buffers up to this are kept for good.
constexpr std::size_t small_buffer = 64 << 10;

bool is_blank(std::string_view text) { return base::trimmed(text).empty(); }

LadderTimes ladder_times(const StdioOptions& options) {
  LadderTimes times;
  times.term_after = options.term_after;
  times.kill_after = options.kill_after;
  times.signal_kill_after = options.signal_kill_after;
  return times;
}

}  // namespace

StdioSession::Impl::Impl(StdioOptions options, const base::Clock& clock)
    : options_(std::move(options)),
      loop_(clock),
      trim_timer_(loop_, [this] { parts_->desk.with(*this, [this] { trim(); }); }),
      ladder_(ladder_times(options_)),
      ladder_timer_(loop_, [this] { ending_ = true; }),  // the turn's end looks
      group_timer_(loop_, [this] { watch_group(); }) {}

StdioSession::Impl::~Impl() {
  if (phase_ == Phase::ended || child_.pid() <= 0) return;
  child_.signal_group(SIGKILL);
  child_.reap();
}

std::expected<void, StartFailure> StdioSession::Impl::start() {
  signals_.emplace(loop_, watched_signals, [this](int signal) { on_signal(signal); });
  auto watchdog = net::Watchdog::start();
  if (!watchdog) return std::unexpected(StartFailure{watchdog.error().message, 1});
  watchdog_.emplace(std::move(*watchdog));
  auto child = net::Child::spawn(options_.command);
  if (!child) return std::unexpected(StartFailure{child.error().message, child.error().exit_status()});
  child_ = std::move(*child);
  watchdog_->guard(child_.pid());
  return {};
}

int StdioSession::Impl::run(StdioParts parts) {
  parts_.emplace(std::move(parts));
  using net::Descriptor;
  net::LineReader::Options reading;
  reading.max_line = options_.max_line;
  from_client_.emplace(loop_, Descriptor::adopt(options_.client_in, Descriptor::Use::read), *this, reading);
  to_client_.emplace(loop_, Descriptor::adopt(options_.client_out, Descriptor::Use::write), *this,
                     net::LineWriter::Options{.watch_peer = true});
  from_server_.emplace(loop_, std::move(child_.output()), *this, reading);
  // Watched too: what a server had not read when it closed its input is lost without a failing write.
  to_server_.emplace(loop_, std::move(child_.input()), *this, net::LineWriter::Options{.watch_peer = true});
  from_client_->resume();
  from_server_->resume();
  Desk& desk = parts_->desk;
  desk.join(*this);
  desk.on_away([this] {
    if (phase_ == Phase::serving) hold_readers(true, true);
  });
  loop_.on_wake([&desk] { desk.wake(); });
  loop_.on_turn_end([this] { turn_end(); });
  look_for_exit();
  loop_.run();
  desk.leave(*this);
  return exit_status();
}

void StdioSession::Impl::on_line(net::LineReader& reader, std::string_view line) {
  feed(&reader == &*from_client_, line, false);
}

void StdioSession::Impl::on_oversized(net::LineReader& reader, std::string_view prefix) {
  feed(&reader == &*from_client_, prefix, true);
}

// While the session waits, what was already read waits with it: no line is ruled before an earlier one.
void StdioSession::Impl::feed(bool client, std::string_view line, bool oversized) {
  if (phase_ != Phase::serving) return;  // the server is gone: nobody to ask
  Desk& desk = parts_->desk;
  if (!desk.busy()) {
    desk.touch(*this);
    if (give(client, line, oversized)) return;
  }
  desk.later(*this, [this, client, oversized, kept = std::string(line)] { return give(client, kept, oversized); });
}

// False: the store must be prepared first, and the line is to be given again.
bool StdioSession::Impl::give(bool client, std::string_view line, bool oversized) {
  mediator::Session& session = parts_->session;
  mediator::Output& out = session.output();
  std::string& back = client ? out.to_client : out.to_server;
  const std::size_t before = back.size();
  bool done = true;
  if (client && oversized)
    session.on_client_oversized(line, options_.max_line);
  else if (client)
    done = session.on_client(line);
  else if (oversized)
    done = session.on_server_oversized(line, options_.max_line);
  else
    done = session.on_server(line);
  if (back.size() > before) (client ? replies_to_client_ : replies_to_server_) += back.size() - before;
  return done;
}

void StdioSession::Impl::on_end(net::LineReader& reader, std::string_view unterminated, int error) {
  const bool client = &reader == &*from_client_;
  if (error != 0) {
    parts_->desk.note(mediator::Level::warn, std::string("reading from the ") + (client ? "client" : "server") +
                                                 " failed: " + std::strerror(error));
  }
  if (client) {
    // A server would not have taken a message without its line end; nor do we: it may be the half of one.
    if (!is_blank(unterminated) && phase_ == Phase::serving) {
      static constexpr std::string_view what = "the client's last message has no line end: it was not forwarded";
      parts_->desk.note(mediator::Level::warn, what);
      parts_->desk.with(*this, [this] {
        parts_->desk.recorder().notice(parts_->session.output().record, {"unterminated", "client", what});
      });
    }
    return client_closed();
  }
  if (!is_blank(unterminated)) feed(false, unterminated, false);  // the mediator knows what can be made of it
  ending_ = true;
  ladder_.output_ended(now());
  look_for_exit();
}

void StdioSession::Impl::on_drained(net::LineWriter&) {}  // the turn's end sees to everything

void StdioSession::Impl::on_broken(net::LineWriter& writer, int) {
  if (&writer == &*to_client_) {
    client_gone_ = true;
    return client_closed();
  }
  ending_ = true;
  ladder_.input_broken(now());
  look_for_exit();
}

void StdioSession::Impl::turn_end() {
  if (phase_ == Phase::ended) return;
  const Desk& desk = parts_->desk;
  parts_->desk.settle();
  if (desk.busy()) return;  // what is due is done when the session is back
  if (ending_) advance();
  if (phase_ == Phase::serving && !desk.busy()) regulate();
  if (!desk.busy()) watch_memory();
}

void StdioSession::Impl::write_out(mediator::Output& out) {
  to_server_->write(out.to_server);
  to_client_->write(out.to_client);
}

// Back-pressure. A side is not read while what it fills is full: the other side's queue, or its own by our answers.
void StdioSession::Impl::regulate() {
  const std::size_t limit = options_.high_water;
  const std::size_t client = to_client_->queued(), server = to_server_->queued();
  if (client == 0) replies_to_client_ = 0;
  if (server == 0) replies_to_server_ = 0;
  const bool hold_client = server > limit || (client > limit && replies_to_client_ > limit);
  const bool hold_server = client > limit || (server > limit && replies_to_server_ > limit);
  hold_readers(hold_client, hold_server);
}

void StdioSession::Impl::hold_readers(bool hold_client, bool hold_server) {
  if (hold_client)
    from_client_->pause();
  else
    from_client_->resume();
  if (hold_server == from_server_->paused()) return;
  if (hold_server)
    from_server_->pause();
  else
    from_server_->resume();
  if (exit_) ladder_.output_paused(hold_server, now());
}

// Buffers that a large message has filled are kept while more may come, and given back a second later.
void StdioSession::Impl::watch_memory() {
  if (trim_timer_.armed()) return;
  const mediator::Output& out = parts_->session.output();
  const std::size_t most =
      std::max({from_client_->capacity(), from_server_->capacity(), to_client_->capacity(), to_server_->capacity(),
                out.to_client.capacity(), out.to_server.capacity(), out.record.capacity(), parts_->desk.capacity()});
  if (most > small_buffer) trim_timer_.after(std::chrono::seconds(1));
}

void StdioSession::Impl::trim() {
  from_client_->trim();
  from_server_->trim();
  to_client_->trim();
  to_server_->trim();
  mediator::Output& out = parts_->session.output();
  for (std::string* s : {&out.to_client, &out.to_server, &out.record}) {
    if (s->empty()) std::string().swap(*s);
  }
  parts_->desk.trim();
  net::release_free_memory();
}

StdioSession::StdioSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StdioSession::StdioSession(StdioSession&&) noexcept = default;
StdioSession::~StdioSession() = default;

std::expected<StdioSession, StartFailure> StdioSession::start(StdioOptions options, const base::Clock& clock) {
  net::ensure_standard_descriptors();  // before the loop opens anything
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return StdioSession(std::move(impl));
}

int StdioSession::run(StdioParts parts) { return impl_->run(std::move(parts)); }
net::Loop& StdioSession::loop() { return impl_->loop(); }

}  // namespace proxy
