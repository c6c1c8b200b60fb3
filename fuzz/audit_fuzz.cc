// Properties of what reads logs (src/audit), on any bytes. The first byte says how the rest is taken:
//   a line      Entry, its text for people and for CEF, statistics and explanation: nothing crashes, every text is one
//               printable line where it must be;
//   a log       verification, fed whole and in pieces of any size: the same report, whoever feeds it; a report's JSON
//   can
//               be read; what nobody with the key wrote is never intact;
//   an anchor   reading: what was read is written and read again as the same, and its mac is what the key says;
//   an edit     of a sealed log with checkpoints: found, wherever it is;
//   a filter    words: an error or a condition, nothing else.
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/anchor.h"
#include "audit/entry.h"
#include "audit/export.h"
#include "audit/filter.h"
#include "audit/log_testing.h"
#include "audit/render.h"
#include "audit/status.h"
#include "audit/time_text.h"
#include "audit/why.h"
#include "check.h"
#include "json/document.h"

namespace {

constexpr base::WallTime now(std::chrono::seconds(1'800'000'000));
constexpr const char* instance = "aaaaaaaaaa";

const audit::CheckpointKey& key() {
  static const audit::CheckpointKey made(std::string(32, 'k'));
  return made;
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

void check_json(const std::string& text) {
  json::Document document;
  FUZZ_CHECK(document.read(text, json::Profile::strict).has_value());
}

void read_line(std::string_view text) {
  audit::Calls calls;
  audit::Status status(now);
  audit::Filter filter;
  audit::Entry entry;
  audit::Entry before;
  bool has_before = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    FUZZ_CHECK(is_printable(audit::render_unreadable(line, line, {})));
    const bool ok = entry.read(line) == audit::Entry::Status::ok;
    audit::Entry cut;
    static_cast<void>(cut.read(line, true));
    if (audit::quick_time(line) != 0 && ok) FUZZ_CHECK(audit::quick_time(line) == entry.time || entry.time == 0);
    if (!ok) continue;
    const audit::Call* call = calls.see(entry);
    FUZZ_CHECK(filter.matches(entry, call));
    FUZZ_CHECK(is_printable(audit::render_line(entry, call, {})));
    FUZZ_CHECK(is_printable(audit::render_detail(entry, {}).substr(0, 16)));
    status.add(entry);
    std::string cef;
    audit::append_cef(cef, entry, call, "0.1");
    FUZZ_CHECK(cef.ends_with('\n') && is_printable(std::string_view(cef).substr(0, cef.size() - 1)));
    static_cast<void>(
        audit::explain(entry, has_before ? &before : nullptr, has_before ? &before : nullptr, nullptr, {}));
    has_before = before.read(line) == audit::Entry::Status::ok;
  }
  check_json(status.json());
  static_cast<void>(status.text({}));
}

bool same(const audit::Report& a, const audit::Report& b) { return to_json(a) == to_json(b); }

void verify_bytes(std::string_view bytes) {
  audit::TestDirectory directory;
  const std::size_t half = bytes.size() / 2;
  directory.files["aaaaaaaaaa.0001.jsonl"] = bytes.substr(0, half);
  directory.files["aaaaaaaaaa.jsonl"] = bytes.substr(half);
  directory.files["bbbbbbbbbb.jsonl"] = bytes;
  const audit::Report whole = directory.verify(&key());
  FUZZ_CHECK(same(whole, directory.verify(&key(), nullptr, 1)));
  FUZZ_CHECK(same(whole, directory.verify(&key(), nullptr, 13)));
  check_json(to_json(whole));
  static_cast<void>(to_text(whole));
  FUZZ_CHECK(!whole.ok() || whole.checkpoints > 0 || bytes.empty());
  directory.alive = {"bbbbbbbbbb"};
  static_cast<void>(directory.verify(nullptr));
}

void read_anchor(std::string_view text) {
  const auto anchor = audit::read_anchor(text, &key());
  if (!anchor) return;
  const std::string written = audit::write_anchor(*anchor, &key());
  const auto again = audit::read_anchor(written, &key());
  FUZZ_CHECK(again.has_value() && again->mac == audit::Anchor::Mac::right);
  FUZZ_CHECK(audit::write_anchor(*again, &key()) == written);
  audit::TestDirectory directory;
  FUZZ_CHECK(directory.verify(&key(), &*anchor).ok() ==
             (anchor->files.empty() && anchor->mac != audit::Anchor::Mac::wrong));
}

// Two bytes say where, one how many bytes go, the rest is put there.
void edit_log(std::string_view input) {
  if (input.size() < 3) return;
  base::FakeClock clock;
  audit::TestDirectory directory;
  audit::LogWriter log(directory, clock, instance, &key());
  for (int i = 0; i < 6; ++i) {
    clock.advance(std::chrono::milliseconds(400));
    log.block(log.decision() + log.decision());
    if (i == 2) log.rotate();
  }
  log.shutdown();
  FUZZ_CHECK(directory.verify(&key()).findings.empty());
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(input[i])); };
  std::string& text = (byte(2) & 1) != 0 ? log.text() : directory.files.at(log.numbered(1));
  const std::string before = text;
  const std::size_t at = (byte(0) << 8 | byte(1)) % (text.size() + 1);
  text.replace(at, byte(2) >> 1, input.substr(3));
  FUZZ_CHECK(text == before || !directory.verify(&key()).ok());
}

void filter_words(std::string_view text) {
  audit::Filter filter;
  audit::Entry entry;
  static_cast<void>(entry.read(R"({"v":1,"event":"decision","tool":"t"})"));
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (const auto added = filter.add_word(word, now); !added) FUZZ_CHECK(is_printable(added.error().message));
    static_cast<void>(audit::parse_moment(word, now));
  }
  static_cast<void>(filter.matches(entry, nullptr));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      read_line(input);
      break;
    case 1:
      verify_bytes(input);
      break;
    case 2:
      read_anchor(input);
      break;
    case 3:
      edit_log(input);
      break;
    default:
      filter_words(input);
  }
  return 0;
}
