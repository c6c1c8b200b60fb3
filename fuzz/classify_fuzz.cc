// Properties of src/classify on any tool definition (the first line) beside other names of the server (the rest, one a
// line):
// - nothing crashes and nothing hangs; the same definition gives the same assessment;
// - the confidence is a percentage, the severity that of the class or one more, the evidence bounded, the decisive
// first
//   where there is any for the class;
// - what is said is printable, on one line and bounded; uses are no worse than the class;
// - without annotations a definition is assessed as one that has none;
// - a hint never makes a class milder.
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/unicode.h"
#include "check.h"
#include "classify/classify.h"

namespace {

using classify::Assessment;

constexpr json::Budget budget{.bytes = 1U << 18, .depth = 64, .values = 50'000};

bool is_printable(std::string_view text, std::size_t longest) {
  return text.size() <= longest && std::none_of(text.begin(), text.end(), [](char c) {
           const auto u = static_cast<unsigned char>(c);
           return u < 0x20 || u == 0x7F;
         });
}

void check(const Assessment& a) {
  FUZZ_CHECK(a.confidence >= 0 && a.confidence <= 100);
  const int base = static_cast<int>(classify::severity_of(a.of)), is = static_cast<int>(a.severity);
  FUZZ_CHECK(is == base || is == base + 1);
  FUZZ_CHECK(!a.evidence.empty() && a.evidence.size() <= 32);
  const bool decided =
      std::any_of(a.evidence.begin(), a.evidence.end(), [&](const auto& e) { return e.towards == a.of; });
  FUZZ_CHECK(!decided || a.evidence.front().towards == a.of);
  for (const classify::Evidence& e : a.evidence) {
    FUZZ_CHECK(is_printable(e.where, 256) && is_printable(e.words, 256) && !e.reason.empty());
  }
  for (const classify::Use& use : a.uses) {
    FUZZ_CHECK(use.of <= a.of && is_printable(use.argument, 128) && is_printable(use.value, 128));
  }
  for (const classify::Flag& flag : a.flags) FUZZ_CHECK(!text(flag).empty() && is_printable(flag.argument, 512));
  for (const std::string& conflict : a.conflicts) FUZZ_CHECK(is_printable(conflict, 512));
}

bool equal(const Assessment& a, const Assessment& b) {
  return a.of == b.of && a.confidence == b.confidence && a.conflicts == b.conflicts &&
         a.flags.size() == b.flags.size() && a.evidence.size() == b.evidence.size() && a.uses.size() == b.uses.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t line = std::min(text.find('\n'), text.size());
  json::Document document;
  if (!document.read(text.substr(0, line), json::Profile::tolerant, budget)) return 0;
  std::vector<std::string_view> names;
  while (line < text.size() && names.size() < 64) {
    const std::size_t end = std::min(text.find('\n', line + 1), text.size());
    const std::string_view name = text.substr(line + 1, end - line - 1);  // names come out of documents: valid UTF-8
    if (base::first_invalid_utf8(name) == std::string_view::npos) names.push_back(name);
    line = end;
  }
  const json::Value tool = document.root();
  const Assessment hinted = classify::assess(tool, {.tool_names = names});
  check(hinted);
  FUZZ_CHECK(equal(hinted, classify::assess(tool, {.tool_names = names})));
  const Assessment unhinted = classify::assess(tool, {.tool_names = names, .annotations = false});
  check(unhinted);
  // A title among the annotations is a text like another, and may be milder.
  if (!tool.find("annotations").find("title")) FUZZ_CHECK(hinted.of >= unhinted.of);
  return 0;
}
