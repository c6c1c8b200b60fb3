// For tests of TLS: keys and certificates made on the spot, and the files that hold them.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace net {

struct FreeX509 {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
};

// A certificate and its key.
struct Identity {
  std::unique_ptr<X509, FreeX509> certificate;
  std::unique_ptr<EVP_PKEY, FreeX509> key;

  std::string certificate_pem() const {
    const std::unique_ptr<BIO, FreeX509> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    return text_of(bio.get());
  }
  // With `password`: encrypted.
  std::string key_pem(std::string password = "") const {
    const std::unique_ptr<BIO, FreeX509> bio(BIO_new(BIO_s_mem()));
    auto* const bytes = reinterpret_cast<unsigned char*>(password.data());
    PEM_write_bio_PrivateKey(bio.get(), key.get(), password.empty() ? nullptr : EVP_aes_128_cbc(),
                             password.empty() ? nullptr : bytes, static_cast<int>(password.size()), nullptr, nullptr);
    return text_of(bio.get());
  }

 private:
  static std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

struct CertificateOptions {
  std::string name = "example.test";              // the subject's CN
  std::string alternatives = "DNS:example.test";  // subjectAltName in OpenSSL's notation; "": none
  const Identity* issuer = nullptr;               // null: self-signed
  bool authority = false;
  long from = -3600, to = 3600;  // validity, in seconds from now
};

inline Identity make_identity(const CertificateOptions& options) {
  Identity made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* const x = made.certificate.get();
  X509_set_version(x, 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), options.from);
  X509_gmtime_adj(X509_getm_notAfter(x), options.to);
  X509_set_pubkey(x, made.key.get());
  X509_NAME* const subject = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(options.name.c_str()),
                             -1, -1, 0);
  X509* const issuer = options.issuer == nullptr ? x : options.issuer->certificate.get();
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  const auto extend = [&](int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!options.alternatives.empty()) extend(NID_subject_alt_name, options.alternatives);
  X509_sign(x, options.issuer == nullptr ? made.key.get() : options.issuer->key.get(), EVP_sha256());
  return made;
}

// A directory that is gone after the test.
class CertificateFiles {
 public:
  CertificateFiles() {
    std::string path = testing::TempDir() + "intercept-tls-test-XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
  }
  ~CertificateFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  CertificateFiles(const CertificateFiles&) = delete;
  CertificateFiles& operator=(const CertificateFiles&) = delete;

  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string directory() const { return directory_; }

 private:
  std::string directory_;
};

}  // namespace net
