// One exchange over a pair of sockets on one loop: a server that answers at once, beside a stream that sends as many
// bytes back without reading any. The difference is what the server costs; the rest is the system and the loop.
#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "httpio/server.h"
#include "net/loop.h"
#include "net/stream.h"

namespace {

const std::string answer = R"({"jsonrpc":"2.0","id":42,"result":{"content":[{"type":"text","text":"done"}]}})";

std::string request(std::size_t size) {
  std::string content = R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"create_issue","text":")";
  content.resize(size, 'x');
  return "POST /mcp HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n"
         "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\nMcp-Session-Id: 5f0c7f4e-2a51-4d0e-9c2c-8f1d2b1c7a90\r\n"
         "Mcp-Protocol-Version: 2025-11-25\r\nUser-Agent: node\r\nAccept-Language: *\r\nContent-Length: " +
         std::to_string(content.size()) + "\r\n\r\n" + content;
}

class Answering : public httpio::ServerHandler {
 public:
  std::uint64_t on_head(const std::shared_ptr<httpio::ServerExchange>&) override { return http::unlimited; }
  void on_request(const std::shared_ptr<httpio::ServerExchange>& exchange) override {
    benchmark::DoNotOptimize(exchange->body());
    exchange->respond(200, "application/json", answer);
  }
  void on_refused(const net::SocketAddress&, unsigned, std::string_view) override { std::abort(); }
};

// Sends `size` bytes for each request.
class Echoing : public net::Stream::Handler {
 public:
  Echoing(std::size_t request, std::size_t size) : request_(request), size_(size) {}
  void on_bytes(net::Stream& stream, std::string_view bytes) override {
    got_ += bytes.size();
    if (got_ < request_) return;
    got_ = 0;
    out_.assign(size_, 'x');
    stream.write(out_);
  }
  void on_end(net::Stream&, std::string_view) override { std::abort(); }
  void on_drained(net::Stream&) override {}

 private:
  std::size_t request_, size_, got_ = 0;
  std::string out_;
};

class Pair {
 public:
  Pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    client_ = net::Descriptor::own(ends[0]);
    server = net::Descriptor::own(ends[1]);
  }
  // One exchange; gives the size of what came back.
  std::size_t exchange(net::Loop& loop, std::string_view bytes) {
    while (!bytes.empty()) {
      const net::Io sent = client_.write(bytes);
      if (sent.status == net::Io::Status::ok) bytes.remove_prefix(sent.bytes);
      if (!bytes.empty()) loop.run_once(base::Duration::zero());
    }
    for (;;) {
      loop.run_once(base::Duration::zero());
      const net::Io got = client_.read(buffer_);
      if (got.status == net::Io::Status::ok) return got.bytes;
    }
  }
  net::Descriptor server;

 private:
  net::Descriptor client_;
  std::array<char, 4096> buffer_;
};

void BM_Server(benchmark::State& state) {
  const base::FakeClock clock;
  net::Loop loop(clock);
  Answering handler;
  httpio::Server server(loop, handler, {});
  Pair pair;
  server.serve(std::move(pair.server), net::SocketAddress(), nullptr);
  const std::string bytes = request(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(pair.exchange(loop, bytes));
}
BENCHMARK(BM_Server)->Arg(300)->Arg(1 << 20);

void BM_StreamAlone(benchmark::State& state) {
  const base::FakeClock clock;
  net::Loop loop(clock);
  Pair pair;
  const std::string bytes = request(static_cast<std::size_t>(state.range(0)));
  Echoing handler(bytes.size(), answer.size() + 112);
  const auto stream = net::Stream::tcp(loop, std::move(pair.server), handler);
  stream->resume();
  for (auto _ : state) benchmark::DoNotOptimize(pair.exchange(loop, bytes));
}
BENCHMARK(BM_StreamAlone)->Arg(300)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
