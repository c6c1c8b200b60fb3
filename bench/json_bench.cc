// Reading and writing of typical messages: bytes/s and ns per KB (1024 bytes) of input.
// The compact forms are what servers send; the indented ones take the writer's slow path (nothing is verbatim).
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "json/document.h"
#include "json/recover.h"
#include "json/writer.h"

namespace {

using json::Document;
using json::Profile;

std::string small_call() {
  return R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"create_issue","arguments":)"
         R"({"owner":"example","repo":"widgets","title":"Crash on start","body":"Steps:\n1. start\n2. \"boom\"",)"
         R"("labels":["bug","urgent"],"priority":2},"_meta":{"progressToken":7}}})";
}

std::string file(const std::string& name) {
  std::ifstream in(std::filesystem::path(INTERCEPT_SOURCE_DIR) / "tests/data/tools" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string compact(const std::string& text) {
  Document document;
  if (!document.read(text, Profile::tolerant)) {
    std::cerr << "a benchmark's document cannot be read\n";
    std::exit(1);
  }
  std::string out;
  json::write(out, document.root());
  return out;
}

std::string call_with(const std::string& argument) {
  std::string out = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"content":)";
  json::write_string(out, argument);
  return out + "}}}";
}

std::string repeated(const std::string& piece, std::size_t size) {
  std::string out;
  while (out.size() < size) out += piece;
  out.resize(size);
  return out;
}

constexpr std::size_t mebibyte = 1U << 20;
std::string plain_text() { return repeated("The quick brown fox jumps over the lazy dog. ", mebibyte); }
std::string source_code() { return repeated("  if (name == \"x\") {\n    return a + b;\n  }\n", mebibyte); }
std::string wide_text() { return repeated("\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587\u3002", mebibyte - 4); }

void report(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
  state.counters["s/KB"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(bytes) / 1024,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void read(benchmark::State& state, const std::string& text) {
  Document document;
  for (auto _ : state) {
    const auto result = document.read(text, Profile::strict);
    if (!result) state.SkipWithError(result.error().message.c_str());
    benchmark::DoNotOptimize(document.root());
  }
  report(state, text.size());
}

void write(benchmark::State& state, const std::string& text) {
  Document document;
  if (!document.read(text, Profile::strict)) state.SkipWithError("not readable");
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::write(out, document.root());
    benchmark::DoNotOptimize(out.data());
  }
  report(state, text.size());
}

void write_canonical(benchmark::State& state, const std::string& text) {
  Document document;
  if (!document.read(text, Profile::strict)) state.SkipWithError("not readable");
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::write_canonical(out, document.root());
    benchmark::DoNotOptimize(out.data());
  }
  report(state, text.size());
}

void recover(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(json::certain_id(text));
  report(state, text.size());
}

void add(const std::string& name, const std::string& text) {
  benchmark::RegisterBenchmark(("read/" + name).c_str(), read, text);
  benchmark::RegisterBenchmark(("write/" + name).c_str(), write, text);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::string tools = file("azure.json");
  add("tools_call", small_call());
  add("tools_list", compact(tools));
  add("tools_list_indented", tools);
  add("argument_1MiB_plain", call_with(plain_text()));
  add("argument_1MiB_escapes", call_with(source_code()));
  add("argument_1MiB_utf8", call_with(wide_text()));
  benchmark::RegisterBenchmark("write_canonical/tools_call", write_canonical, small_call());
  benchmark::RegisterBenchmark("certain_id/tools_list", recover, compact(tools));
  benchmark::RunSpecifiedBenchmarks();
}
