// From a test file's text to what can be played: its policies loaded, its tools read.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/evaluate.h"
#include "policy/model.h"
#include "trial/test_file.h"

namespace trial {

// A file that a test names. `shown`: its path as the author can use it where the program was started.
struct OtherFile {
  std::string shown, text;
};
// Opens a file that a test names by a path from its own folder. Errors name the file and how to mend it.
using OpenFile = std::function<base::Result<OtherFile>(const std::string& path)>;

struct LoadedPolicy {
  std::string file;  // OtherFile::shown, or the test's own name
  std::string text;  // of the policy
  bool own_file = false;
  // Where a line of the policy stands in `file`: add to its line, and to its column.
  std::uint32_t line_offset = 0, column_offset = 0;
  bool placed = true;  // false: a policy inside of a quoted text, whose lines are not the file's
  policy::Policy model;
  std::shared_ptr<const policy::Snapshot> snapshot;
};

struct Prepared {
  std::string name;  // of the test file, as it is shown
  TestFile file;
  std::vector<LoadedPolicy> policies;  // as TestFile::policies
  std::string tools = "[]";            // the JSON list
  std::string tools_file;              // the file they are from, as it is shown; ""
  std::string problems;                // what is wrong, as people read it; "": nothing, and all of the above holds
  std::string refused;                 // TestFile::invalid: why the policy does not load; "": it loads
};

struct PrepareOptions {
  bool colour = false;  // of problems
};

// `name`: the test file's, as it is shown. Warnings of policies are not problems of a test.
Prepared prepare(const std::string& name, std::string_view text, const OpenFile& open, const PrepareOptions& options);

}  // namespace trial
