// A listening TCP socket: accepts connections and hands them out.
// What must stay true: a lack of descriptors or memory costs new connections (they are closed, and `on_trouble` is told
// once a second), never the loop.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/loop.h"
#include "net/socket_address.h"

namespace net {

class TcpListener {
 public:
  struct Bound {
    Descriptor socket;
    SocketAddress address;
  };
  // Binds and listens; connections wait until they are accepted. Port 0: the system chooses, the result tells. Errors
  // name the address and the reason.
  static base::Result<Bound> bind(const SocketAddress& address, int backlog = 1024);
  TcpListener(Loop& loop, Bound bound);
  // Both at once.
  static base::Result<std::unique_ptr<TcpListener>> listen(Loop& loop, const SocketAddress& address);
  ~TcpListener();

  // `accepted` gets each connection: close-on-exec, non-blocking, TCP_NODELAY. At most 64 in one turn of the loop. The
  // listener may be stopped or destroyed in either callback.
  void start(std::function<void(Descriptor, const SocketAddress& peer)> accepted,
             std::function<void(const std::string&)> on_trouble);
  // Accepts no more and closes the socket.
  void stop();
  const SocketAddress& address() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
