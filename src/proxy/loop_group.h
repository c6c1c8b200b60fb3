// The loops that serve one port together, each on a thread of its own with sessions, log and counters' connection of
// its own. Between them there is mail and nothing else. The first accepts connections and deals them out in turn: were
// the port shared by SO_REUSEPORT, any other process of our user could have its share of them, tokens included.
//
// What must stay true:
// - A request reaches the loop that has its session, whichever accepted its connection.
// - All stop together: a loop that has ended its sessions still serves connections whose requests others answer, until
//   all have.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "net/mailbox.h"
#include "proxy/http_front_options.h"

namespace proxy {

class HttpListener;

class LoopGroup {
 public:
  // Errors: no descriptors are left. Must outlive the members; they may be destroyed after close().
  static base::Result<std::unique_ptr<LoopGroup>> make(unsigned count);
  ~LoopGroup();
  LoopGroup(const LoopGroup&) = delete;
  LoopGroup& operator=(const LoopGroup&) = delete;

  // What the front of member `number` (from 0 on) is made with.
  Neighbours& place(unsigned number);
  // Each once, before any of them runs.
  void join(unsigned number, net::Loop& loop, HttpListener& listener);
  // The first member's thread, for each connection that it accepts.
  void deal(net::Descriptor socket, const net::SocketAddress& peer);
  // Any member's thread: done by all, each on its own, in a later turn; for the other members alone with `but`.
  void each(const std::function<void(HttpListener&)>& work, const HttpListener* but = nullptr);
  // A member's sessions are over. After the last of these all finish.
  void sessions_over();
  // When no member runs any more, and before their loops are destroyed.
  void close();

 private:
  struct Member;
  LoopGroup() = default;
  std::vector<std::unique_ptr<Member>> members_;
  std::size_t next_ = 0;              // whose turn it is to get a connection
  std::atomic<unsigned> serving_{0};  // members whose sessions are not over
};

}  // namespace proxy
