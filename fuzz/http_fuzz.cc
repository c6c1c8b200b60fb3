// Properties of the HTTP readers and writers on any bytes, read as a client's and as a server's:
// - the story (heads, joined contents, refusals with their reasons, bytes consumed) does not depend on the cuts;
// - a message that was accepted has one framing: by the fields alone, a second look finds the same length or coding;
// - its content, and where it ends, are what a plain decoder of chunks and lengths finds in the bytes;
// - written again from what was read, it reads as the same message;
// - what HeadWriter accepts of any fields, RequestReader accepts; no byte of a value becomes a line; what it remembers
// of
//   other heads changes nothing.
// The first byte decides about the side and the cuts.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/media.h"
#include "http/reader.h"
#include "http/reader_testing.h"
#include "http/writer.h"

namespace {

using http::Framing;

constexpr http::Limits limits{.target_bytes = 200,
                              .head_bytes = 2000,
                              .fields = 20,
                              .body_bytes = 3000,
                              .chunk_line_bytes = 40,
                              .extension_bytes = 60,
                              .trailer_bytes = 200,
                              .interim_responses = 2};

// The framing by the plainest reading of the fields.
void check_framing(const http::Fields& fields, Framing framing, std::uint64_t length, bool may_have_content) {
  FUZZ_CHECK(fields.count("Content-Length") + fields.count("Transfer-Encoding") <= 1);
  const auto coding = fields.find("transfer-encoding");
  const auto announced = fields.find("CONTENT-LENGTH");
  if (coding) FUZZ_CHECK(http::equal_ignoring_case(*coding, "chunked"));
  if (announced) FUZZ_CHECK(std::to_string(std::stoull(std::string(*announced))) == *announced);
  if (!may_have_content) {
    FUZZ_CHECK(framing == Framing::none);
    return;
  }
  if (coding) FUZZ_CHECK(framing == Framing::chunked);
  if (announced) FUZZ_CHECK(std::stoull(std::string(*announced)) == length);
  if (announced) FUZZ_CHECK(framing == (length > 0 ? Framing::length : Framing::none));
}

void check_values(const http::Fields& fields) {
  for (const http::Field& field : fields) {
    FUZZ_CHECK(http::is_token(field.name));
    FUZZ_CHECK(http::without_blanks(field.value) == field.value);
    for (const char c : field.value) FUZZ_CHECK(!http::is_control(c));
    (void)fields.is_hop_by_hop(field.name);
    if (const auto type = http::MediaType::parse(field.value)) FUZZ_CHECK(http::is_token(type->type()));
  }
  FUZZ_CHECK(http::quality(fields, "application/json") <= 1000);
}

void check_head(const http::RequestHead& head) {
  check_framing(head.fields, head.framing, head.content_length, true);
  check_values(head.fields);
  FUZZ_CHECK(head.framing != Framing::until_close);
  FUZZ_CHECK(head.fields.count("Host") == 1 && http::parse_authority(head.authority));
  FUZZ_CHECK(head.path.starts_with('/') || head.path == "*");
  if (!head.fields.find("Content-Length") && !head.fields.find("Transfer-Encoding")) {
    FUZZ_CHECK(head.framing == Framing::none);
  }
}

void check_head(const http::ResponseHead& head) {
  const bool content = head.status != 204 && head.status != 304;
  check_framing(head.fields, head.framing, head.content_length, content);
  check_values(head.fields);
  FUZZ_CHECK(head.status >= 200 && head.status <= 599);
}

// The content of the message that begins `bytes` (its head is `head_bytes` long), by the shortest reading of RFC 9112
// section 7.1; nothing where that finds no end. `end` is where it ends.
std::optional<std::string> decoded_chunks(std::string_view bytes, std::size_t head_bytes, std::size_t& end) {
  std::string out;
  std::size_t at = head_bytes;
  for (;;) {
    const std::size_t line_end = bytes.find("\r\n", at);
    if (line_end == std::string_view::npos) return std::nullopt;
    const std::string size_text(bytes.substr(at, line_end - at));
    const std::size_t size = std::stoul(size_text, nullptr, 16);
    at = line_end + 2;
    if (size == 0) break;
    if (bytes.substr(at).size() < size + 2 || bytes.substr(at + size, 2) != "\r\n") return std::nullopt;
    out.append(bytes.substr(at, size));
    at += size + 2;
  }
  end = bytes.substr(at).starts_with("\r\n") ? at + 2 : bytes.find("\r\n\r\n", at) + 4;
  return out;
}

// The reader's content, and where it ends, are what a plain look at the bytes finds.
void check_content(std::string_view bytes, std::size_t head_bytes, std::size_t taken, Framing framing,
                   std::uint64_t length, const std::string& content) {
  std::size_t end = head_bytes;
  std::optional<std::string> want;
  if (framing == Framing::chunked) {
    want = decoded_chunks(bytes, head_bytes, end);
  } else {
    if (framing == Framing::length) end = head_bytes + length;
    if (framing == Framing::until_close) end = bytes.size();
    want = bytes.substr(head_bytes, end - head_bytes);
  }
  FUZZ_CHECK(want == content && end == taken);
}

// Fields that the writer takes from a message that was read.
bool is_kept(const http::Fields& fields, const http::Field& field) {
  return !fields.is_hop_by_hop(field.name) && !http::equal_ignoring_case(field.name, "Expect");
}

void begin(std::string& out, const http::RequestHead& head, std::vector<http::HeadWriter>& writer) {
  const std::string path(head.path);
  const std::string target = head.query.empty() ? path : path + "?" + std::string(head.query);
  writer.push_back(http::HeadWriter::request(out, head.method_name, target));
}
void begin(std::string& out, const http::ResponseHead& head, std::vector<http::HeadWriter>& writer) {
  writer.push_back(http::HeadWriter::response(out, head.status));
}
bool has_no_content(const http::RequestHead& head) { return head.framing == Framing::none; }
bool has_no_content(const http::ResponseHead& head) { return head.status == 204 || head.status == 304; }

// The message written anew: with a length, and in chunks.
template <class Head>
std::string written(const Head& head, const std::string& body, bool chunked) {
  std::string out;
  std::vector<http::HeadWriter> writer;
  begin(out, head, writer);
  for (const http::Field& field : head.fields) {
    if (is_kept(head.fields, field)) writer[0].field(field.name, field.value);
  }
  if (has_no_content(head)) {
    FUZZ_CHECK(body.empty());
    writer[0].none();
  } else if (chunked) {
    writer[0].chunked();
  } else {
    writer[0].length(body.size());
  }
  FUZZ_CHECK(writer[0].done().has_value());
  if (has_no_content(head)) return out;
  if (!chunked) return out + body;
  http::write_chunk(out, std::string_view(body).substr(0, body.size() / 2));
  http::write_chunk(out, std::string_view(body).substr(body.size() / 2));
  http::write_last_chunk(out);
  return out;
}

template <class Head>
std::string kept_fields(const Head& head) {
  std::string out;
  for (const http::Field& field : head.fields) {
    if (is_kept(head.fields, field)) out.append(field.name).append("=").append(field.value).append(";");
  }
  return out;
}

// Reads `bytes`, one message, whole; the head must have these fields and the content be this.
template <class Reader>
void check_again(const std::string& bytes, const std::string& fields, const std::string& body) {
  Reader reader;
  std::string_view in = bytes;
  std::string content;
  for (;;) {
    const http::Step step = reader.read(in);
    in.remove_prefix(step.consumed);
    if (step.event == http::Event::head) FUZZ_CHECK(kept_fields(reader.head()) == fields);
    if (step.event == http::Event::body) content.append(step.body);
    FUZZ_CHECK(step.event != http::Event::more && step.event != http::Event::refused);
    if (step.event == http::Event::end) break;
  }
  FUZZ_CHECK(in.empty() && content == body && reader.reusable());
}

// The first message that is complete.
template <class Reader>
void check_written_again(std::string_view in) {
  Reader reader(limits);
  std::string content;
  const std::string_view bytes = in;
  std::size_t head_bytes = 0;
  for (;;) {
    http::Step step = reader.read(in);
    in.remove_prefix(step.consumed);
    if (step.event == http::Event::head) head_bytes = bytes.size() - in.size();
    if (step.event == http::Event::more) step = reader.at_end();
    if (step.event == http::Event::refused || step.event == http::Event::closed) return;
    if (step.event == http::Event::head) check_head(reader.head());
    if (step.event == http::Event::body) content.append(step.body);
    if (step.event == http::Event::end) break;
  }
  FUZZ_CHECK(content.size() <= limits.body_bytes);
  check_content(bytes, head_bytes, bytes.size() - in.size(), reader.head().framing, reader.head().content_length,
                content);
  const std::string fields = kept_fields(reader.head());
  for (const bool chunked : {false, true}) {
    check_again<Reader>(written(reader.head(), content, chunked), fields, content);
  }
}

template <class Reader>
void check_cuts(std::string_view bytes, std::uint64_t seed) {
  Reader whole(limits), single(limits), pieces(limits);
  http::Cuts cuts(seed);
  const http::Played first = http::play(whole, bytes, [&](std::size_t) { return bytes.size(); });
  FUZZ_CHECK(first == http::play(single, bytes, [](std::size_t) { return 1U; }));
  FUZZ_CHECK(first == http::play(pieces, bytes, [&](std::size_t) { return cuts(); }));
  FUZZ_CHECK(first.taken <= bytes.size());
  FUZZ_CHECK((first.status == 0) == first.reason.empty());
  for (const char c : first.reason) FUZZ_CHECK(!http::is_control(c));
}

// Lines of the input as fields ("name|value"), whatever is in them. How many there are.
std::size_t write_lines(std::string& out, std::string_view text, http::WrittenHead* before) {
  auto head = http::HeadWriter::request(out, "POST", "/mcp", before);
  head.field("Host", "a");
  std::size_t count = 1;
  while (!text.empty() && count < 50) {
    const std::size_t mark = std::min(text.find('|'), text.size());
    const std::string_view name = text.substr(0, mark);
    text.remove_prefix(std::min(mark + 1, text.size()));
    const std::size_t end = std::min(text.find('|'), text.size());
    head.field(name, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++count;
  }
  head.length(0);
  FUZZ_CHECK(head.done().has_value() == !out.empty());
  return count;
}

void check_writer(std::string_view text) {
  std::string out;
  const std::size_t count = write_lines(out, text, nullptr);
  // The same in one piece, in two, and after each of them.
  http::WrittenHead before;
  for (const std::string_view other :
       {text, text.substr(0, text.size() / 2), text, text.substr(text.size() / 2), text}) {
    std::string plain, again;
    write_lines(plain, other, nullptr);
    write_lines(again, other, &before);
    FUZZ_CHECK(plain == again);
  }
  if (out.empty()) return;
  http::RequestReader reader({.head_bytes = 1U << 30});
  FUZZ_CHECK(reader.read(out).event == http::Event::head);
  FUZZ_CHECK(reader.head().fields.size() == count + 1);
  FUZZ_CHECK(reader.read({}).event == http::Event::end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    check_cuts<http::RequestReader>(bytes, data[0]);
    check_written_again<http::RequestReader>(bytes);
  } else {
    check_cuts<http::ResponseReader>(bytes, data[0]);
    check_written_again<http::ResponseReader>(bytes);
  }
  check_writer(bytes);
  return 0;
}
