// The same over TLS: whom the client trusts, what an end without close_notify means, connections that are kept.
#include <sys/socket.h>

#include "httpio/client_testing.h"
#include "net/tls_testing.h"

namespace httpio {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

#define OK "HTTP/1.1 200 OK\r\n"

class ClientTlsTest : public ClientTest {
 protected:
  // A server that shows `identity`, and a client of it that trusts the authority.
  void serve(const net::Identity& identity) {
    auto of_server =
        net::TlsServer::make(files.put("c.pem", identity.certificate_pem()), files.put("k.pem", identity.key_pem()));
    ASSERT_TRUE(of_server) << of_server.error().message;
    auto of_client = net::TlsClient::make({.ca_file = files.put("ca.pem", ca.certificate_pem())}, "");
    ASSERT_TRUE(of_client) << of_client.error().message;
    client.reset();
    tls_server = std::make_unique<ScriptedServer>(loop, *of_server);
    tls_dialer = std::make_unique<net::Dialer>(loop, resolver, *of_client, net::Dialer::Options{});
    client = std::make_unique<Client>(loop, *tls_dialer, net::Endpoint{"127.0.0.1", tls_server->port(), true},
                                      "example.test", Client::Options{});
  }
  void serve() { serve(net::make_identity({.alternatives = "IP:127.0.0.1", .issuer = &ca})); }
  // The `n`th connection, once it has got `text`.
  Peer& secure_peer(std::size_t n, const std::string& text = post_text()) {
    EXPECT_TRUE(
        turn_until([&] { return tls_server->peers.size() > n && tls_server->peers[n]->got.size() >= text.size(); }));
    EXPECT_EQ(tls_server->peers.at(n)->take(), text);
    return *tls_server->peers[n];
  }
  void secure_exchange(std::size_t n) {
    Told told;
    const auto started = client->start(post(), told);
    secure_peer(n).send(answer());
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_EQ(told.story, "[200] {ok} done");
  }
  // FIN without close_notify, as somebody in between could make it.
  static void cut(const Peer& peer) {
    for (int fd = 3; fd < 1024; ++fd) {
      if (const auto other = net::SocketAddress::peer_of(fd); other && *other == peer.stream->peer()) {
        ASSERT_EQ(::shutdown(fd, SHUT_WR), 0);
        return;
      }
    }
    FAIL() << "no such socket";
  }

  net::CertificateFiles files;
  net::Identity ca = net::make_identity({.name = "Test CA", .alternatives = "", .authority = true});
  std::unique_ptr<ScriptedServer> tls_server;
  std::unique_ptr<net::Dialer> tls_dialer;
};

TEST_F(ClientTlsTest, ExchangesOverOneConnection) {
  serve();
  for (int i = 0; i < 3; ++i) secure_exchange(0);
  std::string body(std::size_t{2} << 20, 'x');
  Told told;
  const auto started = client->start(post(body), told);
  secure_peer(0, post_text(body)).send(answer(body));
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.body, body);
  EXPECT_EQ(tls_server->peers.size(), 1U);
}

TEST_F(ClientTlsTest, AServerThatIsNotTrustedGetsNoByteOfARequest) {
  const net::Identity stranger = net::make_identity({.name = "Other CA", .alternatives = "", .authority = true});
  const struct {
    net::CertificateOptions options;
    const char* text;
  } cases[] = {
      {{.alternatives = "IP:127.0.0.1", .issuer = &ca, .from = -7200, .to = -3600}, "expired"},
      {{.alternatives = "IP:127.0.0.2", .issuer = &ca}, ""},
      {{.alternatives = "DNS:example.test", .issuer = &ca}, ""},
      {{.alternatives = "IP:127.0.0.1", .issuer = &stranger}, ""},
      {{.alternatives = "IP:127.0.0.1"}, ""},
  };
  for (const auto& c : cases) {
    serve(net::make_identity(c.options));
    Told told;
    const auto started = client->start(post(), told);
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_THAT(told.story, StartsWith("failed: " + tls_server->origin() + ": "));
    EXPECT_THAT(told.story, HasSubstr(c.text));
    EXPECT_FALSE(told.failure.sent);
    settle();
    for (const auto& p : tls_server->peers) EXPECT_EQ(p->got, "");
    EXPECT_EQ(client->connections(), 0U);
  }
}

TEST_F(ClientTlsTest, ContentThatIsCutOffIsNotTakenForComplete) {
  for (const bool until_close : {false, true}) {
    serve();
    Told told;
    const auto started = client->start(post(), told);
    Peer& p = secure_peer(0);
    p.send(until_close ? OK "\r\nhello" : OK "Content-Length: 10\r\n\r\nhello");
    ASSERT_TRUE(turn_until([&] { return told.body == "hello"; }));
    cut(p);
    ASSERT_TRUE(turn_until_over(told));
    EXPECT_THAT(told.story, StartsWith("[200] {hello} failed: " + tls_server->origin() +
                                       ": the connection broke in the middle of its answer: "));
    EXPECT_TRUE(told.failure.sent && told.failure.in_body);
  }
}

TEST_F(ClientTlsTest, ContentUntilCloseNotifyIsComplete) {
  serve();
  Told told;
  const auto started = client->start(post(), told);
  Peer& p = secure_peer(0);
  p.send(OK "\r\nhello");
  p.stream->finish();
  ASSERT_TRUE(turn_until_over(told));
  EXPECT_EQ(told.story, "[200] {hello} done");
}

TEST_F(ClientTlsTest, AKeptConnectionThatIsOverIsReplaced) {
  serve();
  secure_exchange(0);
  std::size_t n = 0;
  tls_server->peers[n]->stream->finish();  // close_notify, not seen by the loop
  secure_exchange(++n);
  tls_server->peers[n]->stream->close(true);
  secure_exchange(++n);
  cut(*tls_server->peers[n]);
  secure_exchange(++n);
  tls_server->peers[n]->send("HTTP/1.1 200 OK\r\n");
  secure_exchange(++n);
  tls_server->peers[n]->stream->finish();
  ASSERT_TRUE(turn_until([&] { return client->connections() == 0; }));
}

TEST_F(ClientTlsTest, GivingUpInTheHandshakeLeavesNothing) {
  serve();
  Told told;
  auto started = client->start(post(), told);
  ASSERT_TRUE(turn_until([&] { return tls_server->peers.size() == 1; }));
  started.reset();
  EXPECT_EQ(client->connections(), 0U);
  ASSERT_TRUE(turn_until([&] { return tls_server->peers[0]->ended; }));
  EXPECT_EQ(tls_server->peers[0]->got, "");
  secure_exchange(1);
}

}  // namespace
}  // namespace httpio
