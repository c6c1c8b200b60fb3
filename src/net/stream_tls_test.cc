// TLS between two streams of one loop, and between a stream and a raw socket that misbehaves.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "net/stream.h"
#include "net/stream_testing.h"
#include "net/tls.h"
#include "net/tls_testing.h"

namespace net {
namespace {

class StreamTlsTest : public StreamPairTest {
 protected:
  std::shared_ptr<const TlsServer> server_of(const Identity& identity, const std::string& chain = "") {
    const auto made = TlsServer::make(files.put("cert.pem", identity.certificate_pem() + chain),
                                      files.put("key.pem", identity.key_pem()));
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(nullptr);
  }
  std::shared_ptr<const TlsClient> trusting(const Identity& authority) {
    const auto made = TlsClient::make({files.put("ca.pem", authority.certificate_pem()), false}, "");
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(nullptr);
  }
  void connect(const std::shared_ptr<const TlsServer>& of_server, const std::shared_ptr<const TlsClient>& of_client,
               const std::string& name) {
    client.reset();
    server.reset();
    client_events = {};
    server_events = {};
    auto [c, s] = sockets();
    client = Stream::tls_client(loop, std::move(c), client_events, of_client, name);
    server = Stream::tls_server(loop, std::move(s), server_events, of_server);
  }
  // Both ends are secured and read.
  void secure() {
    const Identity leaf = make_identity({.issuer = &ca});
    connect(server_of(leaf), trusting(ca), "example.test");
    until([&] { return client_events.secured == 1 && server_events.secured == 1; });
    client->resume();
    server->resume();
  }
  // What the client says of a server that shows `identity`.
  std::string refusal(const Identity& identity, const std::string& name, const std::string& chain = "") {
    connect(server_of(identity, chain), trusting(ca), name);
    std::string early = "secret";
    client->write(early);
    server->resume();
    until([&] { return !client_events.ends.empty() || client_events.secured > 0; });
    if (client_events.secured > 0) return "accepted";
    EXPECT_FALSE(client->is_open());
    EXPECT_EQ(client->written(), 0u);
    until([&] { return !server_events.ends.empty(); });
    EXPECT_EQ(server_events.bytes, "");
    return client_events.ends[0];
  }

  CertificateFiles files;
  Identity ca = make_identity({.name = "Test CA", .alternatives = "", .authority = true});
};

TEST_F(StreamTlsTest, NothingIsWrittenBeforeTheHandshakeIsCompleteAndAllAfterIt) {
  const Identity leaf = make_identity({.issuer = &ca});
  connect(server_of(leaf), trusting(ca), "example.test");
  write(*client, "request");
  EXPECT_EQ(client->written(), 0u);
  EXPECT_EQ(client->queued(), 7u);
  client_events.then = [&](const std::string& event) {
    if (event == "secured") EXPECT_EQ(client->written(), 0u);
  };
  until([&] { return client_events.secured == 1 && server_events.secured == 1; });
  EXPECT_EQ(server_events.bytes, "") << "it is not read yet";
  server->resume();
  client->resume();
  until([&] { return server_events.bytes == "request" && client_events.drained == 1; });
  EXPECT_EQ(client->written(), 7u);
  EXPECT_EQ(client->queued(), 0u);
  write(*server, "answer");
  EXPECT_EQ(server->written(), 6u);
  until([&] { return client_events.bytes == "answer"; });
}

TEST_F(StreamTlsTest, BigTransfersBothWays) {
  secure();
  std::string up(5'000'001, 'u'), down(6'000'003, 'd');
  for (std::size_t i = 0; i < up.size(); i += 97) up[i] = static_cast<char>(i);
  write(*client, up);
  write(*server, down);
  EXPECT_GT(client->queued(), 0u);
  EXPECT_GE(client->written() + client->queued(), up.size());
  until([&] { return server_events.bytes.size() == up.size() && client_events.bytes.size() == down.size(); });
  EXPECT_TRUE(server_events.bytes == up);
  EXPECT_TRUE(client_events.bytes == down);
  until([&] { return client_events.drained == 1; });
  EXPECT_EQ(client->written(), up.size());
}

TEST_F(StreamTlsTest, PauseHoldsWhatOpenSslHasTakenInToo) {
  secure();
  server_events.then = [&](const std::string&) { server->pause(); };
  for (int i = 0; i < 100; ++i) write(*client, std::string(100, static_cast<char>('a' + i % 26)));
  until([&] { return !server_events.bytes.empty(); });
  const std::size_t got = server_events.bytes.size();
  some_turns();
  EXPECT_EQ(server_events.bytes.size(), got);
  EXPECT_LT(got, 10'000u);
  server_events.then = nullptr;
  server->resume();
  until([&] { return server_events.bytes.size() == 10'000; });
}

TEST_F(StreamTlsTest, AnEndInOrderLeavesTheOtherDirectionOpen) {
  secure();
  write(*client, "request");
  client->finish();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends[0], "");
  EXPECT_EQ(server_events.bytes, "request");
  EXPECT_EQ(client_events.drained, 1);
  write(*server, std::string(2'000'000, 'x'));
  server->finish();
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends[0], "");
  EXPECT_EQ(client_events.bytes.size(), 2'000'000u);
}

TEST_F(StreamTlsTest, FinishBeforeTheHandshakeSendsWhatWasWritten) {
  const Identity leaf = make_identity({.issuer = &ca});
  connect(server_of(leaf), trusting(ca), "example.test");
  write(*client, "request");
  client->finish();
  server->resume();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.bytes, "request");
  EXPECT_EQ(server_events.ends[0], "");
  EXPECT_EQ(client_events.drained, 1);
}

TEST_F(StreamTlsTest, CloseIsAnEndInOrderButOneThatLosesBytesIsNot) {
  secure();
  client->close();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends[0], "");
  secure();
  server->pause();
  while (client->queued() == 0) write(*client, std::string(1 << 20, 'x'));
  client->close();
  server->resume();
  until([&] { return !server_events.ends.empty(); });
  EXPECT_NE(server_events.ends[0], "");
}

TEST_F(StreamTlsTest, AFinWithoutCloseNotifyIsABrokenEnd) {
  secure();
  write(*client, "all of it?");
  until([&] { return !server_events.bytes.empty(); });
  client->pause();
  // The stream knows nothing of this.
  const int fd = socket_to(server->peer());
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::shutdown(fd, SHUT_WR), 0);
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends[0], "the connection was cut off: it ended without TLS's close_notify");
  EXPECT_FALSE(server->is_open());
}

TEST_F(StreamTlsTest, AResetIsABrokenEnd) {
  secure();
  client->close(true);
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends[0], "connection reset by peer");
}

TEST_F(StreamTlsTest, IsQuietAlthoughSessionTicketsWait) {
  const Identity leaf = make_identity({.issuer = &ca});
  connect(server_of(leaf), trusting(ca), "example.test");
  EXPECT_FALSE(client->is_quiet()) << "not before the handshake";
  until([&] { return client_events.secured == 1 && server_events.secured == 1; });
  some_turns();
  EXPECT_TRUE(client->is_quiet());
  EXPECT_TRUE(client->is_quiet());
  write(*server, "unasked");
  until([&] { return !client->is_quiet(); });
  EXPECT_EQ(client_events.bytes, "");
  client->resume();
  until([&] { return client_events.bytes == "unasked"; });
  EXPECT_TRUE(client->is_quiet());
  server->finish();
  until([&] { return !client->is_quiet(); });
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends[0], "");
}

TEST_F(StreamTlsTest, WhatIsQuietHasMetIsReadAfterwards) {
  secure();
  write(*server, "unasked");
  EXPECT_FALSE(client->is_quiet());
  until([&] { return client_events.bytes == "unasked"; });
  client->pause();
  server->finish();
  EXPECT_FALSE(client->is_quiet());
  some_turns();
  EXPECT_TRUE(client_events.ends.empty());
  client->resume();
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends[0], "");
}

TEST_F(StreamTlsTest, VerifiesTheName) {
  const Identity leaf = make_identity({.alternatives = "DNS:example.test,DNS:*.wild.test", .issuer = &ca});
  EXPECT_EQ(refusal(leaf, "example.test"), "accepted");
  EXPECT_EQ(refusal(leaf, "example.test."), "accepted") << "the root's dot";
  EXPECT_EQ(refusal(leaf, "a.wild.test"), "accepted");
  EXPECT_EQ(refusal(leaf, "a.b.wild.test"), "the server's certificate is not for the name a.b.wild.test");
  EXPECT_EQ(refusal(leaf, "other.test"), "the server's certificate is not for the name other.test");
  EXPECT_EQ(refusal(leaf, "127.0.0.1"), "the server's certificate is not for the address 127.0.0.1");
  const Identity common_name_only = make_identity({.alternatives = "", .issuer = &ca});
  EXPECT_EQ(refusal(common_name_only, "example.test"), "the server's certificate is not for the name example.test");
}

TEST_F(StreamTlsTest, VerifiesAddresses) {
  const Identity leaf = make_identity({.alternatives = "IP:127.0.0.1,IP:::1,DNS:10.0.0.1", .issuer = &ca});
  EXPECT_EQ(refusal(leaf, "127.0.0.1"), "accepted");
  EXPECT_EQ(refusal(leaf, "::1"), "accepted");
  EXPECT_EQ(refusal(leaf, "127.0.0.2"), "the server's certificate is not for the address 127.0.0.2");
  EXPECT_EQ(refusal(leaf, "10.0.0.1"), "the server's certificate is not for the address 10.0.0.1") << "that is a name";
}

TEST_F(StreamTlsTest, VerifiesTheTimes) {
  const Identity expired = make_identity({.issuer = &ca, .from = -7200, .to = -3600});
  EXPECT_EQ(refusal(expired, "example.test"), "the server's certificate has expired");
  const Identity early = make_identity({.issuer = &ca, .from = 3600, .to = 7200});
  EXPECT_EQ(refusal(early, "example.test"),
            "the server's certificate is not valid yet (is this machine's clock right?)");
}

TEST_F(StreamTlsTest, VerifiesTheChain) {
  const Identity other = make_identity({.name = "Other CA", .alternatives = "", .authority = true});
  const Identity leaf = make_identity({.issuer = &other});
  const std::string unknown =
      "the server's certificate is signed by an unknown authority (name the CA file with --tls-ca)";
  EXPECT_EQ(refusal(leaf, "example.test"), unknown);
  EXPECT_EQ(refusal(leaf, "example.test", other.certificate_pem()), unknown) << "the server shows its root";
  const Identity self = make_identity({});
  EXPECT_EQ(refusal(self, "example.test"),
            "the server's certificate is self-signed (to trust it, name its file with --tls-ca)");
  const Identity between =
      make_identity({.name = "Intermediate CA", .alternatives = "", .issuer = &ca, .authority = true});
  const Identity below = make_identity({.issuer = &between});
  EXPECT_EQ(refusal(below, "example.test", between.certificate_pem()), "accepted");
  EXPECT_EQ(refusal(below, "example.test"), unknown) << "the server does not show its chain";
  const Identity no_authority = make_identity({.name = "Leaf", .alternatives = "", .issuer = &ca});
  const Identity forged = make_identity({.issuer = &no_authority});
  EXPECT_NE(refusal(forged, "example.test", no_authority.certificate_pem()), "accepted");
}

TEST_F(StreamTlsTest, ASelfSignedCertificateMayBeTrustedByItsFile) {
  const Identity self = make_identity({});
  connect(server_of(self), trusting(self), "example.test");
  until([&] { return client_events.secured == 1; });
}

TEST_F(StreamTlsTest, InsecureVerifiesNothing) {
  const Identity expired = make_identity({.from = -7200, .to = -3600});
  const auto insecure = TlsClient::make({"", true}, "");
  ASSERT_TRUE(insecure);
  connect(server_of(expired), *insecure, "other.test");
  until([&] { return client_events.secured == 1; });
}

TEST_F(StreamTlsTest, ANameThatNoCertificateCanHoldIsRefused) {
  const Identity leaf = make_identity({.issuer = &ca});
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".example.test"), std::string(300, 'x'), std::string("a\0b", 3)}) {
    connect(server_of(leaf), trusting(ca), name);
    EXPECT_TRUE(client_events.ends.empty()) << "from the loop";
    until([&] { return !client_events.ends.empty(); });
    EXPECT_TRUE(client_events.ends[0].starts_with("the server's name cannot be in a certificate")) << name;
    EXPECT_EQ(client_events.secured, 0);
  }
}

TEST_F(StreamTlsTest, APeerThatDoesNotSpeakTlsIsNamedSo) {
  const Identity leaf = make_identity({.issuer = &ca});
  auto [c, s] = sockets();
  client = Stream::tls_client(loop, std::move(c), client_events, trusting(ca), "example.test");
  const std::string http = "HTTP/1.1 400 Bad Request\r\n\r\n";
  ASSERT_EQ(::send(s.fd(), http.data(), http.size(), MSG_NOSIGNAL), static_cast<ssize_t>(http.size()));
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends[0], "the other side does not speak TLS");
  auto [c2, s2] = sockets();
  server = Stream::tls_server(loop, std::move(s2), server_events, server_of(leaf));
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(c2.fd(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  until([&] { return !server_events.ends.empty(); });
  EXPECT_EQ(server_events.ends[0], "the other side does not speak TLS");
}

// What a client that offers only `protocols` (as on the wire) and `version` hears: "" if the handshake succeeds, else
// what the server's side says.
class TlsOfferTest : public StreamTlsTest {
 protected:
  std::string offer(const std::string& protocols, int version) {
    const Identity leaf = make_identity({.issuer = &ca});
    auto [c, s] = sockets();
    server_events = {};
    server = Stream::tls_server(loop, std::move(s), server_events, server_of(leaf));
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_security_level(context.get(), 0);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    SSL_set_fd(ssl.get(), c.fd());
    bool done = false;
    until([&] {
      done = done || SSL_connect(ssl.get()) == 1;
      return (done && server_events.secured > 0) || !server_events.ends.empty();
    });
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &name, &size);
    chosen.assign(reinterpret_cast<const char*>(name), size);
    server->resume();
    if (done) EXPECT_EQ(SSL_write(ssl.get(), "x", 1), 1);
    until([&] { return server_events.bytes == "x" || !server_events.ends.empty(); });
    return server_events.ends.empty() ? "" : server_events.ends[0];
  }
  std::string chosen;
};

TEST_F(TlsOfferTest, SpeaksHttp11OrNothing) {
  EXPECT_EQ(offer("\x02h2\x08http/1.1", TLS1_3_VERSION), "");
  EXPECT_EQ(chosen, "http/1.1");
  EXPECT_EQ(offer("", TLS1_3_VERSION), "");
  EXPECT_EQ(chosen, "") << "without the extension there is nothing to choose";
  EXPECT_NE(offer("\x02h2", TLS1_3_VERSION), "");
}

TEST_F(TlsOfferTest, SpeaksTls12ButNothingOlder) {
  EXPECT_EQ(offer("\x08http/1.1", TLS1_2_VERSION), "");
  EXPECT_EQ(offer("\x08http/1.1", TLS1_1_VERSION), "the other side speaks no version of TLS from 1.2 on");
}

TEST_F(StreamTlsTest, APeerThatEndsOrStaysSilentInTheHandshake) {
  auto [c, s] = sockets();
  client = Stream::tls_client(loop, std::move(c), client_events, trusting(ca), "example.test");
  write(*client, "x");
  some_turns();
  EXPECT_TRUE(client->is_open());
  EXPECT_TRUE(client_events.ends.empty());
  ::shutdown(s.fd(), SHUT_WR);
  until([&] { return !client_events.ends.empty(); });
  EXPECT_EQ(client_events.ends[0], "the connection was closed during the TLS handshake");
  EXPECT_EQ(client->written(), 0u);
  EXPECT_EQ(client_events.secured, 0);
}

TEST_F(StreamTlsTest, MayBeDestroyedInEveryCallback) {
  for (const bool destroyed : {true, false}) {
    for (const std::string event : {"secured", "drained", "bytes", "end"}) {
      const Identity leaf = make_identity({.issuer = &ca});
      connect(server_of(leaf), trusting(ca), "example.test");
      int times = 0;
      client_events.then = [&](const std::string& e) {
        if (e != event) return;
        ++times;
        if (destroyed) {
          client.reset();
        } else {
          client->close();
        }
      };
      write(*client, std::string(100'000, 'x'));
      client->resume();
      server->resume();
      server_events.then = [&](const std::string& e) {
        if (e != "secured") return;
        write(*server, std::string(200'000, 'x'));
        server->finish();
      };
      until([&] { return times > 0; });
      some_turns();
      EXPECT_EQ(times, 1) << event;
      server_events.then = nullptr;
    }
  }
}

TEST_F(StreamTlsTest, AHandshakeThatFailsMayDestroyTheStream) {
  const Identity leaf = make_identity({.issuer = &ca});
  connect(server_of(leaf), trusting(ca), "other.test");
  client_events.then = [&](const std::string&) { client.reset(); };
  until([&] { return client == nullptr; });
}

// A client on another thread answers while our first look at the handshake is still going on, so that it completes
// within that look, and what the client sent right behind it is read along: nothing else will come to tell of it.
TEST_F(StreamTlsTest, AQuickClientsFirstBytesAreNotForgotten) {
  const Identity leaf = make_identity({.issuer = &ca});
  const auto identity = server_of(leaf);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  for (int i = 0; i < 100; ++i) {
    auto [c, s] = sockets();
    server_events = {};
    std::thread quick([&context, fd = c.fd()] {
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
      SSL_set_fd(ssl.get(), fd);
      if (SSL_connect(ssl.get()) == 1) SSL_write(ssl.get(), "quick", 5);
    });
    char byte = 0;
    pollfd hello{s.fd(), POLLIN, 0};
    ::poll(&hello, 1, 10'000);  // so that there is something to look at
    ASSERT_EQ(::recv(s.fd(), &byte, 1, MSG_PEEK), 1);
    server = Stream::tls_server(loop, std::move(s), server_events, identity);
    server->resume();
    quick.join();
    until([&] { return server_events.bytes == "quick"; });
    ASSERT_EQ(server_events.bytes, "quick") << i;
    EXPECT_EQ(server_events.secured, 1);
  }
}

}  // namespace
}  // namespace net
