// Making contexts: which files are taken, and what is said of those that are not.
#include "net/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_testing.h"

namespace net {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  static std::string client_error(const TlsClient::Options& options, const std::string& environment = "") {
    const auto made = TlsClient::make(options, environment);
    return made ? "" : made.error().message;
  }
  static std::string server_error(const std::string& certificate, const std::string& key) {
    const auto made = TlsServer::make(certificate, key);
    return made ? "" : made.error().message;
  }
  CertificateFiles files;
  Identity identity = make_identity({});
  std::string certificate = files.put("cert.pem", identity.certificate_pem());
  std::string key = files.put("key.pem", identity.key_pem());
};

TEST_F(TlsTest, TheCaFileIsTakenFromTheOptionThenTheEnvironment) {
  const std::string missing = files.directory() + "/missing.pem";
  EXPECT_EQ(client_error({certificate, false}), "");
  EXPECT_EQ(client_error({certificate, false}, missing), "") << "the option goes first";
  EXPECT_EQ(client_error({"", false}, certificate), "");
  EXPECT_EQ(client_error({missing, false}), "cannot read the CA file " + missing + ": no such file or directory");
  EXPECT_EQ(client_error({"", false}, missing),
            "cannot read the CA file of SSL_CERT_FILE, " + missing + ": no such file or directory")
      << "not passed over";
  EXPECT_EQ(client_error({missing, true}), "") << "nothing is verified";
}

TEST_F(TlsTest, ACaFileWithoutCertificatesIsAnError) {
  const std::string empty = files.put("empty.pem", "");
  const std::string other = files.put("other.pem", "hello\n");
  const std::string broken = files.put("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  for (const std::string& file : {empty, other, broken, key}) {
    EXPECT_EQ(client_error({file, false}),
              "the CA file " + file + " holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  }
}

// Without any of them there is nothing to verify with; which the system has is not this test's business.
TEST_F(TlsTest, TheSystemsBundleIsTheLastPlace) {
  const std::string error = client_error({});
  if (!error.empty()) EXPECT_THAT(error, HasSubstr("--tls-ca"));
}

TEST_F(TlsTest, AServerNeedsItsCertificateAndItsKey) {
  EXPECT_EQ(server_error(certificate, key), "");
  const std::string missing = files.directory() + "/missing.pem";
  EXPECT_EQ(server_error(missing, key), "cannot read the certificate file " + missing + ": no such file or directory");
  EXPECT_EQ(server_error(certificate, missing), "cannot read the key file " + missing + ": no such file or directory");
  EXPECT_THAT(server_error(key, key), HasSubstr("the certificate file " + key + " cannot be used: "));
  EXPECT_THAT(server_error(certificate, certificate), AllOf(HasSubstr(certificate), HasSubstr("holds no private key")));
}

TEST_F(TlsTest, TheKeyMustBelongToTheCertificate) {
  const std::string other = files.put("other.pem", make_identity({}).key_pem());
  EXPECT_EQ(server_error(certificate, other),
            "the key of " + other + " does not belong to the certificate of " + certificate);
}

TEST_F(TlsTest, AKeyThatOthersMayReadIsAnError) {
  const struct {
    mode_t mode;
    bool good;
  } cases[] = {{0600, true}, {0400, true}, {0700, true}, {0640, false}, {0604, false}, {0644, false}, {0660, false}};
  for (const auto& [mode, good] : cases) {
    const std::string file = files.put("key-" + std::to_string(mode), identity.key_pem(), mode);
    const std::string error = server_error(certificate, file);
    if (good) {
      EXPECT_EQ(error, "");
    } else {
      EXPECT_THAT(error, AllOf(HasSubstr("may be read by others"), HasSubstr("chmod 600 " + file)));
    }
  }
  const std::string file = files.put("key", identity.key_pem(), 0640);
  EXPECT_THAT(server_error(certificate, file), HasSubstr("(mode 0640)"));
}

TEST_F(TlsTest, AKeyWithAPasswordIsAnErrorAndNoQuestion) {
  const std::string file = files.put("locked.pem", identity.key_pem("secret"));
  EXPECT_THAT(server_error(certificate, file), HasSubstr("is protected by a password"));
}

}  // namespace
}  // namespace net
