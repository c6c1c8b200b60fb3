// See the header.
#include "client/connection.h"

#include <utility>

#include "proxy/remote_server.h"

namespace client {
namespace {

// A scan is over in a moment; a server that does not go by itself need not be waited for as at a session's end.
proxy::LadderTimes quick_end() {
  proxy::LadderTimes times;
  times.term_after = std::chrono::milliseconds(500);
  times.kill_after = std::chrono::milliseconds(1500);
  return times;
}

}  // namespace

Connection::Connection(net::Loop& loop, proxy::Children& children, Target target)
    : loop_(loop), children_(children), target_(std::move(target)) {
  if (!target_.remote) return;
  resolver_.emplace(loop);
  dialer_.emplace(loop, *resolver_, target_.tls, net::Dialer::Options{});
  remote_.emplace(loop, *dialer_, *target_.remote);
}

base::Result<std::unique_ptr<proxy::ServerLink>> Connection::open(proxy::ServerLink::Handler& handler) {
  if (remote_) {
    return std::make_unique<proxy::RemoteServer>(*remote_, handler,
                                                 proxy::RemoteServer::Options{.replay_session = false});
  }
  proxy::ChildOptions options;
  options.command = target_.command;
  options.spawn = target_.spawn;
  options.times = quick_end();
  errors_ = std::make_unique<ErrorLines>(loop_);
  options.take_errors = [this](net::Descriptor descriptor) { errors_->read(std::move(descriptor)); };
  return proxy::ChildServer::start(loop_, children_, handler, std::move(options));
}

std::string Connection::transport() const {
  if (!remote_) return "stdio";
  return remote_->speaks == proxy::Remote::Speaks::sse ? "HTTP+SSE" : "Streamable HTTP";
}

std::vector<std::string> Connection::last_lines() {
  return errors_ == nullptr ? std::vector<std::string>() : errors_->last();
}

}  // namespace client
