// Where a server is, and the link to it: a child process, or a remote server of either HTTP transport.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/error_lines.h"
#include "net/child.h"
#include "net/dialer.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "proxy/child_server.h"
#include "proxy/remote.h"
#include "proxy/server_link.h"

namespace client {

struct Target {
  std::vector<std::string> command;            // a child process...
  net::SpawnOptions spawn;                     // (its environment and directory)
  std::optional<proxy::RemoteOptions> remote;  // ...or a remote server
  std::shared_ptr<const net::TlsClient> tls;   // of a remote server with https
};

// Single-threaded. What it opened must be destroyed before it.
class Connection {
 public:
  // All must outlive it. `children`: look() is to be called at SIGCHLD.
  Connection(net::Loop& loop, proxy::Children& children, Target target);

  // Starts the process, or gets ready to speak with the remote server. May be called again after the first link has
  // ended. Errors name the command and say why it cannot be started.
  base::Result<std::unique_ptr<proxy::ServerLink>> open(proxy::ServerLink::Handler& handler);
  bool is_process() const { return !target_.remote; }
  // "stdio", "Streamable HTTP", "HTTP+SSE": what was found out.
  std::string transport() const;
  // What the process said last on its standard error, all that it has written by now; printable.
  std::vector<std::string> last_lines();

 private:
  net::Loop& loop_;
  proxy::Children& children_;
  const Target target_;
  std::optional<net::Resolver> resolver_;
  std::optional<net::Dialer> dialer_;
  std::optional<proxy::Remote> remote_;
  std::unique_ptr<ErrorLines> errors_;
};

}  // namespace client
