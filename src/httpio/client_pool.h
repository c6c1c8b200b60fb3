// Internal to the client: its connections, those being opened, and the exchanges that wait for one.
//
// What must stay true:
// - connections() <= max_connections, at most max_waiting exchanges wait beyond those that a connection is being opened
//   for.
// - Exchanges get connections in the order in which they were started: whoever starts one while others wait, waits too.
// - Handlers are called from the loop only, last thing in a function or with a look at whether the pool is still there.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "httpio/client.h"
#include "httpio/client_connection.h"
#include "httpio/client_exchange.h"
#include "net/dialer.h"
#include "net/loop.h"

namespace httpio {

// A connection that is being opened.
struct ClientDial {
  std::unique_ptr<net::Dialer::Attempt> attempt;
  ClientExchange* exchange = nullptr;  // that it is opened for; null: it got another connection in the meantime
  std::list<ClientDial>::iterator position;
};

class ClientPool {
 public:
  ClientPool(net::Loop& loop, net::Dialer& dialer, net::Endpoint endpoint, std::string host_field,
             const Client::Options& options);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  std::unique_ptr<Exchange> start(std::shared_ptr<Request> request, ResponseHandler& handler);
  void close_idle();
  std::size_t connections() const { return connections_.size() + dials_.size(); }

  const Client::Options& options() const { return options_; }
  // "127.0.0.1:8080", "[::1]:80": what failures begin with.
  const std::string& origin() const { return origin_; }

  // Of exchanges.
  void withdraw(ClientExchange& exchange);         // takes it out of where it is; it is over
  void forget_deadline(ClientExchange& exchange);  // it needs no watching any more
  void answered(ClientExchange& exchange) {
    if (exchange.timed) forget_deadline(exchange);
  }

  // Of connections.
  void make_idle(ClientConnection& connection);  // settle() must follow
  void remove(ClientConnection& connection);     // destroys it; it has no exchange
  // `connection` turned out to be dead before anything was written: removes it and finds another.
  void place_again(ClientExchange& exchange, ClientConnection& connection);
  void go_on_later(ClientConnection& connection);
  // Gives idle connections and free places to those who wait, and closes what is idle beyond the limit. Calls nobody.
  void settle();

 private:
  void place(ClientExchange& exchange);
  void dial(ClientExchange& exchange);
  void dialed(ClientDial& dial, base::Result<std::unique_ptr<net::Stream>> stream);
  void drop_dial(ClientExchange& exchange);
  void hand_on(ClientExchange& exchange);
  void serve(ClientExchange& exchange, ClientConnection& connection);
  ClientConnection* take_idle();
  void destroy(ClientConnection& connection);
  ClientExchange* next_waiting();
  void close_expired();
  void watch_deadline(ClientExchange& exchange);
  void give_up_late();
  void fail_later(ClientExchange& exchange, Failure failure);
  void later();
  void run_due();

  net::Loop& loop_;
  net::Dialer& dialer_;
  net::Endpoint endpoint_;
  std::string host_field_;
  std::string origin_;
  Client::Options options_;

  std::vector<std::unique_ptr<ClientConnection>> connections_;
  std::vector<ClientConnection*> idle_;  // in the order in which they became it
  std::vector<ClientConnection*> going_on_;
  std::list<ClientDial> dials_;
  ClientExchange::List queued_, dialing_, failing_;
  ClientExchange::List timed_;  // the earliest deadline first
  std::string out_;             // a request that is being written; kept for its memory
  http::WrittenHead written_;   // the last one
  net::Timer idle_timer_, deadline_timer_;
  bool due_ = false;  // run_due() will be called
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace httpio
