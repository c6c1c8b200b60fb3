// A process that listens: accepts connections on its loop, serves them (HttpFront), and stops gracefully.
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

namespace proxy {

class HttpListener {
 public:
  struct Options {
    std::unique_ptr<net::TcpListener> socket;
    HttpFront::Options front;
    httpio::Server::Options server;
    std::string tls_cert, tls_key;              // "": plain
    std::shared_ptr<const net::TlsServer> tls;  // loaded from them
    base::Duration drain = std::chrono::seconds(10);
    Children* children = nullptr;   // where servers are processes
    std::function<void()> hang_up;  // SIGHUP
  };
  // `desk` and what the options refer to must outlive it.
  HttpListener(Desk& desk, Options options);
  ~HttpListener();

  // Returns 128 + signal.
  int run();

 private:
  void on_signal(int signal);
  void reload_certificate();
  void stop(std::string_view why);
  void look_for_end();
  void end_sessions();
  void finish();

  enum class Phase : std::uint8_t { serving, draining, ending, ended };
  Desk& desk_;
  Options options_;
  HttpFront front_;
  httpio::Server server_;
  net::Signals signals_;
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
