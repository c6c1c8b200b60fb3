// The door to the pool.
#include "httpio/client.h"

#include <utility>

#include "httpio/client_pool.h"

namespace httpio {

struct Client::Impl : ClientPool {
  using ClientPool::ClientPool;
};

Client::Client(net::Loop& loop, net::Dialer& dialer, net::Endpoint origin, std::string host_field, Options options)
    : impl_(std::make_unique<Impl>(loop, dialer, std::move(origin), std::move(host_field), options)) {}
Client::~Client() = default;

std::unique_ptr<Exchange> Client::start(std::shared_ptr<Request> request, ResponseHandler& handler) {
  return impl_->start(std::move(request), handler);
}

std::unique_ptr<Exchange> Client::start(Request request, ResponseHandler& handler) {
  return impl_->start(std::make_shared<Request>(std::move(request)), handler);
}
void Client::close_idle() { impl_->close_idle(); }
std::size_t Client::connections() const { return impl_->connections(); }

}  // namespace httpio
