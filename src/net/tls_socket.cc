// OpenSSL's way to the socket. Its own one would do with read and write, but raises SIGPIPE, hides errno behind a queue
// of errors, and brings the resolver that a static binary must not have.
#include <sys/socket.h>

#include <cerrno>

#include "net/tls_context.h"

namespace net {
namespace {

TlsSocket& socket_of(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

int read_socket(BIO* bio, char* into, std::size_t size, std::size_t* bytes) {
  TlsSocket& socket = socket_of(bio);
  BIO_clear_retry_flags(bio);
  *bytes = 0;
  ssize_t n;
  do n = ::recv(socket.fd, into, size, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0) {
    *bytes = static_cast<std::size_t>(n);
    return 1;
  }
  if (n == 0) {
    socket.ended = true;
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    BIO_set_retry_read(bio);
  } else {
    socket.error = errno;
  }
  return 0;
}

int write_socket(BIO* bio, const char* data, std::size_t size, std::size_t* bytes) {
  TlsSocket& socket = socket_of(bio);
  BIO_clear_retry_flags(bio);
  *bytes = 0;
  ssize_t n;
  do n = ::send(socket.fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n >= 0) {
    *bytes = static_cast<std::size_t>(n);
    socket.sent += *bytes;
    return 1;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    BIO_set_retry_write(bio);
  } else {
    socket.error = errno;
  }
  return 0;
}

long control(BIO* bio, int what, long, void*) {
  if (what == BIO_CTRL_FLUSH) return 1;
  if (what == BIO_CTRL_EOF) return socket_of(bio).ended ? 1 : 0;
  return 0;
}

}  // namespace

SslPointer<BIO_METHOD> tls_socket_method() {
  SslPointer<BIO_METHOD> method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "intercept socket"));
  BIO_meth_set_read_ex(method.get(), read_socket);
  BIO_meth_set_write_ex(method.get(), write_socket);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

}  // namespace net
