// One connection's TLS over a socket that never blocks: what Stream needs of OpenSSL, in terms of net::Io.
//
// What must stay true:
// - read() and write() move nothing before handshake() has said `ok`.
// - After `broken` nothing moves any more; the words are those of the first failure.
// - OpenSSL reads and writes the socket itself (no copies), with system calls that raise no signal.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/descriptor.h"
#include "net/tls.h"

struct ssl_ctx_st;     // OpenSSL's SSL_CTX
struct bio_method_st;  // and BIO_METHOD

namespace net {

// What a step on a connection came to.
struct Step {
  Io::Status status = Io::Status::ok;
  std::size_t bytes = 0;
  std::string error;  // of a broken one, for people
};

class TlsSession {
 public:
  // `fd` is not owned. `name`: of the server, as in Stream::tls_client.
  static std::unique_ptr<TlsSession> client(int fd, std::shared_ptr<const TlsClient> tls, const std::string& name);
  static std::unique_ptr<TlsSession> server(int fd, std::shared_ptr<const TlsServer> tls);
  ~TlsSession();

  // `again`: wait for readability, or also writability if wants_write(). `ok`: complete.
  Step handshake();
  // At most one record. `end`: close_notify.
  Step read(std::span<char> into);
  // At most one record of `data`. After `again` the next call must begin with the same bytes.
  Step write(std::string_view data);
  // Sends close_notify; once sent, `ok`.
  Step end();

  // The last step but writing waits for writability.
  bool wants_write() const;
  // Bytes of the last, unfinished write() that may have left us.
  std::size_t exposed() const;
  // Something was taken from the socket and waits in here: readiness of the socket does not tell.
  bool buffered() const;
  // Nothing waits: no data, no end, no failure. Records that are not the application's (session tickets, new keys) are
  // taken in and do not count.
  bool quiet();

 private:
  struct Impl;
  explicit TlsSession(std::unique_ptr<Impl> impl);
  static std::unique_ptr<TlsSession> make(int fd, std::shared_ptr<const void> owner, ssl_ctx_st* context,
                                          const bio_method_st* method);
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
