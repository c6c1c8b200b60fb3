// See the header.
#include "proxy/stdio_remote.h"

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/strings.h"

namespace proxy {
namespace {

constexpr std::array watched_signals{SIGTERM, SIGINT, SIGHUP};

net::LineReader::Options reading(const StdioRemoteOptions& options) {
  net::LineReader::Options out;
  out.max_line = options.max_line;
  return out;
}

}  // namespace

StdioRemote::StdioRemote(Desk& desk, mediator::Session& session, Remote& remote, StdioRemoteOptions options,
                         std::function<void()> hang_up)
    : ServerInputs(desk, *this),
      desk_(desk),
      session_(session),
      options_(options),
      hang_up_(std::move(hang_up)),
      signals_(desk.loop(), watched_signals, [this](int signal) { on_signal(signal); }),
      from_client_(desk.loop(), net::Descriptor::adopt(options.client_in, net::Descriptor::Use::read), *this,
                   reading(options)),
      to_client_(desk.loop(), net::Descriptor::adopt(options.client_out, net::Descriptor::Use::write), *this,
                 net::LineWriter::Options{.watch_peer = true}),
      last_timer_(desk.loop(), [this] { end("client closed"); }),
      server_(remote, *this, options.remote) {
  desk.join(*this);
}

StdioRemote::~StdioRemote() { desk_.leave(*this); }

int StdioRemote::run() {
  net::Loop& loop = desk_.loop();
  loop.on_wake([this] { desk_.wake(); });
  loop.on_turn_end([this] {
    desk_.settle();
    look_for_end();
  });
  from_client_.resume();
  loop.run();
  if (signal_) return 128 + *signal_;
  return server_gone_ ? 1 : 0;
}

void StdioRemote::on_line(net::LineReader&, std::string_view line) {
  if (ending_) return;
  if (!desk_.busy()) {
    desk_.touch(*this);
    if (session_.on_client(line)) return;
  }
  from_client_.pause();
  desk_.later(*this, [this, kept = std::string(line)] { return session_.on_client(kept); });
}

void StdioRemote::on_oversized(net::LineReader&, std::string_view prefix) {
  input([this, kept = std::string(prefix)] {
    session_.on_client_oversized(kept, options_.max_line);
    return true;
  });
}

void StdioRemote::on_end(net::LineReader&, std::string_view unterminated, int error) {
  if (error != 0) {
    desk_.note(mediator::Level::warn, std::string("reading from the client failed: ") + std::strerror(error));
  }
  if (!base::trimmed(unterminated).empty()) {
    desk_.note(mediator::Level::warn, "the client's last message has no line end: it was not forwarded");
  }
  client_closed_ = true;
  last_timer_.after(options_.last_calls);
}

void StdioRemote::write_out(mediator::Output& out) {
  std::size_t begin = 0;
  for (const mediator::Line& mark : out.server_lines) {
    const std::string_view line = std::string_view(out.to_server).substr(begin, mark.end - begin - 1);
    begin = mark.end;
    server_.send(outgoing(line, mark, session_).message);
  }
  to_client_.write(out.to_client);
}

void StdioRemote::after_turn() { regulate(); }

// A side is not read while what it fills is full.
void StdioRemote::regulate() {
  if (ending_) return;
  server_.hold(to_client_.queued() > options_.high_water);
  if (server_.queued_bytes() > options_.high_water || desk_.busy()) {
    from_client_.pause();
  } else if (!client_closed_) {
    from_client_.resume();
  }
}

void StdioRemote::on_server_gone(std::string how, std::uint64_t written) {
  server_gone_ = true;
  ServerInputs::on_server_gone(std::move(how), written);
}

void StdioRemote::on_signal(int signal) {
  if (signal == SIGCHLD) return;
  if (signal == SIGHUP && hang_up_) return hang_up_();
  if (!signal_) signal_ = signal;
  desk_.interrupt();
  end(net::signal_name(signal));
}

// After the client's EOF what is in flight may still be answered; a server that was given up has nothing more to say.
void StdioRemote::look_for_end() {
  if (ending_ || desk_.busy()) return;
  if (client_closed_ && session_.is_idle() && server_.queued_bytes() == 0 && to_client_.queued() == 0) {
    return end("client closed");
  }
  if (server_gone_ && session_.is_idle() && to_client_.queued() == 0) end("the server is gone");
}

void StdioRemote::end(std::string_view why) {
  if (std::exchange(ending_, true)) return;
  reason_ = why;
  from_client_.close();
  desk_.with(*this, [this] { session_.on_end(UINT64_MAX); });
  desk_.with([this] { server_.end(options_.farewell, [this] { finish(); }); });
}

void StdioRemote::finish() {
  desk_.when_settled([this] {
    desk_.finish(shutdown_of(reason_, session_.counts()));
    desk_.loop().stop();
  });
}

}  // namespace proxy
