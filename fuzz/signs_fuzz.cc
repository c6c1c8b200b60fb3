// Signs of poisoning and digests over anything that a server may send as a tool, a prompt or a resource: no text may
// crash them, signs are bounded and printable, and a digest does not depend on how the definition was spelt.
#include <cstdint>

#include "base/unicode.h"
#include "check.h"
#include "json/writer.h"
#include "tools/digest.h"
#include "tools/signs.h"

namespace {

void check_signs(const std::vector<tools::Sign>& signs) {
  FUZZ_CHECK(signs.size() <= tools::max_signs);
  for (const tools::Sign& sign : signs) {
    FUZZ_CHECK(!tools::name_of(sign.kind).empty() && !sign.reason.empty());
    for (const std::string& text : {sign.where, sign.words, sign.reason}) {
      FUZZ_CHECK(text.size() <= 4096);
      FUZZ_CHECK(base::first_invalid_utf8(text) == std::string::npos);
      for (const char c : text) FUZZ_CHECK(static_cast<unsigned char>(c) >= ' ' && c != 0x7F);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  json::Document document;
  if (!document.read(input, json::Profile::tolerant)) {
    if (base::first_invalid_utf8(input) != std::string_view::npos) return 0;
    check_signs(tools::signs_of_instructions(input, tools::SignContext()));
    return 0;
  }
  const json::Value root = document.root();
  std::vector<std::string_view> names;
  for (const json::Value tool : root.elements()) names.push_back(tool.find("name").string());
  names.push_back(root.find("name").string());
  names.push_back("other_tool");
  const tools::SignContext context(names);
  check_signs(tools::signs_of(root, context));
  check_signs(tools::signs_of_prompt(root, context));
  check_signs(tools::signs_of_resource(root, context));
  for (const json::Value tool : root.elements()) check_signs(tools::signs_of(tool, context));

  std::string written;
  json::write(written, root);
  json::Document again;
  FUZZ_CHECK(again.read(written, json::Profile::tolerant).has_value());
  FUZZ_CHECK(tools::digest_of(again.root()) == tools::digest_of(root));
  return 0;
}
