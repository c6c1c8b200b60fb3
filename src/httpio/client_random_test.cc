// Thousands of random steps of handlers, server and clock: no request is carried out twice, every answer reaches the
// exchange that asked, each exchange hears one last call, and nothing is left over.
#include <map>
#include <random>
#include <set>

#include "httpio/client_testing.h"

namespace httpio {
namespace {

class ClientRandomTest : public ClientTest, public testing::WithParamInterface<unsigned> {
 protected:
  struct One {
    std::string id;
    Told told;
    std::unique_ptr<Exchange> exchange;
    bool paused = false;
  };

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); }
  bool once_in(std::size_t n) { return below(n) == 0; }
  void step();
  void start();
  void change();
  void read_requests();
  void answer(Peer& p, const std::string& id);
  void collect();
  void finish();

  std::mt19937 random{GetParam()};
  std::vector<std::unique_ptr<One>> running;
  std::map<Peer*, std::string> asked;  // what a connection waits for
  std::set<std::string> seen;
  std::size_t number = 0, done = 0, failed = 0;
};

void ClientRandomTest::start() {
  running.push_back(std::make_unique<One>());
  One& one = *running.back();
  one.id = std::to_string(number++);
  if (once_in(8)) {
    one.told.at_head = one.told.at_body = [&one](Exchange& e) {
      e.pause();
      one.paused = true;
    };
  }
  if (once_in(8)) one.told.at_body = [&one](Exchange&) { one.exchange.reset(); };
  if (once_in(4)) {
    one.told.at_end = [&](Exchange&) {
      one.exchange.reset();
      if (running.size() < 50) start();
    };
  }
  Request request = post("<" + one.id + ">");
  if (once_in(20)) request.body.insert(1, std::size_t{1} << 20, ' ');
  one.exchange = client->start(std::move(request), one.told);
}

void ClientRandomTest::change() {
  if (running.empty()) return;
  One& one = *running[below(running.size())];
  if (!one.exchange) return;
  if (once_in(6)) return one.exchange.reset();
  if (!one.paused && once_in(2)) return;
  one.paused = !one.paused;
  if (one.paused) {
    one.exchange->pause();
  } else {
    one.exchange->resume();
  }
}

void ClientRandomTest::read_requests() {
  for (const auto& p : server.peers) {
    if (!p->got.ends_with(">")) continue;
    const std::string text = p->take();
    std::string id = text.substr(text.find('<') + 1);
    id.pop_back();
    id.erase(0, id.find_first_not_of(' '));
    EXPECT_TRUE(seen.insert(id).second) << "sent twice: " << id;
    EXPECT_FALSE(asked.contains(p.get())) << "two requests at once";
    asked[p.get()] = id;
  }
}

void ClientRandomTest::answer(Peer& p, const std::string& id) {
  const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
  switch (below(8)) {
    case 0:
      return p.stream->close();
    case 1:
      return p.stream->close(true);
    case 2:
      p.send("HTTP/1.1 200 OK\r\n\r\n" + id);
      return p.stream->finish();
    case 3:
      return p.send(httpio::answer(id) + poison);
    case 4:
      return p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::to_string(id.size()) + "\r\n" + id +
                    "\r\n0\r\n\r\n");
    case 5:
      p.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
             std::to_string(id.size()) + "\r\n\r\n" + id);
      return;
    default:
      return p.send(httpio::answer(id));
  }
}

void ClientRandomTest::collect() {
  std::erase_if(running, [&](const auto& one) {
    if (!one->told.over) return one->exchange == nullptr;
    if (one->told.story.ends_with("done")) {
      ++done;
      EXPECT_EQ(one->told.story, "[200] {" + one->id + "} done");
    } else {
      ++failed;
      EXPECT_TRUE(one->told.failure.sent || !seen.contains(one->id)) << one->told.story;
    }
    return true;
  });
  EXPECT_LE(client->connections(), 5U);
}

void ClientRandomTest::step() {
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
      if (running.size() < 30) start();
      break;
    case 3:
      change();
      break;
    case 4:
      if (once_in(10)) client->close_idle();
      if (once_in(10)) clock.advance(std::chrono::seconds(20));
      if (!server.peers.empty() && once_in(10)) server.peers[below(server.peers.size())]->stream->close(once_in(2));
      break;
    case 5:
    case 6:
    case 7:
      if (!asked.empty()) {
        const auto which = std::next(asked.begin(), static_cast<std::ptrdiff_t>(below(asked.size())));
        const auto [p, id] = *which;
        asked.erase(which);
        answer(*p, id);
      }
      break;
    default:
      loop.run_once(base::Duration::zero());
  }
  read_requests();
  collect();
}

// Everything is answered and read to its end.
void ClientRandomTest::finish() {
  const auto over = [&] {
    for (const auto& one : running) {
      one->told.at_head = one->told.at_body = one->told.at_end = nullptr;
      if (one->exchange) one->exchange->resume();
    }
    for (const auto& [p, id] : std::exchange(asked, {})) p->send(httpio::answer(id));
    read_requests();
    collect();
    return running.empty() && asked.empty();
  };
  EXPECT_TRUE(turn_until(over));
  client->close_idle();
  EXPECT_EQ(client->connections(), 0U);
}

TEST_P(ClientRandomTest, NothingIsMixedUpRepeatedOrLeft) {
  make({.max_connections = 5,
        .max_waiting = 20,
        .max_idle = 3,
        .idle_timeout = std::chrono::seconds(15),
        .head_timeout = std::chrono::seconds(30)});
  for (int i = 0; i < 5000 && !HasFailure(); ++i) step();
  finish();
  EXPECT_GT(done, 50U);
  EXPECT_GT(failed, 10U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ClientRandomTest, testing::Range(1U, 7U));

}  // namespace
}  // namespace httpio
