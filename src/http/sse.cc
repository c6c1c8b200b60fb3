// Event streams, line by line. A line that lies whole in the input is not copied but for its data.
#include "http/sse.h"

#include <charconv>

#include "http/chars.h"

namespace http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Decimal digits alone. What does not fit is no time that anybody waits.
std::optional<std::uint64_t> parse_milliseconds(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                    : std::nullopt;
}

// For the next text; a large one does not keep its memory while the stream is idle.
void forget(std::string& text) {
  constexpr std::size_t kept = 4096;
  if (text.capacity() > kept) {
    text = std::string();
  } else {
    text.clear();
  }
}

bool is_one_line(std::string_view text) {
  using namespace std::string_view_literals;
  return text.find_first_of("\r\n\0"sv) == std::string_view::npos;
}

// Appends prefix + line + LF for every line of `text`; one for an empty text.
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
  for (;;) {
    const char* const end = skip_line(text.data(), text.data() + text.size());
    const auto length = static_cast<std::size_t>(end - text.data());
    out.append(prefix).append(text.substr(0, length)).append("\n");
    if (length == text.size()) return;
    text.remove_prefix(length + (text.substr(length).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace

// False while the begin of the stream may still be a byte order mark.
bool SseReader::skip_bom(std::string_view& in) {
  while (bom_ < 3) {
    if (in.empty()) return false;
    if (in.front() != byte_order_mark[bom_]) {
      partial_.append(byte_order_mark.substr(0, bom_));
      block_ = bom_;
      bom_ = 3;
      return true;
    }
    in.remove_prefix(1);
    ++bom_;
  }
  return true;
}

void SseReader::clear_block() {
  clear_due_ = false;
  block_ = 0;
  forget(data_);
  type_.clear();
  id_.clear();
  has_id_ = false;
  has_data_ = false;
  block_retry_.reset();
}

SseFound SseReader::read(std::string_view& in) {
  if (refused_) return SseFound::refused;
  if (clear_due_) clear_block();
  if (partial_due_) forget(partial_);
  partial_due_ = false;
  if (bom_ < 3 && !skip_bom(in)) return SseFound::more;
  while (!in.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (in.front() == '\n') {
        in.remove_prefix(1);
        continue;
      }
    }
    // One byte beyond the limit is enough to know.
    const std::size_t room = limit_ - block_;
    const std::string_view seen = in.substr(0, room < in.size() ? room + 1 : in.size());
    const char* const stop = skip_line(seen.data(), seen.data() + seen.size());
    const auto length = static_cast<std::size_t>(stop - in.data());
    block_ += length;
    if (block_ > limit_) {
      refused_ = true;
      return SseFound::refused;
    }
    std::string_view text = in.substr(0, length);
    const bool ended = length < seen.size();
    if (!ended || !partial_.empty()) text = partial_.append(text);
    if (!ended) {
      in.remove_prefix(length);
      break;
    }
    after_cr_ = *stop == '\r';
    in.remove_prefix(length + 1);
    const SseFound found = line(text);
    if (found != SseFound::more) {
      partial_due_ = true;
      return found;
    }
    forget(partial_);
  }
  return SseFound::more;
}

SseFound SseReader::line(std::string_view text) {
  if (text.empty()) return end_block();
  const std::size_t colon = text.find(':');
  if (colon == 0) {
    comment_ = text.substr(1);
    block_ -= text.size();
    return SseFound::comment;
  }
  if (colon == std::string_view::npos) {
    field(text, {});
  } else {
    const std::string_view value = text.substr(colon + 1);
    field(text.substr(0, colon), value.starts_with(' ') ? value.substr(1) : value);
  }
  return SseFound::more;
}

void SseReader::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_.append(value);
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.contains('\0')) return;
    id_ = value;
    has_id_ = true;
  } else if (name == "retry") {
    if (const auto time = parse_milliseconds(value)) block_retry_ = retry_ = time;
  }
}

SseFound SseReader::end_block() {
  clear_due_ = true;
  if (!has_data_ && !has_id_ && !block_retry_ && type_.empty()) {
    clear_block();
    return SseFound::more;
  }
  if (has_id_) last_id_ = id_;
  event_ = {.id = has_id_ ? std::optional<std::string_view>(id_) : std::nullopt,
            .event = type_,
            .retry = block_retry_,
            .data = has_data_ ? std::optional<std::string_view>(data_) : std::nullopt};
  return SseFound::event;
}

base::Result<void> write_sse(std::string& out, const SseEvent& event) {
  if (event.id && !is_one_line(*event.id)) return base::fail("an event's id has a line end or NUL");
  if (!is_one_line(event.event)) return base::fail("an event's type has a line end or NUL");
  const std::size_t begin = out.size();
  if (!event.event.empty()) out.append("event: ").append(event.event).append("\n");
  if (event.id) out.append("id: ").append(*event.id).append("\n");
  if (event.retry) out.append("retry: ").append(std::to_string(*event.retry)).append("\n");
  if (event.data) append_lines(out, "data: ", *event.data);
  if (out.size() != begin) out += '\n';
  return {};
}

void write_sse_comment(std::string& out, std::string_view text) { append_lines(out, ":", text); }

}  // namespace http
