// See the header.
#include "proxy/http_listener.h"

#include <array>
#include <csignal>
#include <utility>

namespace proxy {
namespace {

constexpr std::array watched_signals{SIGTERM, SIGINT, SIGHUP};
constexpr base::Duration look_every = std::chrono::milliseconds(20);

}  // namespace

HttpListener::HttpListener(Desk& desk, Options options)
    : desk_(desk),
      options_(std::move(options)),
      front_(std::move(options_.front)),
      server_(desk.loop(), front_, options_.server),
      worker_(desk.loop()),
      drain_timer_(desk.loop(), [this] { look_for_end(); }) {
  if (!options_.leads) return;
  signals_.emplace(desk.loop(), watched_signals, [this](int signal) { on_signal(signal); });
  if (options_.tls == nullptr) return;
  const auto note = [this](const std::string& text) { desk_.note(mediator::Level::warn, text); };
  cert_watch_.emplace(desk.loop(), options_.tls_cert, [this] { reload_certificate(); }, note);
  key_watch_.emplace(desk.loop(), options_.tls_key, [this] { reload_certificate(); }, note);
}

HttpListener::~HttpListener() = default;

int HttpListener::run() {
  net::Loop& loop = desk_.loop();
  loop.on_wake([this] { desk_.wake(); });
  loop.on_turn_end([this] { desk_.settle(); });
  if (options_.socket != nullptr) {
    options_.socket->start(
        [this](net::Descriptor socket, const net::SocketAddress& peer) {
          if (options_.group != nullptr) return options_.group->deal(std::move(socket), peer);
          serve(std::move(socket), peer);
        },
        [this](const std::string& trouble) { desk_.note(mediator::Level::warn, trouble); });
  }
  loop.run();
  return 128 + signal_;
}

void HttpListener::serve(net::Descriptor socket, const net::SocketAddress& peer) {
  if (phase_ == Phase::ended) return;
  server_.serve(std::move(socket), peer, options_.tls);
}

void HttpListener::reload_certificate() {
  again_ = reloading_;
  if (reloading_) return;
  reloading_ = true;
  const auto started =
      worker_.ask([cert = options_.tls_cert, key = options_.tls_key] { return net::TlsServer::make(cert, key); },
                  [this](base::Result<std::shared_ptr<const net::TlsServer>> tls) {
                    reloading_ = false;
                    if (!tls) {
                      desk_.note(mediator::Level::error, "the new certificate is not used: " + tls.error().message);
                    } else {
                      each([tls = *tls](HttpListener& listener) { listener.new_certificate(tls); });
                      desk_.note(mediator::Level::info, "the certificate was read anew");
                    }
                    if (std::exchange(again_, false)) reload_certificate();
                  });
  if (!started) {
    reloading_ = false;
    desk_.note(mediator::Level::error, "the certificate cannot be read anew: " + started.error().message);
  }
}

void HttpListener::new_certificate(const std::shared_ptr<const net::TlsServer>& tls) { options_.tls = tls; }

// All members of the group, or the one that there is.
void HttpListener::each(const std::function<void(HttpListener&)>& work) {
  if (options_.group != nullptr) return options_.group->each(work);
  work(*this);
}

void HttpListener::on_signal(int signal) {
  if (signal == SIGCHLD) {
    return each([](HttpListener& l) {
      if (l.options_.children != nullptr) l.options_.children->look();
    });
  }
  if (signal == SIGHUP && options_.hang_up) return options_.hang_up();
  if (signal_ != 0) return each([](HttpListener& l) { l.hurry(); });
  signal_ = signal;
  each([why = net::signal_name(signal)](HttpListener& l) { l.stop(why); });
}

void HttpListener::stop(std::string_view why) {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::draining;
  why_ = why;
  desk_.interrupt();
  if (options_.socket != nullptr) options_.socket->stop();
  front_.drain();
  server_.drain([] {});
  signal_deadline_ = desk_.loop().clock().boot() + options_.drain;
  look_for_end();
}

void HttpListener::hurry() {
  desk_.interrupt();
  if (phase_ == Phase::draining) return end_sessions();
  if (phase_ == Phase::ending) finish();
}

void HttpListener::look_for_end() {
  if (phase_ != Phase::draining) return;
  if (!front_.is_busy() || desk_.loop().clock().boot() >= signal_deadline_) return end_sessions();
  drain_timer_.after(look_every);
}

void HttpListener::end_sessions() {
  phase_ = Phase::ending;
  front_.end("was stopped (" + why_ + ")", [this] {
    // What was written last goes out with the turn.
    desk_.loop().post([this] { sessions_over(); });
  });
}

void HttpListener::sessions_over() {
  if (options_.group != nullptr) return options_.group->sessions_over();
  finish();
}

void HttpListener::finish() {
  if (std::exchange(phase_, Phase::ended) == Phase::ended) return;
  server_.stop();
  desk_.when_settled([this] {
    desk_.finish(shutdown_of(why_, front_.counts()));
    desk_.loop().stop();
  });
}

}  // namespace proxy
