// The end of a session: what the ladder says is done here, and nothing is left of the server's group afterwards.
#include <algorithm>
#include <csignal>
#include <utility>

#include "proxy/stdio_impl.h"

namespace proxy {
namespace {

constexpr base::Duration group_poll = std::chrono::milliseconds(10);
constexpr base::Duration group_grace = std::chrono::milliseconds(500);        // from SIGTERM to SIGKILL
constexpr base::Duration group_killed_wait = std::chrono::milliseconds(100);  // after SIGKILL

}  // namespace

void StdioSession::Impl::on_signal(int signal) {
  if (signal == SIGCHLD) return look_for_exit();
  if (signal == SIGHUP && parts_ && parts_->hang_up) return parts_->hang_up();
  if (!signal_) signal_ = signal;
  if (parts_) parts_->desk.interrupt();  // nobody waits for the answer
  ending_ = true;
  ladder_.signalled(now());
  if (from_client_) from_client_->close();  // what it still asks for would not be answered
}

// The client sends no more, or is gone altogether.
void StdioSession::Impl::client_closed() {
  client_closed_ = ending_ = true;
  ladder_.client_closed(now());
  from_client_->close();
  to_server_->finish();
}

void StdioSession::Impl::look_for_exit() {
  if (exit_) return;
  exit_ = child_.poll_exit();
  if (!exit_) return;
  ending_ = true;
  ladder_.exited(now());
  ladder_.output_paused(from_server_->paused(), now());
  leftover_ = from_server_->total() + (from_server_->ended() ? 0 : from_server_->waiting());
}

void StdioSession::Impl::advance() {
  if (phase_ == Phase::serving && exit_) {
    if (const auto total = from_server_->total(); total > std::exchange(seen_, total)) ladder_.output(now());
    if (seen_ >= leftover_) ladder_.leftover_read(now());
  }
  while (!parts_->desk.busy()) {
    const auto step = ladder_.due(now());
    if (!step) break;
    switch (*step) {
      case Ladder::Step::gone:
        server_gone();
        break;
      case Ladder::Step::terminate:
        child_.signal_group(SIGTERM);
        break;
      case Ladder::Step::kill:
        killed_ = true;
        child_.signal_group(SIGKILL);
        break;
      case Ladder::Step::give_up:
        gave_up_ = true;
        if (phase_ == Phase::serving) server_gone();
        to_client_->close();
        break;
    }
  }
  if (const auto deadline = ladder_.deadline(); deadline && !parts_->desk.busy())
    ladder_timer_.at(*deadline);
  else
    ladder_timer_.cancel();
  if (phase_ == Phase::flushing && !to_client_->is_open() && (exit_ || gave_up_)) clean_up();
}

// The client gets an answer to everything in flight, then the end of our output, at once: some start us only to see
// whether the server lives.
void StdioSession::Impl::server_gone() {
  const std::uint64_t written = to_server_->written();
  parts_->desk.touch(*this);
  if (client_gone_)
    parts_->session.on_end(written);
  else
    parts_->session.on_server_gone(how_it_went(), written);
  from_server_->close();
  to_server_->close();
  parts_->desk.settle();
  parts_->desk.with(*this, [this] {
    phase_ = Phase::flushing;
    to_client_->finish();
  });
}

std::string StdioSession::Impl::how_it_went() const {
  if (exit_) return exit_->describe();
  if (signal_) return "did not end after " + net::signal_name(*signal_);
  return from_server_->ended() ? "closed its output" : "closed its input";
}

// The leader is gone and reported; its zombie goes, and what stayed in its group is told to go too.
void StdioSession::Impl::clean_up() {
  phase_ = Phase::cleaning;
  from_client_->close();
  ladder_timer_.cancel();
  if (exit_) child_.reap();
  if (!child_.signal_group(killed_ ? SIGKILL : SIGTERM)) return finish();
  group_limit_ = now() + group_grace;
  if (const auto latest = ladder_.kill_at()) group_limit_ = std::min(group_limit_, *latest);
  watch_group();
}

void StdioSession::Impl::watch_group() {
  if (phase_ != Phase::cleaning) return;
  if (parts_->desk.busy()) return group_timer_.after(group_poll);
  if (!child_.group_lives()) return finish();
  if (now() >= group_limit_) {
    if (!child_.signal_group(SIGKILL) || now() >= group_limit_ + group_killed_wait) return finish();
  }
  group_timer_.after(group_poll);
}

void StdioSession::Impl::finish() {
  phase_ = Phase::ended;
  parts_->desk.when_settled([this] { finished(); });
}

void StdioSession::Impl::finished() {
  const mediator::Counts counts = parts_->session.counts();
  const std::string reason = signal_          ? net::signal_name(*signal_)
                             : client_closed_ ? "client closed"
                                              : "server " + how_it_went();
  audit::Shutdown shutdown = shutdown_of(reason, counts);
  if (exit_) shutdown.exit_status = exit_->code;
  parts_->desk.finish(shutdown);
  watchdog_->dismiss();
  loop_.stop();
}

int StdioSession::Impl::exit_status() const {
  if (signal_) return 128 + *signal_;
  return exit_ ? exit_->code : 128 + SIGKILL;
}

}  // namespace proxy
