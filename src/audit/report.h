// What a verification found, and how it is told: as text for people and as one line of JSON for programs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

enum class Severity : std::uint8_t {
  warning,  // worth knowing; explained by a crash, a full disk or a key that is not here
  problem,  // the log is not what was written, or nobody can say
};

struct Finding {
  Severity severity = Severity::problem;
  std::string_view code;     // for programs; the list is in docs/audit.md
  std::string file;          // its name in the directory, or "" if it concerns none
  std::uint64_t line = 0;    // from 1; 0: the file as a whole
  std::uint64_t offset = 0;  // of that line's first byte in the file
  std::string message;       // for people: what it means
};

struct Report {
  static constexpr std::size_t max_findings = 1'000;

  std::uint64_t files = 0, lines = 0, blocks = 0;
  std::uint64_t checkpoints = 0;      // macs that were right
  std::uint64_t bytes = 0;            // read
  std::uint64_t unchecked_bytes = 0;  // behind the last seal of logs that are being written
  bool keyed = false;                 // the installation's key was there to check macs with
  std::uint64_t problems = 0, warnings = 0;
  std::vector<Finding> findings;  // the first max_findings of them
  std::uint64_t anchored = 0;     // files of the anchor that are what it says

  void add(Finding finding);
  bool ok() const { return problems == 0; }
};

// Several lines, the findings first. Control characters of names and messages are made visible.
std::string to_text(const Report& report);
// One JSON object, no line feed.
std::string to_json(const Report& report);

}  // namespace audit
