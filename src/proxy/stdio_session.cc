// The turns of a session: read what is there, let the mediator rule, append the record, write, regulate the reading.
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
// Outcome lines are appended without waiting for their time when there are this many bytes of them, and given up when
// they cannot be appended and there are this many.
constexpr std::size_t lazy_bytes = 64 << 10, lazy_lost = 1 << 20;
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
      lazy_timer_(loop_,
                  [this] {
                    auto& out = parts_->session.output();
                    if (append(out.record_lazy))
                      out.record_lazy.clear();
                    else
                      lose_outcomes(out);
                  }),
      session_timer_(loop_,
                     [this] {
                       fed_ = true;
                       parts_->session.on_timer();
                     }),
      trim_timer_(loop_, [this] { trim(); }),
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
  loop_.on_wake([this] { parts_->clock.refresh(); });
  loop_.on_turn_end([this] { turn_end(); });
  look_for_exit();
  loop_.run();
  return exit_status();
}

void StdioSession::Impl::on_line(net::LineReader& reader, std::string_view line) { feed(reader, line, false); }

void StdioSession::Impl::on_oversized(net::LineReader& reader, std::string_view prefix) { feed(reader, prefix, true); }

void StdioSession::Impl::feed(net::LineReader& reader, std::string_view line, bool oversized) {
  if (phase_ != Phase::serving) return;  // the server is gone: nobody to ask
  fed_ = true;
  mediator::Session& session = parts_->session;
  mediator::Output& out = session.output();
  const bool client = &reader == &*from_client_;
  std::string& back = client ? out.to_client : out.to_server;
  const std::size_t before = back.size();
  if (client) {
    if (oversized)
      session.on_client_oversized(line, options_.max_line);
    else
      session.on_client(line);
  } else {
    if (oversized)
      session.on_server_oversized(line, options_.max_line);
    else
      session.on_server(line);
  }
  if (back.size() > before) (client ? replies_to_client_ : replies_to_server_) += back.size() - before;
}

void StdioSession::Impl::on_end(net::LineReader& reader, std::string_view unterminated, int error) {
  fed_ = true;
  const bool client = &reader == &*from_client_;
  if (error != 0) {
    parts_->note(mediator::Level::warn, std::string("reading from the ") + (client ? "client" : "server") +
                                            " failed: " + std::strerror(error));
  }
  if (client) {
    // A server would not have taken a message without its line end; nor do we: it may be the half of one.
    if (!is_blank(unterminated) && phase_ == Phase::serving) {
      constexpr std::string_view what = "the client's last message has no line end: it was not forwarded";
      parts_->note(mediator::Level::warn, what);
      parts_->recorder.notice(parts_->session.output().record, {"unterminated", "client", what});
    }
    return client_closed();
  }
  if (!is_blank(unterminated)) feed(reader, unterminated, false);  // the mediator knows what can be made of it
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
  settle();
  if (ending_) advance();
  if (phase_ == Phase::serving) regulate();
  watch_memory();
}

// Record first, then write: what could not be recorded was taken out of the output by the mediator.
void StdioSession::Impl::settle() {
  mediator::Session& session = parts_->session;
  mediator::Output& out = session.output();
  const bool something = !out.record.empty() || !out.to_server.empty() || !out.to_client.empty() || !out.notes.empty();
  if (!something && !fed_) return;
  fed_ = false;
  bool keep_lazy = true;
  if (!out.record.empty() || out.record_lazy.size() > lazy_bytes) keep_lazy = !record(out);
  to_server_->write(out.to_server);
  to_client_->write(out.to_client);
  for (const mediator::Note& note : out.notes) parts_->note(note.level, note.text);
  session.end_turn(keep_lazy);
  arm_session_timers();
}

bool StdioSession::Impl::record(mediator::Output& out) {
  bool done;
  if (out.record_lazy.empty()) {
    done = append(out.record);
  } else {
    appending_.assign(out.record_lazy).append(out.record);
    done = append(appending_);
    appending_.clear();
  }
  if (!done) {
    parts_->session.record_failed(last_error_);
    lose_outcomes(out);
  }
  return done;
}

// The outcomes of calls long answered need not be refused anything; they are kept as long as that is bounded.
void StdioSession::Impl::lose_outcomes(mediator::Output& out) {
  if (out.record_lazy.size() <= lazy_lost) return;
  parts_->note(mediator::Level::error, "outcome records were lost: the audit log cannot be written");
  out.record_lazy.clear();
}

bool StdioSession::Impl::append(std::string_view lines) {
  if (lines.empty()) return true;
  base::Result<void> done;
  if (record_begun_) {
    done = parts_->sink.append(lines);
  } else {
    done = parts_->sink.append(std::string(parts_->start_record).append(lines));
  }
  record_begun_ = record_begun_ || done.has_value();
  if (!done) {
    if (!std::exchange(record_failing_, true)) parts_->note(mediator::Level::error, "audit: " + done.error().message);
    last_error_ = done.error().message;
    return false;
  }
  record_failing_ = false;
  return true;
}

void StdioSession::Impl::arm_session_timers() {
  const mediator::Session& session = parts_->session;
  if (const auto deadline = session.deadline())
    session_timer_.at(*deadline);
  else
    session_timer_.cancel();
  if (!parts_->session.output().record_lazy.empty() && !lazy_timer_.armed()) lazy_timer_.after(options_.lazy_record);
}

// Back-pressure. A side is not read while what it fills is full: the other side's queue, or its own by our answers.
void StdioSession::Impl::regulate() {
  const std::size_t limit = options_.high_water;
  const std::size_t client = to_client_->queued(), server = to_server_->queued();
  if (client == 0) replies_to_client_ = 0;
  if (server == 0) replies_to_server_ = 0;
  const bool hold_client = server > limit || (client > limit && replies_to_client_ > limit);
  const bool hold_server = client > limit || (server > limit && replies_to_server_ > limit);
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
                out.to_client.capacity(), out.to_server.capacity(), out.record.capacity(), appending_.capacity()});
  if (most > small_buffer) trim_timer_.after(std::chrono::seconds(1));
}

void StdioSession::Impl::trim() {
  from_client_->trim();
  from_server_->trim();
  to_client_->trim();
  to_server_->trim();
  mediator::Output& out = parts_->session.output();
  for (std::string* s : {&out.to_client, &out.to_server, &out.record, &appending_}) {
    if (s->empty()) std::string().swap(*s);
  }
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
