// Exchanges over a kept connection, with a server that answers from a thread of its own without looking. What counts is
// the CPU column, the loop's thread alone: most of it is the kernel's. `user_us` is what is spent outside of it, as far
// as the system tells.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

#include "httpio/client.h"
#include "net/dialer.h"
#include "net/resolver.h"
#include "net/tcp_listener.h"

namespace {

std::string json(std::size_t bytes) {
  std::string out = R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"create_issue","arguments":")";
  out.resize(bytes - 3, 'x');
  return out + "\"}}";
}

// Answers every request, whose size is known, on one connection.
void serve(int fd, std::size_t request, const std::string& answer) {
  std::string buffer(std::size_t{64} << 10, '\0');
  for (std::size_t got = 0;;) {
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
    if (got < request) continue;
    got = 0;
    if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  ::close(fd);
}

class Next final : public httpio::ResponseHandler {
 public:
  void on_head(httpio::Exchange& /*exchange*/, const http::ResponseHead& /*head*/) override {}
  void on_body(httpio::Exchange& /*exchange*/, std::string_view bytes) override { content += bytes.size(); }
  void on_done(httpio::Exchange& /*exchange*/) override { over = true; }
  void on_failed(httpio::Exchange& /*exchange*/, const httpio::Failure& /*failure*/) override { std::abort(); }
  std::size_t content = 0;
  bool over = false;
};

httpio::Request request_of(const std::string& body) {
  return {.target = "/mcp",
          .fields = {{"Content-Type", "application/json"},
                     {"Accept", "application/json, text/event-stream"},
                     {"Mcp-Session-Id", "5f0c7f4e-2a51-4d0e-9c2c-8f1d2b1c7a90"},
                     {"Mcp-Protocol-Version", "2025-11-25"}},
          .body = body};
}

double user_us() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) * 1e6 + static_cast<double>(usage.ru_utime.tv_usec);
}

void BM_Exchange(benchmark::State& state) {
  const base::SystemClock clock;
  net::Loop loop(clock);
  net::Resolver resolver(loop);
  net::Dialer dialer(loop, resolver, nullptr, {});
  const std::string body = json(static_cast<std::size_t>(state.range(0)));
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  auto listener = *net::TcpListener::listen(loop, *net::SocketAddress::parse("127.0.0.1", 0));
  httpio::Client client(loop, dialer, {"127.0.0.1", listener->address().port(), false}, "localhost", {});
  std::size_t size = 0;
  {  // what a request takes on the wire
    std::string head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& f : request_of("").fields) head += f.name + ": " + f.value + "\r\n";
    size = head.size() + ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n").size() + body.size();
  }
  std::thread server;
  listener->start(
      [&](net::Descriptor socket, const net::SocketAddress&) {
        const int fd = ::dup(socket.fd());
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        server = std::thread([fd, size, &answer] { serve(fd, size, answer); });
      },
      [](const std::string&) {});
  const double before = user_us();
  for (auto _ : state) {
    Next next;
    const auto exchange = client.start(request_of(body), next);
    while (!next.over) loop.run_once(std::chrono::seconds(10));
    benchmark::DoNotOptimize(next.content);
  }
  state.counters["user_us"] = benchmark::Counter((user_us() - before) / static_cast<double>(state.iterations()));
  client.close_idle();
  server.join();
}
BENCHMARK(BM_Exchange)->Arg(300)->Arg(16 << 10)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
