// What went wrong with TLS, in words that say what to do where something can be done.
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include "net/socket_address.h"
#include "net/tls_context.h"

namespace net {
namespace {

std::string of_certificate(long result, const std::string& name) {
  const std::string it = "the server's certificate ";
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return it + "has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return it + "is not valid yet (is this machine's clock right?)";
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return it + "is not for the name " + name;
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return it + "is not for the address " + name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return it + "is self-signed (to trust it, name its file with --tls-ca)";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return it + "is signed by an unknown authority (name the CA file with --tls-ca)";
    default:
      return it + "is not acceptable: " + X509_verify_cert_error_string(result);
  }
}

std::string of_error(unsigned long code) {
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(code)) {
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_HTTP_REQUEST:
      case SSL_R_HTTPS_PROXY_REQUEST:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "the other side does not speak TLS";
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return "the other side speaks no version of TLS from 1.2 on";
      case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return "the other side does not know the authority that signed our certificate (TLS alert: unknown ca)";
      case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return "for the other side our certificate has expired (TLS alert: certificate expired)";
      case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        return "the other side does not accept our certificate (TLS alert)";
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return "the other side refused the TLS handshake";
      default:
        break;
    }
  }
  const char* reason = ERR_reason_error_string(code);
  return std::string("TLS failed: ") + (reason == nullptr ? "unknown error" : reason);
}

}  // namespace

std::string tls_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
  const std::string words = ERR_SYSTEM_ERROR(code) ? error_words(ERR_GET_REASON(code))
                            : reason == nullptr    ? "unknown error"
                                                   : reason;
  ERR_clear_error();
  return words;
}

std::string tls_failure(const SSL* ssl, const TlsSocket& socket, const std::string& name, bool in_handshake) {
  const auto is_verification = [](unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  };
  const unsigned long code = ERR_peek_error();
  const bool unverified = is_verification(code) || is_verification(ERR_peek_last_error());
  ERR_clear_error();
  if (unverified) return of_certificate(SSL_get_verify_result(ssl), name);
  if (socket.error != 0) return error_words(socket.error);
  if (socket.ended) {
    return in_handshake ? "the connection was closed during the TLS handshake"
                        : "the connection was cut off: it ended without TLS's close_notify";
  }
  return of_error(code);
}

}  // namespace net
