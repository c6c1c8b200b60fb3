// Redaction of JSON values and of command lines, on top of redact_text.
#include "audit/redact.h"

#include <algorithm>

#include "audit/redact_rules.h"
#include "json/writer.h"

namespace audit {
namespace {

std::string cut_after(std::string (*redact)(std::string_view), std::string_view text, std::size_t max) {
  // Redaction shortens: look at somewhat more than is kept.
  const std::size_t enough = std::min<std::size_t>(4 * max + 1024, text.size());
  std::string_view head = text.substr(0, enough);
  if (head.size() < text.size()) {
    while (!head.empty() && (head.back() & 0xC0) == 0x80) head.remove_suffix(1);  // whole code points
    if (!head.empty() && static_cast<unsigned char>(head.back()) >= 0xC0) head.remove_suffix(1);
    // The word that is cut goes as a whole, or, if it is very long, from its last separator: then what is left of a
    // token is either nothing or long enough to be recognised.
    std::size_t word = head.size();
    while (word > 0 && is_token_char(head[word - 1])) --word;
    if (head.size() - word >= 512) {
      const std::size_t separator = head.substr(word).find_last_of("_-.~+=");
      word = separator == std::string_view::npos ? head.size() : word + separator;
    }
    head = head.substr(0, word);
  }
  std::string out = redact(head);
  bool cut = head.size() < text.size();
  std::size_t end = 0;
  for (std::size_t points = 0; end < out.size(); ++end) {
    if ((out[end] & 0xC0) != 0x80 && ++points > max) break;
  }
  if (end < out.size()) {
    out.resize(end);
    cut = true;
  }
  if (cut) out += "…";
  return out;
}

// {"name": "Authorization", "value": "…"}: a pair that is spelt as an object.
bool names_a_secret(json::Value object) {
  for (const std::string_view field : {"name", "key", "header", "field"}) {
    const json::Value named = object.find(field);
    if (named.is_string() && is_secret_key(named.string())) return true;
  }
  return false;
}

class Writer {
 public:
  Writer(std::string& out, std::size_t max) : out_(out), max_(max) {}

  // Recursion is bounded by the reader's budget for depth.
  void write(json::Value value) {  // NOLINT(misc-no-recursion)
    if (value.is_object()) {
      object(value);
    } else if (value.is_array()) {
      char before = '[';
      for (const json::Value element : value.elements()) {
        out_ += before;
        before = ',';
        write(element);
      }
      out_ += before == '[' ? "[]" : "]";
    } else if (value.is_string()) {
      json::write_string(out_, redact_and_cut(value.string(), max_));
    } else {
      json::write(out_, value);
    }
  }

 private:
  void object(json::Value value) {  // NOLINT(misc-no-recursion)
    const bool secret_pair = names_a_secret(value);
    char before = '{';
    for (const json::Member member : value.members()) {
      out_ += before;
      before = ',';
      json::write_string(out_, redact_and_cut(member.key, max_));
      out_ += ':';
      const bool secret = is_secret_key(member.key) || (secret_pair && member.key == "value");
      if (secret && !member.value.is_null() && !member.value.is_boolean()) {
        json::write_string(out_, redacted_mark);
      } else {
        write(member.value);
      }
    }
    out_ += before == '{' ? "{}" : "}";
  }

  std::string& out_;
  std::size_t max_;
};

}  // namespace

std::string redact_and_cut(std::string_view text, std::size_t max) { return cut_after(redact_text, text, max); }

std::string redact_name_and_cut(std::string_view text, std::size_t max) { return cut_after(redact_name, text, max); }

void write_redacted(std::string& out, json::Value value, std::size_t max_string) {
  Writer(out, max_string).write(value);
}

std::vector<std::string> redact_command(std::span<const std::string> command) {
  std::vector<std::string> out;
  out.reserve(command.size());
  bool value_is_secret = false;
  bool value_may_be_login = false;
  for (const std::string& word : command) {
    const bool is_value =
        (value_is_secret && !word.starts_with("--")) || (value_may_be_login && word.find(':') != std::string::npos);
    value_is_secret = value_may_be_login = false;
    if (is_value) {
      out.emplace_back(redacted_mark);
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos && is_secret_key(std::string_view(word).substr(0, equals))) {
      out.push_back(redact_text(word.substr(0, equals)) + "=" + std::string(redacted_mark));
      continue;
    }
    if (word.starts_with('-') && equals == std::string::npos) {
      value_is_secret = is_secret_key(word);
      value_may_be_login = word == "-u" || word == "--user";
    }
    out.push_back(redact_text(word));
  }
  return out;
}

}  // namespace audit
