// TLS (1.2 and 1.3) by OpenSSL: what connections of one side have in common. No configuration file, no engine, no
// provider is loaded from disk.
// What must stay true: a client always verifies chain, name and times, unless it was made `insecure`.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace net {

class TlsClient {
 public:
  struct Options {
    std::string ca_file;    // "": $SSL_CERT_FILE (given by `environment`), else the system's bundle at the usual places
    bool insecure = false;  // verify nothing
  };
  // `environment`: SSL_CERT_FILE's value or "". Errors name the file and say how to mend it.
  static base::Result<std::shared_ptr<const TlsClient>> make(const Options& options, const std::string& environment);
  ~TlsClient();
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit TlsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class TlsServer {
 public:
  // PEM files: the certificate with its chain, and the key. Checks that they belong together. A key file that others
  // than its owner may read is an error that names its mode and how to change it. Reads files: once the loop runs, call
  // it on a Worker.
  static base::Result<std::shared_ptr<const TlsServer>> make(const std::string& certificate_file,
                                                             const std::string& key_file);
  ~TlsServer();
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace net
