// What came of test files, as a person reads it and as JUnit XML.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "trial/run_case.h"

namespace trial {

struct FileResult {
  std::string file;      // as it is shown
  std::string problems;  // it could not be played, and why; "": it was
  std::vector<CaseResult> cases;
};

struct Totals {
  std::size_t passed = 0, failed = 0, broken = 0;  // cases; files that could not be played
};
Totals totals_of(const std::vector<FileResult>& files);

struct ReportOptions {
  bool quiet = false;    // only what failed
  bool verbose = false;  // each step, times, every rule that no test covers
  bool colour = false;
};

// "pay.test: large charges"; the file alone if it is one case.
std::string title_of(const std::string& file, const CaseResult& one);

// Appends the lines of one file: a line for each case, and what is wrong.
void print_file(std::string& out, const FileResult& file, const ReportOptions& options);
// Appends rules of policy files that no test saw refuse anything, and the sum.
void print_end(std::string& out, const std::vector<FileResult>& files, const Coverage& coverage,
               const ReportOptions& options);

// One <testsuite> a file, one <testcase> a case. Any bytes in names and texts give well-formed XML 1.0 in UTF-8.
std::string junit_xml(const std::vector<FileResult>& files);

}  // namespace trial
