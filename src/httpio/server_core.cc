// Limits, draining and the work that is put off until nothing else runs.
#include "httpio/server_core.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <utility>

#include "base/reuse.h"
#include "httpio/server_connection.h"
#include "httpio/server_exchange.h"

namespace httpio {
namespace {

// Connections that are refused and may still wait to read why; others beyond the limits are closed without a word.
constexpr std::size_t max_refused = 256;
constexpr std::size_t max_readers = 16;
// Some 4 KiB each.
constexpr std::size_t max_owned_readers = 256;
constexpr std::size_t max_buffer = 2U << 20;

}  // namespace

std::string refusal_body(std::string_view reason) {
  std::string body = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":")";
  for (const char c : reason) {
    if (c == '"' || c == '\\') body += '\\';
    body += c >= ' ' && c <= '~' ? c : '?';
  }
  return body += "\"}}";
}

ServerCore::ServerCore(net::Loop& loop, ServerHandler& handler, Server::Options options)
    : loop_(loop), handler_(handler), options_(std::move(options)) {
  if (options_.connections == nullptr) options_.connections = std::make_shared<net::SharedCounts>();
}

ServerCore::~ServerCore() { stop(); }

// Counts one more, or says why not.
ServerCore::Refusal ServerCore::count(const std::string& address) {
  if (draining_) return {503, "the server is being stopped"};
  switch (options_.connections->take(address, options_.max_connections, options_.max_per_address)) {
    case net::SharedCounts::Taken::yes:
      return {};
    case net::SharedCounts::Taken::too_many:
      return {503, "too many connections"};
    case net::SharedCounts::Taken::too_many_of_kind:
      return {429, "too many connections from this address"};
  }
  return {503, "too many connections"};
}

void ServerCore::serve(net::Descriptor socket, const net::SocketAddress& peer,
                       std::shared_ptr<const net::TlsServer> tls) {
  const Refusal refusal = count(peer.counting_key());
  const bool counts = refusal.status == 0;
  if (!counts && refused_ >= max_refused) {
    handler_.on_refused(peer, refusal.status, refusal.reason);
    return;
  }
  if (!counts) ++refused_;
  auto connection = std::make_unique<ServerConnection>(*this, std::move(socket), peer, std::move(tls), counts);
  connection->index = connections_.size();
  ServerConnection& served = *connection;
  connections_.push_back(std::move(connection));
  if (!counts) served.refuse(refusal.status, refusal.reason);
}

void ServerCore::uncount(const ServerConnection& connection) {
  if (connection.counts())
    options_.connections->give_back(connection.peer().counting_key());
  else
    --refused_;
}

void ServerCore::drain(std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  // One that closes gives its place to the last, which was looked at before.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->drain();
  settle_later();
}

void ServerCore::stop() {
  while (!connections_.empty()) connections_.back()->close();
}

void ServerCore::bury(ServerConnection& connection) {
  const std::size_t index = connection.index;
  assert(index < connections_.size() && connections_[index].get() == &connection);
  uncount(connection);
  owned_readers_ -= connection.owns_reader() ? 1 : 0;
  dead_.push_back(std::move(connections_[index]));
  if (index + 1 != connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
  settle_later();
}

void ServerCore::flush_later(ServerConnection& connection) {
  to_flush_.push_back(&connection);
  settle_later();
}

bool ServerCore::hold_content(std::size_t bytes) {
  if (options_.max_receiving - receiving_ < bytes) return false;
  receiving_ += bytes;
  return true;
}

void ServerCore::read_later(ServerConnection& connection) {
  to_read_.push_back(&connection);
  settle_later();
}

void ServerCore::let_go(std::shared_ptr<ServedExchange> exchange) {
  if (!exchange->has_callbacks()) return;
  let_go_.push_back(std::move(exchange));
  settle_later();
}

void ServerCore::settle_later() {
  if (std::exchange(settle_due_, true)) return;
  loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) settle();
  });
}

void ServerCore::settle() {
  settle_due_ = false;
  // What these calls bring about is for the next time.
  const auto dead = std::exchange(dead_, {});
  auto to_read = std::exchange(to_read_, {});
  auto to_flush = std::exchange(to_flush_, {});
  auto exchanges = std::exchange(let_go_, {});
  for (ServerConnection* connection : to_flush) connection->flush();
  for (ServerConnection* connection : to_read) connection->read_kept();
  for (const auto& exchange : exchanges) exchange->settle();
  base::reuse(to_read_, to_read);
  base::reuse(to_flush_, to_flush);
  base::reuse(let_go_, exchanges);
  if (draining_ && drained_ && connections_.empty() && dead_.empty()) {
    const auto done = std::exchange(drained_, {});
    done();  // perhaps our end
  }
}

std::string_view ServerCore::date() {
  const auto now = std::chrono::floor<std::chrono::seconds>(loop_.clock().wall());
  if (now == date_at_ && !date_.empty()) return date_;
  date_at_ = now;
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(now - day);
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                   days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                   months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                   static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                   static_cast<int>(time.seconds().count()));
  date_.assign(text.data(), static_cast<std::size_t>(length));
  return date_;
}

void ServerCore::buffer_used() {
  buffer_.clear();
  if (buffer_.capacity() > max_buffer) buffer_ = {};
}

http::RequestReader ServerCore::take_reader() {
  if (readers_.empty()) return http::RequestReader(options_.limits);
  http::RequestReader reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}

bool ServerCore::own_reader() {
  if (owned_readers_ == max_owned_readers) return false;
  ++owned_readers_;
  return true;
}

void ServerCore::give_back(http::RequestReader reader) {
  reader.forget();
  if (readers_.size() < max_readers) readers_.push_back(std::move(reader));
}

}  // namespace httpio
