// Finding and reading what `intercept test` works on: test files, and the policies and lists of tools that they name.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/path_walk.h"
#include "trial/prepare.h"

namespace cli {

// What was looked at, for --watch: each path with its state before it was read; nothing: it was not there.
struct LookedAt {
  std::map<std::string, std::optional<net::FileIdentity>> files, folders;
};

// A file in a folder that is a test by its name: *.test, *.test.yaml, *.test.yml, *_test.yaml, *_test.yml.
bool is_test_name(std::string_view name);

// The test files that the words name, each once: a file as it is, of a folder all that are tests by their name, in its
// subfolders too (but for those whose names begin with a dot), sorted. Errors: a word that is neither, a folder
// without tests, more than 10,000 files.
base::Result<std::vector<std::string>> find_test_files(const std::vector<std::string>& words, LookedAt& looked);

// An ordinary file of at most 8 MiB. Errors name it and say how to mend it.
base::Result<std::string> read_text_file(const std::string& path, LookedAt& looked);

// Opens what the test file at `test_path` names. `looked` must outlive what is returned.
trial::OpenFile opener_beside(const std::string& test_path, LookedAt& looked);

}  // namespace cli
