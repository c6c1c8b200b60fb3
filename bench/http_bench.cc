// Reading a typical MCP request and writing a typical response; event streams.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "http/reader.h"
#include "http/sse.h"
#include "http/writer.h"

namespace {

std::string body() {
  std::string out = R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"create_issue","arguments":)"
                    R"({"owner":"example","repo":"widgets","title":"Crash on start","body":")";
  out.resize(294, 'x');
  return out + "\"}}}}}";
}

// What the official TypeScript client sends: 10 headers, 300 bytes.
std::string request() {
  const std::string content = body();
  return "POST /mcp HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n"
         "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\nMcp-Session-Id: 5f0c7f4e-2a51-4d0e-9c2c-8f1d2b1c7a90\r\n"
         "Mcp-Protocol-Version: 2025-11-25\r\nUser-Agent: node\r\nAccept-Language: *\r\nContent-Length: " +
         std::to_string(content.size()) + "\r\n\r\n" + content;
}

template <class Reader>
std::size_t read_one(Reader& reader, std::string_view in) {
  std::size_t bytes = 0;
  for (;;) {
    const http::Step step = reader.read(in);
    in.remove_prefix(step.consumed);
    if (step.event == http::Event::body) bytes += step.body.size();
    if (step.event == http::Event::more || step.event == http::Event::refused) std::abort();
    if (step.event == http::Event::end) break;
  }
  reader.next();
  return bytes;
}

void BM_ReadRequest(benchmark::State& state) {
  const std::string bytes = request();
  http::RequestReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(read_one(reader, bytes));
}
BENCHMARK(BM_ReadRequest);

void BM_ReadRequestInTwoPieces(benchmark::State& state) {
  const std::string bytes = request();
  http::RequestReader reader;
  for (auto _ : state) {
    const http::Step step = reader.read(std::string_view(bytes).substr(0, 200));
    benchmark::DoNotOptimize(read_one(reader, std::string_view(bytes).substr(step.consumed)));
  }
}
BENCHMARK(BM_ReadRequestInTwoPieces);

void BM_ReadResponse(benchmark::State& state) {
  std::string bytes;
  (void)http::write_json_response(bytes, 200, body(), http::Connection::keep);
  http::ResponseReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(read_one(reader, bytes));
}
BENCHMARK(BM_ReadResponse);

void BM_ReadChunkedEvent(benchmark::State& state) {
  std::string bytes, event;
  (void)http::write_sse_head(bytes, 1);
  (void)http::write_sse(event, {.id = "1", .event = "message", .data = body()});
  http::write_chunk(bytes, event);
  http::write_last_chunk(bytes);
  http::ResponseReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(read_one(reader, bytes));
}
BENCHMARK(BM_ReadChunkedEvent);

void BM_ReadMebibyte(benchmark::State& state) {
  std::string bytes;
  (void)http::write_json_response(bytes, 200, std::string(1U << 20, 'x'), http::Connection::keep);
  http::ResponseReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(read_one(reader, bytes));
}
BENCHMARK(BM_ReadMebibyte);

void BM_WriteResponse(benchmark::State& state) {
  const std::string content = body();
  const http::Field more[] = {{"Mcp-Session-Id", "5f0c7f4e-2a51-4d0e-9c2c-8f1d2b1c7a90"}};
  std::string out;
  for (auto _ : state) {
    out.clear();
    (void)http::write_json_response(out, 200, content, http::Connection::keep, more);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_WriteResponse);

void BM_WriteRequest(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    auto head = http::HeadWriter::request(out, "POST", "/mcp");
    head.field("Host", "localhost:8080").field("Content-Type", "application/json");
    head.field("Accept", "application/json, text/event-stream").field("Mcp-Protocol-Version", "2025-11-25");
    head.field("Mcp-Session-Id", "5f0c7f4e-2a51-4d0e-9c2c-8f1d2b1c7a90").length(300);
    (void)head.done();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_WriteRequest);

void BM_WriteEvent(benchmark::State& state) {
  const std::string content = body();
  std::string event, out;
  for (auto _ : state) {
    event.clear();
    out.clear();
    (void)http::write_sse(event, {.id = "1", .event = "message", .data = content});
    http::write_chunk(out, event);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_WriteEvent);

void read_events(benchmark::State& state, std::size_t size) {
  std::string bytes;
  (void)http::write_sse(bytes, {.id = "1", .event = "message", .data = std::string(size, 'x')});
  http::SseReader reader;
  for (auto _ : state) {
    std::string_view in = bytes;
    while (reader.read(in) != http::SseFound::more) benchmark::DoNotOptimize(reader.event().data);
  }
}
void BM_ReadEvent(benchmark::State& state) { read_events(state, 300); }
BENCHMARK(BM_ReadEvent);
void BM_ReadEventOfAMebibyte(benchmark::State& state) { read_events(state, 1U << 20); }
BENCHMARK(BM_ReadEventOfAMebibyte);

}  // namespace

BENCHMARK_MAIN();
