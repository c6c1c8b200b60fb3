// OpenSSL's calls and what their results mean.
#include "net/tls_session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "net/socket_address.h"
#include "net/tls_context.h"

namespace net {
namespace {

// The plaintext of the largest record (RFC 8446, 5.1): what one write() gives to OpenSSL, so that what it may have sent
// of an unfinished one is known.
constexpr std::size_t record_limit = std::size_t{16} << 10;

}  // namespace

struct TlsSession::Impl {
  TlsSocket socket;
  std::shared_ptr<const void> context;  // TlsClient or TlsServer: owns the BIO's method
  SslPointer<SSL> ssl;
  std::string name;  // of the server
  std::string failure;
  bool ready = false;        // the handshake is complete
  bool wants_write = false;  // of the last step but writing
  bool noticed = false;      // quiet() met something that read() has not told yet
  std::size_t exposed = 0;

  Step outcome(int result, std::size_t bytes, bool writing);
};

// What a call came to; `writing`: readiness to write is what the stream waits for anyway.
Step TlsSession::Impl::outcome(int result, std::size_t bytes, bool writing) {
  const int what = SSL_get_error(ssl.get(), result);
  if (!writing) wants_write = what == SSL_ERROR_WANT_WRITE;
  switch (what) {
    case SSL_ERROR_NONE:
      return {Io::Status::ok, bytes, {}};
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {Io::Status::again, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::Status::end, 0, {}};
    case SSL_ERROR_SYSCALL:
      // What the peer sent before its socket refused ours can still be read.
      if (writing && failure.empty()) return {Io::Status::broken, 0, tls_failure(ssl.get(), socket, name, !ready)};
      [[fallthrough]];
    default:
      if (failure.empty()) failure = tls_failure(ssl.get(), socket, name, !ready);
      ERR_clear_error();
      return {Io::Status::broken, 0, failure};
  }
}

TlsSession::TlsSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsSession::~TlsSession() = default;

std::unique_ptr<TlsSession> TlsSession::make(int fd, std::shared_ptr<const void> owner, SSL_CTX* context,
                                             const BIO_METHOD* method) {
  auto impl = std::make_unique<Impl>();
  impl->socket.fd = fd;
  impl->context = std::move(owner);
  impl->ssl.reset(SSL_new(context));
  BIO* const bio = BIO_new(method);
  assert(impl->ssl && bio != nullptr);  // only memory can be lacking
  BIO_set_data(bio, &impl->socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(impl->ssl.get(), bio, bio);  // owns it now
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(impl)));
}

std::unique_ptr<TlsSession> TlsSession::client(int fd, std::shared_ptr<const TlsClient> tls, const std::string& name) {
  const TlsClient::Impl& context = tls->impl();  // kept alive by the session
  std::unique_ptr<TlsSession> session = make(fd, std::move(tls), context.context.get(), context.socket.get());
  Impl& impl = *session->impl_;
  impl.name = name;
  SSL* const ssl = impl.ssl.get();
  X509_VERIFY_PARAM* const verify = SSL_get0_param(ssl);
  bool named = false;
  if (const std::optional<SocketAddress> address = SocketAddress::parse(name, 0)) {
    named = X509_VERIFY_PARAM_set1_ip_asc(verify, address->host().c_str()) == 1;
  } else {
    std::string host = name;
    if (host.ends_with('.')) host.pop_back();  // of the root; certificates and SNI do without (RFC 6066, 3)
    // The subject's common name is not a name of the server (RFC 9525, 2).
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    // For OpenSSL a dot in front stands for every name below.
    named = !host.empty() && !host.starts_with('.') && host.find('\0') == std::string::npos &&
            X509_VERIFY_PARAM_set1_host(verify, host.data(), host.size()) == 1 &&
            SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  }
  // Without a name the certificate would be good for any.
  if (!named && !context.insecure) impl.failure = "the server's name cannot be in a certificate: " + name;
  SSL_set_connect_state(ssl);
  return session;
}

std::unique_ptr<TlsSession> TlsSession::server(int fd, std::shared_ptr<const TlsServer> tls) {
  const TlsServer::Impl& context = tls->impl();
  std::unique_ptr<TlsSession> session = make(fd, std::move(tls), context.context.get(), context.socket.get());
  SSL_set_accept_state(session->impl_->ssl.get());
  return session;
}

Step TlsSession::handshake() {
  if (!impl_->failure.empty()) return {Io::Status::broken, 0, impl_->failure};
  ERR_clear_error();
  Step step = impl_->outcome(SSL_do_handshake(impl_->ssl.get()), 0, false);
  impl_->ready = step.status == Io::Status::ok;
  return step;
}

Step TlsSession::read(std::span<char> into) {
  if (!impl_->failure.empty()) return {Io::Status::broken, 0, impl_->failure};
  assert(impl_->ready);
  ERR_clear_error();
  impl_->noticed = false;
  std::size_t bytes = 0;
  const int result = SSL_read_ex(impl_->ssl.get(), into.data(), into.size(), &bytes);
  return impl_->outcome(result, bytes, false);
}

Step TlsSession::write(std::string_view data) {
  if (!impl_->failure.empty()) return {Io::Status::broken, 0, impl_->failure};
  assert(impl_->ready);
  ERR_clear_error();
  data = data.substr(0, record_limit);
  const std::uint64_t before = impl_->socket.sent;
  std::size_t bytes = 0;
  const int result = SSL_write_ex(impl_->ssl.get(), data.data(), data.size(), &bytes);
  Step step = impl_->outcome(result, bytes, true);
  if (step.status == Io::Status::ok) {
    impl_->exposed = 0;
  } else if (impl_->socket.sent != before) {
    impl_->exposed = std::max(impl_->exposed, data.size());
  }
  return step;
}

Step TlsSession::end() {
  if (!impl_->failure.empty()) return {Io::Status::broken, 0, impl_->failure};
  ERR_clear_error();
  const int result = SSL_shutdown(impl_->ssl.get());
  if (result >= 0) return {Io::Status::ok, 0, {}};  // 0: sent; the peer's is not waited for
  return impl_->outcome(result, 0, true);
}

bool TlsSession::wants_write() const { return impl_->wants_write; }
std::size_t TlsSession::exposed() const { return impl_->exposed; }

bool TlsSession::buffered() const { return impl_->noticed || SSL_has_pending(impl_->ssl.get()) != 0; }

// Peeking makes OpenSSL take in what stands before the application's next byte, and that byte's record stays.
bool TlsSession::quiet() {
  if (!impl_->failure.empty()) return false;
  ERR_clear_error();
  char byte = 0;
  std::size_t bytes = 0;
  const int result = SSL_peek_ex(impl_->ssl.get(), &byte, 1, &bytes);
  impl_->noticed = impl_->outcome(result, bytes, false).status != Io::Status::again;
  return !impl_->noticed;
}

}  // namespace net
