// Runs a fuzz target once on every file of the given folders and files. For the tests, which have no libFuzzer.
// Each input is copied to memory of exactly its size, so that a sanitizer sees a byte read beyond it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> read{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof()) {
      (void)std::fprintf(stderr, "cannot read %s\n", file.c_str());
      return 1;
    }
    (void)std::fprintf(stderr, "%s\n", file.filename().c_str());  // the last one named is the one that failed
    const std::vector<std::uint8_t> input(read.begin(), read.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  (void)std::printf("%zu inputs replayed\n", files.size());
  return files.empty() ? 1 : 0;
}
