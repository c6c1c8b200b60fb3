// See the header.
#include "tools/instructions.h"

#include "base/sha256.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace tools {
namespace {

bool is_instructions(std::string_view key) { return base::equal_folded(key, "instructions"); }

std::string digest(std::string_view text) {
  return text.empty() ? std::string() : "sha256:" + base::to_hex(base::sha256(text));
}

// Of several the one that is not as locked decides: nobody knows which of them a client takes.
std::string found_in(json::Value result, std::string_view locked) {
  std::string out;
  for (const json::Member m : result.members()) {
    if (!is_instructions(m.key)) continue;
    std::string text(m.value.string());
    if (!m.value.is_string()) json::write(text, m.value);
    if (out.empty() || text != locked) out = std::move(text);
    if (!out.empty() && out != locked) break;
  }
  return out;
}

void write_result(json::Composer& c, json::Value result) {
  c.open();
  for (const json::Member m : result.members()) {
    if (is_instructions(m.key)) continue;
    c.key(m.key);
    if (m.key == "cacheScope") {
      c.string("private");
    } else {
      c.value(m.value);
    }
  }
  c.close();
}

}  // namespace

InstructionsState compare_instructions(const LockedServer& lock, json::Value result) {
  using Kind = InstructionsState::Kind;
  const std::string locked = lock.instructions.value_or("");
  const std::string found = found_in(result, locked);
  if (found == locked) return {};
  const Kind kind = locked.empty() ? Kind::added : found.empty() ? Kind::gone : Kind::changed;
  return {kind, digest(locked), digest(found)};
}

void write_without_instructions(std::string& out, json::Value message) {
  json::Composer c(out);
  c.open();
  for (const json::Member m : message.members()) {
    c.key(m.key);
    if (m.key == "result" && m.value.is_object()) {
      write_result(c, m.value);
    } else {
      c.value(m.value);
    }
  }
  c.close();
}

}  // namespace tools
