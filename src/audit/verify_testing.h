// A directory of logs in memory to manipulate, and what its verification says. For tests.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/log_testing.h"

namespace audit {

inline constexpr const char* a_name = "aaaaaaaaaa";
inline constexpr const char* b_name = "bbbbbbbbbb";

struct VerifyFixture : testing::Test {
  base::FakeClock clock;
  CheckpointKey key{std::string(32, 'k')};
  TestDirectory directory;

  LogWriter writer(const char* instance, bool keyed = true) {
    return LogWriter(directory, clock, instance, keyed ? &key : nullptr);
  }
  // Three files: two finished, the last ended by a shutdown.
  LogWriter three_files() {
    LogWriter a = writer(a_name);
    for (int file = 0; file < 3; ++file) {
      for (int i = 0; i < 5; ++i) {
        clock.advance(std::chrono::milliseconds(300));
        a.block(a.decision() + a.decision());
        a.decide();
      }
      if (file < 2) a.rotate();
    }
    a.shutdown();
    return a;
  }
  std::vector<std::string> codes(const Anchor* anchor = nullptr) const {
    const Report report = directory.verify(&key, anchor);
    std::vector<std::string> out;
    out.reserve(report.findings.size());
    for (const Finding& f : report.findings) out.emplace_back(f.code);
    return out;
  }
  std::vector<std::string> problems(const Anchor* anchor = nullptr) const {
    const Report report = directory.verify(&key, anchor);
    std::vector<std::string> out;
    for (const Finding& f : report.findings) {
      if (f.severity == Severity::problem) out.emplace_back(f.code);
    }
    return out;
  }
  std::string& file(const std::string& name) { return directory.files.at(name); }
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t end = text.find('\n', pos);
    lines.push_back(text.substr(pos, end - pos + 1));
    pos = end + 1;
  }
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

}  // namespace audit
