// The canonical form of a definition, and its SHA-256.
#include "tools/digest.h"

#include <algorithm>
#include <vector>

#include "base/sha256.h"
#include "json/writer.h"

namespace tools {

void append_pinned(std::string& out, json::Value tool) {
  if (!tool.is_object()) return json::write_canonical(out, tool);
  std::vector<json::Member> members;
  for (const json::Member m : tool.members()) {
    if (is_pinned(m.key)) members.push_back(m);
  }
  std::ranges::sort(members, {}, [](const json::Member& m) { return m.key; });
  out += '{';
  for (const json::Member& m : members) {
    if (out.back() != '{') out += ',';
    json::write_string(out, m.key);
    out += ':';
    json::write_canonical(out, m.value);
  }
  out += '}';
}

std::string digest_of(json::Value tool) {
  std::string text;
  append_pinned(text, tool);
  return "sha256:" + base::to_hex(base::sha256(text));
}

}  // namespace tools
