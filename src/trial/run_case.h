// Plays a case of a test file and says where what came was not what was expected.
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "trial/prepare.h"

namespace trial {

// One field of a step: what was expected, what came.
struct Difference {
  std::string field, expected, seen;
};

// What decided, for whoever asks why.
struct Why {
  std::string rule;       // its id; "" if no rule decided
  std::string place;      // "policy.yaml:12"; ""
  std::string rule_text;  // its lines
  std::string condition, message, limit;
  std::vector<std::string> values;
  std::string command;   // that tells more; ""
  bool nothing = false;  // nothing refused it
};

struct Failure {
  Position position;
  std::string step;  // its title
  std::string note;  // "call 31 of 40"; or what is wrong, if there are no differences
  std::vector<Difference> differences;
  std::vector<std::string> broken;  // Seen::broken
  std::string line;                 // what was forwarded or answered
  Why why;
};

// A rule of a policy file, and whether a step saw it refuse something.
struct Coverage {
  // By policy file, then by rule id: the rule's line. Policies that stand in a test file are no one's to cover.
  std::map<std::string, std::map<std::string, std::uint32_t>> rules;
  std::set<std::pair<std::string, std::string>> refused;  // file, rule id
};

struct CaseResult {
  std::string name;  // "" if the file is one case
  Position position;
  std::size_t steps = 0;  // that were played
  std::vector<Failure> failures;
  std::size_t more_failures = 0;   // beyond max_failures
  std::vector<std::string> trace;  // each step and what came of it, if asked for
  double seconds = 0;              // for the caller to fill

  static constexpr std::size_t max_failures = 20;
};

struct RunOptions {
  bool trace = false;
};

// `prepared` has no problems. Adds to `coverage`.
CaseResult run_case(const Prepared& prepared, const Case& one, const RunOptions& options, Coverage& coverage);
// The case of a file that has `invalid`.
CaseResult run_invalid(const Prepared& prepared);

// `text` as one word of a POSIX shell.
std::string shell_word(std::string_view text);

}  // namespace trial
