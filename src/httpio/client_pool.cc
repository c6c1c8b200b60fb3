// Who gets which connection, and when connections are opened and closed. Failures that are found outside a call from
// the loop are told later, from the loop.
#include "httpio/client_pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace httpio {

using Place = ClientExchange::Place;

namespace {

std::string origin_text(const net::Endpoint& endpoint) {
  const bool v6 = endpoint.host.contains(':');
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::string seconds_text(base::Duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

ClientPool::ClientPool(net::Loop& loop, net::Dialer& dialer, net::Endpoint endpoint, std::string host_field,
                       const Client::Options& options)
    : loop_(loop),
      dialer_(dialer),
      endpoint_(std::move(endpoint)),
      host_field_(std::move(host_field)),
      origin_(origin_text(endpoint_)),
      options_(options),
      idle_timer_(loop, [this] { close_expired(); }),
      deadline_timer_(loop, [this] { give_up_late(); }) {}

ClientPool::~ClientPool() {
  *alive_ = false;
  const auto cut = [](ClientExchange& exchange) {
    exchange.place = Place::over;
    exchange.connection = nullptr;
    exchange.pool = nullptr;
  };
  for (const auto* list : {&queued_, &dialing_, &failing_}) {
    for (ClientExchange* exchange : *list) cut(*exchange);
  }
  for (const auto& connection : connections_) {
    if (ClientExchange* exchange = connection->exchange(); exchange != nullptr) cut(*exchange);
  }
}

std::unique_ptr<Exchange> ClientPool::start(std::shared_ptr<Request> request, ResponseHandler& handler) {
  auto exchange = std::make_unique<ClientExchange>(*this, std::move(request), handler);
  if (options_.head_timeout > base::Duration::zero()) watch_deadline(*exchange);
  if (auto written = exchange->write_to(out_, host_field_, written_); !written) {
    fail_later(*exchange, {.what = origin_ + ": the request cannot be sent: " + written.error().message});
    return exchange;
  }
  ClientConnection* connection = dialing_.empty() && queued_.empty() ? take_idle() : nullptr;
  if (connection != nullptr) {
    connection->begin(*exchange, out_);
  } else {
    out_.clear();
    place(*exchange);
  }
  return exchange;
}

// There is no idle connection for it.
void ClientPool::place(ClientExchange& exchange) {
  if (connections() < options_.max_connections) return dial(exchange);
  if (queued_.size() >= options_.max_waiting) {
    return fail_later(exchange, {.what = origin_ + ": " + std::to_string(queued_.size()) +
                                         " requests wait for a connection already"});
  }
  exchange.place = Place::queued;
  exchange.position = queued_.insert(queued_.end(), &exchange);
}

void ClientPool::dial(ClientExchange& exchange) {
  ClientDial& dial = dials_.emplace_back();
  dial.position = std::prev(dials_.end());
  dial.exchange = &exchange;
  exchange.dial = &dial;
  exchange.place = Place::dialing;
  exchange.position = dialing_.insert(dialing_.end(), &exchange);
  dial.attempt = dialer_.dial(endpoint_, [this, d = &dial](base::Result<std::unique_ptr<net::Stream>> stream) {
    dialed(*d, std::move(stream));
  });
}

void ClientPool::dialed(ClientDial& dial, base::Result<std::unique_ptr<net::Stream>> stream) {
  ClientExchange* exchange = dial.exchange;
  dials_.erase(dial.position);
  if (exchange != nullptr) {
    dialing_.erase(exchange->position);
    exchange->dial = nullptr;
    exchange->place = Place::nowhere;
  }
  if (!stream) {
    if (exchange == nullptr) return settle();
    forget_deadline(*exchange);
    exchange->place = Place::over;
    settle();
    exchange->handler.on_failed(*exchange, {.what = std::move(stream.error().message)});
    return;
  }
  connections_.push_back(std::make_unique<ClientConnection>(*this, std::move(*stream)));
  ClientConnection& connection = *connections_.back();
  connection.index = connections_.size() - 1;
  if (exchange != nullptr) return serve(*exchange, connection);
  make_idle(connection);
  settle();
}

// A connection for an exchange that waited: its request was written before, so that it can be written now.
void ClientPool::serve(ClientExchange& exchange, ClientConnection& connection) {
  [[maybe_unused]] const auto written = exchange.write_to(out_, host_field_, written_);
  assert(written);
  connection.begin(exchange, out_);
}

// The most recently used one that is still quiet and not too old; those that are not are closed.
ClientConnection* ClientPool::take_idle() {
  while (!idle_.empty()) {
    ClientConnection* connection = idle_.back();
    idle_.pop_back();
    if (loop_.clock().boot() < connection->idle_until && connection->is_usable()) return connection;
    destroy(*connection);
  }
  return nullptr;
}

// The next that waits, taken out of its list.
ClientExchange* ClientPool::next_waiting() {
  ClientExchange::List& list = dialing_.empty() ? queued_ : dialing_;
  if (list.empty()) return nullptr;
  ClientExchange* exchange = list.front();
  if (exchange->place == Place::dialing) hand_on(*exchange);
  list.erase(exchange->position);
  exchange->place = Place::nowhere;
  return exchange;
}

// The connection that is being opened for it is opened for the first that waits without, or for nobody.
void ClientPool::hand_on(ClientExchange& exchange) {
  ClientDial& dial = *std::exchange(exchange.dial, nullptr);
  dial.exchange = nullptr;
  if (queued_.empty()) return;
  ClientExchange* heir = queued_.front();
  dialing_.splice(dialing_.end(), queued_, heir->position);
  heir->place = Place::dialing;
  heir->dial = &dial;
  dial.exchange = heir;
}

void ClientPool::settle() {
  while (!idle_.empty() && (!dialing_.empty() || !queued_.empty())) {
    if (ClientConnection* connection = take_idle(); connection != nullptr) serve(*next_waiting(), *connection);
  }
  while (!queued_.empty() && connections() < options_.max_connections) {
    ClientExchange* exchange = queued_.front();
    queued_.pop_front();
    dial(*exchange);
  }
  while (idle_.size() > options_.max_idle) {
    ClientConnection* oldest = idle_.front();
    idle_.erase(idle_.begin());
    destroy(*oldest);
  }
}

void ClientPool::make_idle(ClientConnection& connection) {
  connection.kept = true;
  const base::Duration limit =
      std::min(options_.idle_timeout, connection.server_keeps().value_or(base::Duration::max()));
  connection.idle_until = loop_.clock().boot() + limit;
  idle_.push_back(&connection);
  if (!idle_timer_.armed() || connection.idle_until < *idle_timer_.when()) idle_timer_.at(connection.idle_until);
}

void ClientPool::close_expired() {
  const base::BootTime now = loop_.clock().boot();
  std::erase_if(idle_, [&](ClientConnection* connection) {
    if (connection->idle_until > now) return false;
    destroy(*connection);
    return true;
  });
  if (idle_.empty()) return;
  idle_timer_.at((*std::ranges::min_element(idle_, {}, &ClientConnection::idle_until))->idle_until);
}

void ClientPool::close_idle() {
  while (!idle_.empty()) {
    ClientConnection* connection = idle_.back();
    idle_.pop_back();
    destroy(*connection);
  }
  std::erase_if(dials_, [](const ClientDial& dial) { return dial.exchange == nullptr; });
}

// `connection` is in no list but that of all.
void ClientPool::destroy(ClientConnection& connection) {
  if (connection.going_on) std::erase(going_on_, &connection);
  const std::size_t index = connection.index;
  std::swap(connections_[index], connections_.back());
  connections_[index]->index = index;
  connections_.pop_back();
}

void ClientPool::remove(ClientConnection& connection) {
  std::erase(idle_, &connection);
  destroy(connection);
  settle();
}

void ClientPool::place_again(ClientExchange& exchange, ClientConnection& connection) {
  destroy(connection);
  exchange.place = Place::nowhere;
  ClientConnection* other = take_idle();
  if (other != nullptr) {
    serve(exchange, *other);
  } else {
    place(exchange);
  }
}

void ClientPool::withdraw(ClientExchange& exchange) {
  forget_deadline(exchange);
  switch (std::exchange(exchange.place, Place::over)) {
    case Place::queued:
      queued_.erase(exchange.position);
      break;
    case Place::dialing: {
      dialing_.erase(exchange.position);
      const ClientDial& dial = *exchange.dial;
      hand_on(exchange);
      if (dial.exchange == nullptr) dials_.erase(dial.position);
      break;
    }
    case Place::connected: {
      ClientConnection& connection = *exchange.connection;
      connection.abandon();
      remove(connection);
      break;
    }
    case Place::failing:
      failing_.erase(exchange.position);
      break;
    case Place::nowhere:
    case Place::over:
      break;
  }
}

// All deadlines are equally far from their start: the list is in their order.
void ClientPool::watch_deadline(ClientExchange& exchange) {
  exchange.deadline = loop_.clock().boot() + options_.head_timeout;
  exchange.timed = timed_.insert(timed_.end(), &exchange);
  if (!deadline_timer_.armed()) deadline_timer_.at(exchange.deadline);
}

void ClientPool::forget_deadline(ClientExchange& exchange) {
  if (!exchange.timed) return;
  timed_.erase(*exchange.timed);
  exchange.timed.reset();
}

void ClientPool::give_up_late() {
  const base::BootTime now = loop_.clock().boot();
  while (!timed_.empty() && timed_.front()->deadline <= now) {
    ClientExchange& exchange = *timed_.front();
    Failure failure;
    failure.sent = exchange.place == Place::connected && exchange.connection->sent();
    failure.what =
        origin_ +
        (exchange.place == Place::connected ? ": it did not answer within " : ": there was no connection within ") +
        seconds_text(options_.head_timeout);
    withdraw(exchange);
    fail_later(exchange, std::move(failure));
  }
  if (!timed_.empty()) deadline_timer_.at(timed_.front()->deadline);
}

void ClientPool::fail_later(ClientExchange& exchange, Failure failure) {
  forget_deadline(exchange);
  exchange.place = Place::failing;
  exchange.position = failing_.insert(failing_.end(), &exchange);
  exchange.failure = std::move(failure);
  later();
}

void ClientPool::go_on_later(ClientConnection& connection) {
  if (std::exchange(connection.going_on, true)) return;
  going_on_.push_back(&connection);
  later();
}

void ClientPool::later() {
  if (std::exchange(due_, true)) return;
  loop_.post([this, alive = alive_] {
    if (*alive) run_due();
  });
}

// At most what is there now: handlers may start what fails, or pause and resume, again and again.
void ClientPool::run_due() {
  const std::shared_ptr<bool> alive = alive_;
  due_ = false;
  for (std::size_t n = failing_.size(); n > 0 && !failing_.empty(); --n) {
    ClientExchange& exchange = *failing_.front();
    failing_.pop_front();
    exchange.place = Place::over;
    const Failure failure = std::move(exchange.failure);
    exchange.handler.on_failed(exchange, failure);
    if (!*alive) return;
  }
  for (std::size_t n = going_on_.size(); n > 0 && !going_on_.empty(); --n) {
    ClientConnection& connection = *going_on_.front();
    going_on_.erase(going_on_.begin());
    connection.going_on = false;
    connection.go_on();
    if (!*alive) return;
  }
}

}  // namespace httpio
