// What tls.cc and tls_session.cc share of OpenSSL. Nobody else includes this.
#pragma once
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "net/tls.h"

namespace net {

struct FreeSsl {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(BIO_METHOD* p) const { BIO_meth_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
};
template <class T>
using SslPointer = std::unique_ptr<T, FreeSsl>;

struct TlsClient::Impl {
  SslPointer<SSL_CTX> context;
  SslPointer<BIO_METHOD> socket;  // of tls_socket_method()
  bool insecure = false;
};

struct TlsServer::Impl {
  SslPointer<SSL_CTX> context;
  SslPointer<BIO_METHOD> socket;
};

// What the system said when OpenSSL last asked it to move something.
struct TlsSocket {
  int fd = -1;
  int error = 0;           // errno of a failure
  bool ended = false;      // the peer has sent FIN
  std::uint64_t sent = 0;  // bytes, in all
};

// A BIO that reads and writes a TlsSocket (BIO_set_data) with recv and send, raising no signal and never blocking.
SslPointer<BIO_METHOD> tls_socket_method();

// What a failed step was about, for people. `name`: of the server. Empties OpenSSL's queue of errors.
std::string tls_failure(const SSL* ssl, const TlsSocket& socket, const std::string& name, bool in_handshake);
// The reason of OpenSSL's last error, for people; empties its queue.
std::string tls_reason();

}  // namespace net
