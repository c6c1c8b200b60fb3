// A state directory of its own for each test, processes that write logs into it, and a disk that fails when told. For
// this room's tests.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "audit/report.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/audit_file.h"
#include "store/instance.h"
#include "store/verify_dir.h"

namespace store {

namespace fs = std::filesystem;

// The system's calls, of which the n-th (from 0) fails if `fails` holds n. A write that fails has put down `parts` of
// its bytes before: 0 to 4 quarters, all but one, or each time another of these (mixed).
class FaultyIo final : public AuditIo {
 public:
  static constexpr int all_but_one = 5, mixed = 6;
  int seed = 0;  // of the mixture
  std::set<int> fails;
  int quarters = 0;
  int calls = 0;

  int open(const std::string& path, int flags) override { return fail() ? -1 : AuditIo::open(path, flags); }
  ssize_t write(int fd, std::span<const iovec> parts) override {
    if (left_ > 0) return errno = ENOSPC, left_ = 0, -1;
    if (!fail()) return AuditIo::write(fd, parts);
    std::string bytes;
    for (const iovec& part : parts) bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    const std::size_t all = bytes.size();
    const int part = quarters == mixed ? (seed += 7, seed / 3 % 6) : quarters;
    bytes.resize(part == all_but_one ? all - 1 : all * static_cast<std::size_t>(part) / 4);
    if (bytes.empty()) return -1;
    if (bytes.size() < all) left_ = 1;  // the next call says why it was short
    const iovec some{bytes.data(), bytes.size()};
    return AuditIo::write(fd, std::span(&some, 1));
  }
  int sync(int fd) override { return fail() ? -1 : AuditIo::sync(fd); }
  int sync_directory(const std::string& path) override { return fail() ? -1 : AuditIo::sync_directory(path); }
  int truncate(int fd, std::uint64_t size) override { return fail() ? -1 : AuditIo::truncate(fd, size); }
  int rename(const std::string& from, const std::string& to) override {
    return fail() ? -1 : AuditIo::rename(from, to);
  }
  int unlink(const std::string& path) override { return fail() ? -1 : AuditIo::unlink(path); }

 private:
  bool fail() {
    if (!fails.contains(calls++)) return false;
    errno = ENOSPC;
    return true;
  }
  int left_ = 0;
};

// Writes beyond `bytes` fail with EFBIG while it lives.
struct FullDisk {
  rlimit before{};
  explicit FullDisk(rlim_t bytes) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit now{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before); }
};

// What one process has.
struct Process {
  const base::Clock& clock;
  base::FakeRandom random;
  std::vector<std::string> notes;
  Instance instance;
  AuditFile log;
  int decisions = 0;

  Process(const std::string& directory, const std::string& name, const base::Clock& c, const AuditOptions& options = {},
          AuditIo* io = nullptr, bool keyed = true)
      : clock(c),
        random(static_cast<std::uint64_t>(name.front()) + 1),
        instance(directory, info(name), random),
        log({instance, clock, keyed ? key_of(directory) : nullptr,
             [this](std::string_view note) { notes.emplace_back(note); }, io},
            options) {}
  static InstanceInfo info(const std::string& name) {
    InstanceInfo made;
    made.instance = name;
    made.pid = 42;
    made.server = "files";
    made.policy_file = "password=hunter2";
    made.started = 1'800'000'000'000'000'000;
    return made;
  }
  static std::function<base::Result<std::string>()> key_of(const std::string& directory) {
    return [directory] {
      base::FakeRandom random(77);
      return load_or_create_key(directory, random);
    };
  }
  std::string line(std::string_view event, std::vector<audit::Field> fields = {}) const {
    std::string out;
    audit::append_event(out, clock.wall(), event, instance.name(), fields);
    return out;
  }
  std::string decision() {
    std::string digits = std::to_string(++decisions + 1000);
    const std::string id = instance.name() + "-" + digits;
    return line("decision", {audit::Field::word_of("id", id), audit::Field::word_of("decision", "allow")});
  }
  bool decide() { return log.append(decision()).has_value(); }
  bool shutdown() { return log.append(line("shutdown", {audit::Field::word_of("reason", "test")})).has_value(); }
};

struct StateTest : testing::Test {
  fs::path root;
  base::FakeRandom random;
  base::FakeClock clock;
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "intercept-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  void TearDown() override { fs::remove_all(root); }
  std::string dir() const { return (root / "a/b/intercept").string(); }
  std::string logs() const { return dir() + "/audit"; }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static void write(const fs::path& path, std::string_view text, mode_t mode = 0600) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
  }
  static mode_t mode(const fs::path& path) {
    struct stat info{};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  static void set_time(const fs::path& path, base::WallTime time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    const std::array<timespec, 2> times{{{seconds, 0}, {seconds, 0}}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  }
  std::vector<std::string> names(const std::string& path) const {
    std::vector<std::string> out;
    if (fs::exists(path)) {
      for (const auto& entry : fs::directory_iterator(path)) out.push_back(entry.path().filename().string());
    }
    std::ranges::sort(out);
    return out;
  }
  audit::Report verify(const audit::Anchor* anchor = nullptr) const {
    const auto key = load_checkpoint_key(dir());
    EXPECT_TRUE(key) << key.error().message;
    auto report = verify_logs(dir(), key && *key ? &**key : nullptr, anchor, base::SystemClock());
    EXPECT_TRUE(report) << report.error().message;
    return std::move(*report);
  }
  std::vector<std::string> codes() const {
    std::vector<std::string> out;
    for (const audit::Finding& f : verify().findings) out.emplace_back(f.code);
    return out;
  }
};

}  // namespace store
