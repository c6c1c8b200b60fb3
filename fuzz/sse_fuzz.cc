// Properties of the event stream reader and writer on any bytes:
// - what is told does not depend on the cuts, and is what a slow, obvious implementation tells;
// - a small limit refuses, at the same place whatever the cuts, and never changes what came before;
// - every event and comment, written again, reads as itself (a line end of its data as LF).
// The first byte decides about the cuts.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "http/reader_testing.h"
#include "http/sse.h"
#include "http/sse_testing.h"

namespace {

constexpr std::size_t roomy = 1U << 20;

void check_written_again(std::string_view in) {
  http::SseReader reader(roomy);
  std::string out;
  http::SsePlayed want;
  for (;;) {
    const http::SseFound found = reader.read(in);
    if (found == http::SseFound::more) break;
    FUZZ_CHECK(found != http::SseFound::refused);
    if (found == http::SseFound::comment) {
      http::write_sse_comment(out, reader.comment());
      want.told.push_back({.comment = "=" + std::string(reader.comment())});
    } else {
      const bool written = http::write_sse(out, reader.event()).has_value();
      FUZZ_CHECK(written || reader.event().event.contains('\0'));
      if (written) want.told.push_back(http::told(reader.event()));
    }
  }
  FUZZ_CHECK(http::play_sse(out, roomy, [&] { return out.size(); }).told == want.told);
}

void check_any_data(std::string_view text) {
  std::string out;
  FUZZ_CHECK(http::write_sse(out, {.data = text}).has_value());
  std::string_view in = out;
  http::SseReader reader(roomy);
  FUZZ_CHECK(reader.read(in) == http::SseFound::event && in.empty());
  std::string want;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    want += text[i] == '\r' ? '\n' : text[i];
  }
  FUZZ_CHECK(reader.event().data == want);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::Cuts cuts(data[0]);
  const auto whole = [&] { return bytes.size(); };
  const http::SsePlayed first = http::play_sse(bytes, roomy, whole);
  FUZZ_CHECK(first == http::slow_sse(std::string(bytes)));
  FUZZ_CHECK(first == http::play_sse(bytes, roomy, [] { return 1U; }));
  FUZZ_CHECK(first == http::play_sse(bytes, roomy, [&] { return cuts(); }));

  const http::SsePlayed small = http::play_sse(bytes, 20, whole);
  FUZZ_CHECK(small == http::play_sse(bytes, 20, [] { return 1U; }));
  FUZZ_CHECK(small == http::play_sse(bytes, 20, [&] { return cuts(); }));
  FUZZ_CHECK(small.refused || small == first);
  FUZZ_CHECK(small.told.size() <= first.told.size());
  for (std::size_t i = 0; i < small.told.size(); ++i) FUZZ_CHECK(small.told[i] == first.told[i]);

  check_written_again(bytes);
  check_any_data(bytes);
  return 0;
}
