// Makes contexts: which versions, what is trusted, which certificate is shown.
#include "net/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "net/descriptor.h"
#include "net/socket_address.h"
#include "net/tls_context.h"

namespace net {
namespace {

// Length and name, as RFC 7301 (3.1) lists protocols.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// Debian and its kin; Fedora, RHEL; openSUSE; RHEL 7 and later; Alpine, BSDs.
constexpr std::array<const char*, 5> usual_bundles{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};

constexpr std::size_t key_limit = std::size_t{64} << 10;

// What both sides share. The first call in the process decides that openssl.cnf is not read.
SslPointer<SSL_CTX> new_context(const SSL_METHOD* method) {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  SslPointer<SSL_CTX> context(SSL_CTX_new(method));
  if (!context) return context;
  SSL_CTX* const c = context.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A write may end after a record and be taken up from another place; an idle connection gives its buffers back.
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(c, 1);  // header and record in one system call
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  return context;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

base::Result<void> trust(SSL_CTX* context, const std::string& file, const std::string& what) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return {};
  if (const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); fd >= 0) {
    ::close(fd);
    ERR_clear_error();
    return base::fail(what + " " + file + " holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  }
  const int error = errno;
  ERR_clear_error();
  return base::fail("cannot read " + what + " " + file + ": " + error_words(error));
}

base::Result<void> trust_authorities(SSL_CTX* context, const TlsClient::Options& options,
                                     const std::string& environment) {
  if (!options.ca_file.empty()) {
    // Whoever names an intermediate certificate means it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    return trust(context, options.ca_file, "the CA file");
  }
  if (!environment.empty()) return trust(context, environment, "the CA file of SSL_CERT_FILE,");
  for (const char* bundle : usual_bundles) {
    if (exists(bundle)) return trust(context, bundle, "the system's CA file");
  }
  std::string places;
  for (const char* bundle : usual_bundles) places += places.empty() ? bundle : std::string(", ") + bundle;
  return base::fail(
      "no CA certificates to verify servers with: name a file with --tls-ca or SSL_CERT_FILE, or install "
      "ca-certificates (looked for " +
      places + ")");
}

// Chooses http/1.1; a peer that wants only others is refused (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  for (unsigned int at = 0; at < offered_size; at += 1u + offered[at]) {
    if (at + 1 + offered[at] > offered_size) break;
    if (offered[at] == http_1_1[0] && std::memcmp(offered + at + 1, http_1_1.data() + 1, http_1_1[0]) == 0) {
      *chosen = offered + at + 1;
      *size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777)));
  return text.data();
}

// The key's text; wiped by the caller.
base::Result<std::string> read_key(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return base::fail("cannot read the key file " + path + ": " + error_words(errno));
  struct stat st{};
  const int stated = ::fstat(fd, &st);
  std::string text(key_limit + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 0;
  while (stated == 0 && size < text.size() && (n = ::read(fd, text.data() + size, text.size() - size)) > 0)
    size += static_cast<std::size_t>(n);
  const int error = errno;
  ::close(fd);
  text.resize(size);
  if (stated != 0 || n < 0) return base::fail("cannot read the key file " + path + ": " + error_words(error));
  if (size > key_limit) return base::fail("the key file " + path + " is larger than 64 KiB");
  if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
    return base::fail("the key file " + path + " may be read by others than its owner (mode " + octal(st.st_mode) +
                      "): chmod 600 " + path);
  }
  return text;
}

struct FreeKey {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};

// No question on the terminal: a key with a password is an error.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

base::Result<void> use_key(SSL_CTX* context, const std::string& path, const std::string& certificate_file) {
  base::Result<std::string> text = read_key(path);
  if (!text) return std::unexpected(text.error());
  ERR_clear_error();
  bool asked = false;
  const SslPointer<BIO> bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &asked));
  OPENSSL_cleanse(text->data(), text->size());
  if (asked) {
    ERR_clear_error();
    return base::fail("the key file " + path + " is protected by a password: give one without (openssl pkey -in " +
                      path + " -out ...)");
  }
  if (!key) {
    ERR_clear_error();
    return base::fail("the key file " + path + " holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
  ERR_clear_error();
  return base::fail("the key of " + path + " does not belong to the certificate of " + certificate_file);
}

}  // namespace

TlsClient::TlsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsClient::~TlsClient() = default;

base::Result<std::shared_ptr<const TlsClient>> TlsClient::make(const Options& options, const std::string& environment) {
  auto impl = std::make_unique<Impl>();
  impl->insecure = options.insecure;
  impl->context = new_context(TLS_client_method());
  if (!impl->context) return base::fail("TLS cannot be set up: " + tls_reason());
  SSL_CTX* const context = impl->context.get();
  SSL_CTX_set_alpn_protos(context, http_1_1.data(), static_cast<unsigned>(http_1_1.size()));
  SSL_CTX_set_verify(context, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!options.insecure) {
    if (auto trusted = trust_authorities(context, options, environment); !trusted)
      return std::unexpected(trusted.error());
  }
  impl->socket = tls_socket_method();
  return std::shared_ptr<const TlsClient>(new TlsClient(std::move(impl)));
}

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsServer::~TlsServer() = default;

base::Result<std::shared_ptr<const TlsServer>> TlsServer::make(const std::string& certificate_file,
                                                               const std::string& key_file) {
  auto impl = std::make_unique<Impl>();
  impl->context = new_context(TLS_server_method());
  if (!impl->context) return base::fail("TLS cannot be set up: " + tls_reason());
  SSL_CTX* const context = impl->context.get();
  // TLS 1.2: only with forward secrecy and authenticated encryption. TLS 1.3 has no others.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    if (const int fd = ::open(certificate_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); fd < 0) {
      const int error = errno;
      ERR_clear_error();
      return base::fail("cannot read the certificate file " + certificate_file + ": " + error_words(error));
    } else {
      ::close(fd);
    }
    return base::fail("the certificate file " + certificate_file + " cannot be used: " + tls_reason());
  }
  if (auto used = use_key(context, key_file, certificate_file); !used) return std::unexpected(used.error());
  impl->socket = tls_socket_method();
  return std::shared_ptr<const TlsServer>(new TlsServer(std::move(impl)));
}

}  // namespace net
