// What an exchange does by itself: writing its request. Everything else it passes on to where it is.
#include "httpio/client_exchange.h"

#include <utility>

#include "httpio/client_connection.h"
#include "httpio/client_pool.h"

namespace httpio {
namespace {

// Up to here copying the content behind the head costs less than a second system call.
constexpr std::size_t joined_bytes = std::size_t{16} << 10;

// RFC 9110 section 8.6: methods whose requests are expected to have content say so even if it is empty.
bool expects_content(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

}  // namespace

ClientExchange::ClientExchange(ClientPool& p, std::shared_ptr<Request> r, ResponseHandler& h)
    : pool(&p), handler(h), request(std::move(r)) {}

ClientExchange::~ClientExchange() {
  if (pool != nullptr && place != Place::over) pool->withdraw(*this);
}

void ClientExchange::allow_body(std::uint64_t bytes) {
  if (connection != nullptr) connection->allow_body(bytes);
}

void ClientExchange::pause() {
  if (std::exchange(paused, true)) return;
  if (connection != nullptr) connection->pause();
}

void ClientExchange::resume() {
  if (!std::exchange(paused, false)) return;
  if (connection != nullptr) connection->resume();
}

bool ClientExchange::has_body_apart() const { return request->body.size() > joined_bytes; }

base::Result<void> ClientExchange::write_to(std::string& out, std::string_view host, http::WrittenHead& before) const {
  http::HeadWriter head = http::HeadWriter::request(out, request->method, request->target, &before);
  head.field("Host", host);
  for (const OwnedField& f : request->fields) head.field(f.name, f.value);
  if (!request->body.empty() || expects_content(request->method)) {
    head.length(request->body.size());
  } else {
    head.none();
  }
  if (auto written = head.done(); !written) return written;
  if (!has_body_apart()) out += request->body;
  return {};
}

}  // namespace httpio
