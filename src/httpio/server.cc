// The door to the server's side: everything is done by ServerCore and its connections.
#include "httpio/server.h"

#include <utility>

#include "httpio/server_core.h"

namespace httpio {

struct Server::Impl {
  ServerCore core;
};

Server::Server(net::Loop& loop, ServerHandler& handler, Options options)
    : impl_(new Impl{ServerCore(loop, handler, std::move(options))}) {}
Server::~Server() = default;

void Server::serve(net::Descriptor socket, const net::SocketAddress& peer, std::shared_ptr<const net::TlsServer> tls) {
  impl_->core.serve(std::move(socket), peer, std::move(tls));
}

void Server::drain(std::function<void()> done) { impl_->core.drain(std::move(done)); }
void Server::stop() { impl_->core.stop(); }
std::size_t Server::connections() const { return impl_->core.connections(); }

}  // namespace httpio
