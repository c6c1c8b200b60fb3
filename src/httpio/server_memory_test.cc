// What a connection that waits costs: between two requests, with an event stream open, and after a big request.
#include <malloc.h>

#include "httpio/server_testing.h"

namespace httpio {
namespace {

// Bytes in use of the heap; 0 where a sanitizer has its own.
std::size_t in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

class ServerMemoryTest : public ServerTest {
 protected:
  static constexpr std::size_t count = 200;

  void SetUp() override {
    const std::size_t before = in_use();
    const std::string block(1 << 16, 'x');
    if (in_use() < before + block.size()) GTEST_SKIP() << "the heap is not malloc's";
    clients.reserve(2 * count);
    make();
    play(1);  // what is made once
  }
  // Connects `number` clients and plays `scene` with each.
  void play(std::size_t number) {
    for (std::size_t i = 0; i < number; ++i) {
      clients.push_back(connect());
      if (scene) scene(clients.back());
    }
    some_turns();
    for (RawClient& c : clients) {
      take(c);
      std::string().swap(c.in);
    }
  }
  std::size_t bytes_each() {
    const std::size_t before = in_use();
    play(count);
    const std::size_t each = (in_use() - before) / count;
    RecordProperty("bytes_each", static_cast<int>(each));
    EXPECT_EQ(server->connections(), clients.size());
    return each;
  }

  std::vector<RawClient> clients;
  std::function<void(RawClient&)> scene;
};

TEST_F(ServerMemoryTest, BeforeTheFirstRequest) { EXPECT_LT(bytes_each(), 1536u); }

TEST_F(ServerMemoryTest, BetweenTwoRequests) {
  scene = [this](RawClient& c) {
    send(c, post(std::string(1 << 20, 'x')));
    until([&] { return !handler.open.empty(); });
    reply(handler.open.front(), std::string(100'000, 'y'));
    handler.open.clear();
    handler.bodies.clear();
    handler.heads.clear();
    until([&] { return take(c), c.in.size() > 100'000; });
  };
  play(300);  // more than may own a reader
  EXPECT_LT(bytes_each(), 1536u);
}

TEST_F(ServerMemoryTest, WithAReaderOfItsOwn) {
  scene = [this](RawClient& c) {
    send(c, post("{}"));
    until([&] { return !handler.open.empty(); });
    reply(handler.open.front(), "{}");
    handler.open.clear();
    handler.bodies.clear();
    handler.heads.clear();
    until([&] { return take(c), !c.in.empty(); });
  };
  play(1);
  EXPECT_LT(bytes_each(), 6144u);
}

TEST_F(ServerMemoryTest, WithAStreamThatWaits) {
  handler.open.reserve(2 * count);
  handler.heads.reserve(2 * count);
  handler.bodies.reserve(2 * count);
  scene = [this](RawClient& c) {
    send(c, get("/mcp",
                "Accept: text/event-stream\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
                "Mcp-Session-Id: 0123456789abcdef0123456789abcdef\r\nMcp-Protocol-Version: 2025-11-25\r\n"
                "User-Agent: node\r\nAccept-Language: *\r\nAccept-Encoding: gzip, deflate\r\n"));
    const std::size_t before = handler.open.size();
    until([&] { return handler.open.size() > before; });
    const Held& e = handler.open.back();
    e->on_closed([e] {});
    e->on_drained([e] {});
    e->start_events();
    e->write_events("id: 1\ndata: \n\n");
    e->write_events("data: " + std::string(10'000, 'x') + "\n\n");
    until([&] { return take(c), c.in.size() > 10'000; });
  };
  play(1);
  EXPECT_LT(bytes_each(), 5120u);
}

}  // namespace
}  // namespace httpio
