// What is done to the texts of a line: secrets out, length bounded, and never a byte that some reader of JSON refuses.
#include "audit/line.h"

#include <algorithm>

#include "audit/redact.h"
#include "json/writer.h"

namespace audit {
namespace {

constexpr std::size_t max_text = 1'024;  // code points of one field
constexpr std::size_t max_id = 256;      // bytes of a request's id that are kept as they came
constexpr std::size_t max_key = 128;     // code points of an argument's name

// A lone surrogate (three bytes in WTF-8) becomes U+FFFD: every reader of JSON must be able to read the line.
std::string whole(std::string text) {
  for (std::size_t i = text.find('\xED'); i != std::string::npos && i + 2 < text.size(); i = text.find('\xED', i + 1)) {
    if (static_cast<unsigned char>(text[i + 1]) >= 0xA0) text.replace(i, 3, "\xEF\xBF\xBD");
  }
  return text;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::write_string(out, text);
  return out;
}

std::string counter_name(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c != '\x1f') {
      out += c;
    } else if (!out.empty() && out.back() != '/') {
      out += '/';
    }
  }
  while (out.ends_with('/')) out.pop_back();
  return out;
}

}  // namespace

std::string recordable(std::string_view text) { return whole(redact_and_cut(text, max_text)); }

std::string quoted_text(std::string_view text) { return quoted(recordable(text)); }
std::string quoted_name(std::string_view text) { return quoted(whole(redact_name_and_cut(text, max_text))); }

void Line::text(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  field(name);
  out_ += memos_ == nullptr ? quoted_text(value) : memos_->texts.get(value, quoted_text);
}

void Line::name(std::string_view field_name, std::string_view value) {
  if (value.empty()) return;
  field(field_name);
  out_ += memos_ == nullptr ? quoted_name(value) : memos_->names.get(value, quoted_name);
}

const std::string& Line::counter(std::string_view key) {
  return memos_->counters.get(key, [](std::string_view k) { return quoted_name(counter_name(k)); });
}

const std::string& Line::key(std::string_view name) {
  return memos_->keys.get(name, [](std::string_view n) { return quoted(whole(redact_name_and_cut(n, max_key))); });
}

void Line::id(std::string_view json) {
  if (json.empty()) return;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool plain = json.size() <= 20 && std::all_of(json.begin(), json.end(), is_digit);
  if (plain || (json.size() <= max_id && redact_text(json) == json)) {
    raw("request_id", json);
  } else {
    text("request_id", json);
  }
}

}  // namespace audit
