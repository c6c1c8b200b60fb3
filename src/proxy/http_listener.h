// A process that listens: accepts connections on its loop, serves them (HttpFront), and stops gracefully. With others
// in a LoopGroup it is one of several in a process; the first then has the signals and watches the certificate for all.
//
// The end, after SIGTERM or SIGINT: no new connections and sessions, streams are ended, calls in flight have `drain`;
// then what is left gets an error, servers are told, and run() returns. A second signal cuts it short.
//
// What must stay true: the loop never waits; a certificate that cannot be read leaves the one before in force and is
// said; after run() no child of the process is alive.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/file_watch.h"
#include "net/signals.h"
#include "net/tcp_listener.h"
#include "net/tls.h"
#include "net/worker.h"
#include "proxy/child_server.h"
#include "proxy/http_front.h"
#include "proxy/loop_group.h"

namespace proxy {

class HttpListener {
 public:
  struct Options {
    std::unique_ptr<net::TcpListener> socket;  // null: the leader of the group deals connections out
    HttpFront::Options front;
    httpio::Server::Options server;
    std::string tls_cert, tls_key;              // "": plain
    std::shared_ptr<const net::TlsServer> tls;  // loaded from them
    base::Duration drain = std::chrono::seconds(10);
    Children* children = nullptr;   // where servers are processes
    std::function<void()> hang_up;  // SIGHUP
    LoopGroup* group = nullptr;     // null: it is alone
    bool leads = true;              // the first of the group, or alone
  };
  // `desk` and what the options refer to must outlive it.
  HttpListener(Desk& desk, Options options);
  ~HttpListener();

  // Returns when it has finished: 128 + signal.
  int run();

  HttpFront& front() { return front_; }
  Desk& desk() { return desk_; }
  // For the group, on the loop's thread.
  void serve(net::Descriptor socket, const net::SocketAddress& peer);
  void stop(std::string_view why);
  void hurry();  // a second time: what is in flight is not waited for, the third time nothing is
  void finish();

 private:
  void on_signal(int signal);
  void each(const std::function<void(HttpListener&)>& work);
  void reload_certificate();
  void new_certificate(const std::shared_ptr<const net::TlsServer>& tls);
  void look_for_end();
  void end_sessions();
  void sessions_over();

  enum class Phase : std::uint8_t { serving, draining, ending, ended };
  Desk& desk_;
  Options options_;
  HttpFront front_;
  httpio::Server server_;
  std::optional<net::Signals> signals_;
  net::Worker worker_;
  bool reloading_ = false, again_ = false;
  std::optional<net::FileWatch> cert_watch_, key_watch_;
  net::Timer drain_timer_;
  Phase phase_ = Phase::serving;
  int signal_ = 0;
  base::BootTime signal_deadline_{};
  std::string why_;
};

}  // namespace proxy
