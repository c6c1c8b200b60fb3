// What an append costs: one decision's line of about 500 bytes to a file, as it is written on the message path; plain
// (write(2) alone), chained, and with a mac each time. And what reading costs: verification and entries, per line.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "audit/entry.h"
#include "audit/event.h"
#include "audit/log_testing.h"
#include "audit/record.h"
#include "base/random.h"
#include "json/document.h"
#include "store/audit_file.h"
#include "store/verify_dir.h"

namespace {

constexpr const char* instance_name = "0123456789";

std::string decision_line() {
  base::FakeClock clock;
  audit::Recorder recorder(clock,
                           {audit::LogArgs::hash, instance_name, "5a3c7d20e1f94b6688d1a0c45e2b7f13", "ann", "files"},
                           std::string(32, 'k'));
  json::Document document;
  if (!document.read(R"({"path":"/srv/work/x","limit":3})", json::Profile::strict)) std::abort();
  audit::Decision d;
  d.id = "0123456789-1z";
  d.direction = "client";
  d.method = "tools/call";
  d.request_id = "42";
  d.target_kind = "tool";
  d.target = "read_file";
  d.decision = "allow";
  d.policy_digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  d.client_name = "client";
  d.arguments = document.root();
  std::string out;
  recorder.decision(out, d);
  return out;
}

struct Directory {
  std::filesystem::path path;
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "audit-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~Directory() { std::filesystem::remove_all(path); }
};

store::InstanceInfo info() {
  store::InstanceInfo made;
  made.instance = instance_name;
  return made;
}

// The file grows to some megabytes and begins anew, so that the disk does not fill.
constexpr std::uint64_t file_bytes = 32 << 20;

void write_only(benchmark::State& state) {
  const Directory directory;
  const std::string line = decision_line();
  const std::string path = (directory.path / "log").string();
  const int fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  std::uint64_t size = 0;
  for (auto _ : state) {
    if (::write(fd, line.data(), line.size()) < 0) state.SkipWithError("write failed");
    size += line.size();
    if (size > file_bytes) {
      state.PauseTiming();
      if (::ftruncate(fd, 0) != 0) state.SkipWithError("truncate failed");
      size = 0;
      state.ResumeTiming();
    }
  }
  ::close(fd);
  state.counters["bytes"] = static_cast<double>(line.size());
}

// With a clock that stands still there is a mac every thousand lines.
void append(benchmark::State& state, bool keyed, bool mac_each_time) {
  const Directory directory;
  const std::string line = decision_line();
  base::FakeClock clock;
  base::FakeRandom random;
  store::Instance instance(directory.path.string(), info(), random);
  store::AuditOptions options;
  options.max_bytes = file_bytes;
  options.keep.bytes = file_bytes;
  std::function<base::Result<std::string>()> key;
  if (keyed) key = [] { return std::string(32, 'k'); };
  store::AuditFile file({instance, clock, key, {}}, options);
  std::uint64_t n = 0;
  for (auto _ : state) {
    if (mac_each_time) clock.advance(std::chrono::seconds(1));
    if (!file.append(line)) state.SkipWithError("append failed");
    if (++n % 50'000 == 0) {
      state.PauseTiming();
      for (const auto& entry : std::filesystem::directory_iterator(directory.path / "audit")) {
        if (entry.path().filename().string().size() > 16) std::filesystem::remove(entry.path());
      }
      state.ResumeTiming();
    }
  }
  state.counters["bytes"] = static_cast<double>(line.size());
}

// The first append of a process, with what it creates and its housekeeping, beside so many logs of others that ended.
// `looks`: it is the one process of the hour that looks through them for old ones.
void first_append(benchmark::State& state, bool looks) {
  const Directory directory;
  const std::string line = decision_line();
  const base::SystemClock clock;
  base::SystemRandom random;
  const auto key = [&] { return store::load_or_create_key(directory.path.string(), random); };
  std::filesystem::create_directories(directory.path / "audit");
  for (std::int64_t n = 0; n < state.range(0); ++n) {
    std::ofstream(directory.path / "audit" / (base::random_hex(random, 5) + ".jsonl")) << line;
  }
  for (auto _ : state) {
    if (looks && std::filesystem::exists(directory.path / "run/retention")) {
      std::filesystem::last_write_time(directory.path / "run/retention",
                                       std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
    }
    store::InstanceInfo mine;
    mine.instance = base::random_hex(random, 5);
    store::Instance instance(directory.path.string(), mine, random);
    store::AuditFile file({instance, clock, key, {}});
    const base::BootTime begin = clock.boot();
    if (!file.append(line)) state.SkipWithError("append failed");
    state.SetIterationTime(std::chrono::duration<double>(clock.boot() - begin).count());
    instance.end();
    std::filesystem::remove(file.path());
  }
}

void seal_only(benchmark::State& state) {
  const std::string line = decision_line();
  audit::Chain chain(instance_name, 1, "");
  std::string seal;
  for (auto _ : state) {
    const base::Digest hash = chain.end({}, line);
    seal.clear();
    audit::append_seal(seal, base::to_hex(hash, audit::chain_bytes), "");
    chain.accept(hash);
    benchmark::DoNotOptimize(seal.data());
  }
}

void verify(benchmark::State& state) {
  audit::TestDirectory directory;
  base::FakeClock clock;
  const audit::CheckpointKey key(std::string(32, 'k'));
  audit::LogWriter log(directory, clock, instance_name, &key);
  const std::string line = decision_line();
  for (int i = 0; i < 20'000; ++i) {
    std::string numbered = line;
    numbered.replace(numbered.find("-1z"), 3, "-" + std::to_string(100'000 + i));
    log.block(numbered);
  }
  log.shutdown();
  for (auto _ : state) {
    const audit::Report report = directory.verify(&key);
    if (!report.ok()) state.SkipWithError("not intact");
  }
  state.counters["s/line"] = benchmark::Counter(static_cast<double>(state.iterations()) * 20'000,
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void read_entry(benchmark::State& state) {
  const std::string line = decision_line();
  audit::Entry entry;
  for (auto _ : state) {
    if (entry.read(std::string_view(line).substr(0, line.size() - 1)) != audit::Entry::Status::ok)
      state.SkipWithError("unreadable");
    benchmark::DoNotOptimize(entry.time);
  }
}

BENCHMARK(write_only);
BENCHMARK_CAPTURE(append, chained, false, false);
BENCHMARK_CAPTURE(append, keyed, true, false);
BENCHMARK_CAPTURE(append, keyed_mac_each_time, true, true);
BENCHMARK_CAPTURE(first_append, usual, false)->Arg(0)->Arg(10'000)->Unit(benchmark::kMicrosecond)->UseManualTime();
BENCHMARK_CAPTURE(first_append, looks, true)->Arg(0)->Arg(10'000)->Unit(benchmark::kMicrosecond)->UseManualTime();
BENCHMARK(seal_only);
BENCHMARK(verify)->Unit(benchmark::kMillisecond);
BENCHMARK(read_entry);

}  // namespace

BENCHMARK_MAIN();
