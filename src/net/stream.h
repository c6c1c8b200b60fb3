// A connected byte stream: TCP, or TLS over TCP. Never blocks.
//
// What must stay true:
// - Bytes come and go in order; no byte is delivered after on_end, and nothing after close() or a broken end.
// - With TLS nothing is delivered or written before the handshake is complete and, on the client's side, the
//   certificate is verified for the name; written() stays 0 until then.
// - An idle stream holds no buffer of its own beyond what TLS keeps.
// - Single-threaded: the loop's thread. Callbacks come from the loop, never from within a call of the handler's own,
//   and the stream may be destroyed in any of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/descriptor.h"
#include "net/loop.h"
#include "net/socket_address.h"

namespace net {

class TlsClient;
class TlsServer;
class TlsSession;

class Stream {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // Bytes arrived. The view is valid during the call; all of them are the handler's business now.
    virtual void on_bytes(Stream& stream, std::string_view bytes) = 0;
    // The peer sends no more. `error`: empty for an orderly end (FIN; with TLS close_notify), after which writing goes
    // on; otherwise what happened, for people ("connection reset by peer", "the server's certificate has expired"),
    // and the stream is closed. A broken end may follow an orderly one: then writing has failed.
    virtual void on_end(Stream& stream, std::string_view error) = 0;
    // The queue has become empty after it was not. After finish(): the end was sent.
    virtual void on_drained(Stream& stream) = 0;
    // TLS: the handshake is complete. Not called for plain TCP.
    virtual void on_secured(Stream& stream) { static_cast<void>(stream); }
  };

  // Takes over a connected socket. Reading begins with resume(). `handler` may be replaced (set_handler) and must
  // outlive the stream or its replacement.
  static std::unique_ptr<Stream> tcp(Loop& loop, Descriptor socket, Handler& handler);
  // The client's side of TLS. `name`: of the server, for SNI and verification (a DNS name or an IP address).
  // The handshake begins at once, whether or not resume() was called.
  static std::unique_ptr<Stream> tls_client(Loop& loop, Descriptor socket, Handler& handler,
                                            std::shared_ptr<const TlsClient> tls, const std::string& name);
  // The server's side.
  static std::unique_ptr<Stream> tls_server(Loop& loop, Descriptor socket, Handler& handler,
                                            std::shared_ptr<const TlsServer> tls);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void set_handler(Handler& handler);
  // Begins or goes on reading; hears of the peer's end.
  void resume();
  // Stops reading. A peer that is gone is still reported as a broken end where the system tells of it.
  void pause();
  // Writes `data` at once as far as the kernel takes it, at most 256 KiB, and queues the rest; leaves it empty. What is
  // queued follows in later turns. Dropped after finish(), close() or a broken end.
  void write(std::string& data);
  // After everything queued: FIN (TLS: close_notify, then FIN). Reading goes on.
  void finish();
  // Closes now; what is queued is lost. With `reset` the peer sees RST, so that it cannot take what it got for all.
  void close(bool reset = false);

  bool is_open() const;
  std::size_t queued() const;     // bytes that the kernel has not taken
  std::uint64_t written() const;  // bytes given to write() that may have left us, at least in part
  // For an idle connection before it is used again: nothing has arrived, no byte, no end, no error. Asks the system.
  bool is_quiet() const;
  const SocketAddress& peer() const;
  Loop& loop() const;

 private:
  class Impl;
  explicit Stream(std::shared_ptr<Impl> impl);
  static std::unique_ptr<Stream> make(Loop& loop, Descriptor socket, Handler& handler, std::unique_ptr<TlsSession> tls);
  std::shared_ptr<Impl> impl_;  // shared with what it has posted to the loop
};

}  // namespace net
