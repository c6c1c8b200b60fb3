// Scalars and maps of a test file, each with its place and how to mend it.
#include <algorithm>
#include <charconv>

#include "audit/time_text.h"
#include "base/strings.h"
#include "json/writer.h"
#include "trial/reading.h"

namespace trial {
namespace {

constexpr base::Duration longest = std::chrono::days(3660);

std::string choices(Keys words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

bool is_text(const Node& node) { return node.kind == Node::Kind::string || node.kind == Node::Kind::ambiguous; }

// Reports bare words of two readings, wherever they stand below `node`.
bool check_words(Reading& r, const Node& node) {
  bool good = true;
  if (node.kind == Node::Kind::ambiguous) {
    r.problems.error("ambiguous", node.position, "the bare word " + quoted(node.text) + " can be read in two ways",
                     "write it in quotes if it is text: " + quoted(node.text));
    return false;
  }
  for (const Node* item : node.items) good = check_words(r, *item) && good;
  for (const NodeMember& m : node.members) good = check_words(r, *m.value) && good;
  return good;
}

}  // namespace

bool check_map(Reading& r, const Node& node, std::string_view what, Keys known) {
  if (!node.is_map()) {
    wrong_type(r, node, what, "a map");
    return false;
  }
  for (const NodeMember& m : node.members) {
    if (std::ranges::find(known, m.key) != known.end()) continue;
    const std::string_view near = base::nearest(m.key, known);
    std::string hint = near.empty() ? "known keys: " + choices(known) : "did you mean " + quoted(near) + "?";
    if (m.key == "arguments") hint = "write args: beside call:, or call: {name: …, arguments: {…}}";
    if (m.key == "tool" && near.empty()) hint = "write call: and the tool's name";
    r.problems.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " in " + std::string(what),
                     std::move(hint));
  }
  return true;
}

void wrong_type(Reading& r, const Node& node, std::string_view what, std::string_view needs, std::string hint) {
  std::string message(what);
  message.append(" needs ").append(needs).append(", not ").append(yaml::kind_word(node));
  r.problems.error("wrong-type", node.position, std::move(message), std::move(hint));
}

std::optional<std::string> read_text(Reading& r, const Node& node, std::string_view what) {
  if (is_text(node) && !node.text.empty()) return std::string(node.text);
  if (is_text(node)) {
    r.problems.error("bad-value", node.position, std::string(what) + " is empty", "write a text, or leave the key out");
    return std::nullopt;
  }
  const bool scalar = node.is_number() || node.kind == Node::Kind::boolean;
  wrong_type(r, node, what, "text", scalar ? "quote it: " + quoted(node.text) : "");
  return std::nullopt;
}

std::optional<bool> read_bool(Reading& r, const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::boolean) return node.boolean;
  wrong_type(r, node, what, "true or false");
  return std::nullopt;
}

std::optional<std::uint32_t> read_count(Reading& r, const Node& node, std::string_view what, std::uint32_t most) {
  std::uint32_t number = 0;
  const char* const begin = node.text.data();
  const char* const end = begin + node.text.size();
  const auto parsed = std::from_chars(begin, end, number);
  if (node.is_number() && parsed.ec == std::errc() && parsed.ptr == end && number >= 1 && number <= most) return number;
  const std::string needs = "a whole number from 1 to " + std::to_string(most);
  if (!node.is_number()) {
    wrong_type(r, node, what, needs);
  } else {
    r.problems.error("bad-value", node.position,
                     std::string(what) + " needs " + needs + ", not " + std::string(node.text));
  }
  return std::nullopt;
}

std::optional<base::Duration> read_duration(Reading& r, const Node& node, std::string_view what) {
  constexpr std::string_view needs = "a length of time such as 90s, 30m or 1h30m";
  if (!is_text(node)) {
    wrong_type(r, node, what, needs, node.is_number() ? "write the unit: " + std::string(node.text) + "s" : "");
    return std::nullopt;
  }
  const std::int64_t nanoseconds = base::parse_duration(node.text);
  if (nanoseconds > 0 && base::Duration(nanoseconds) <= longest) return base::Duration(nanoseconds);
  r.problems.error("bad-value", node.position,
                   std::string(what) + " needs " + std::string(needs) + ", not " + quoted(node.text),
                   nanoseconds > 0 ? "at most ten years" : "");
  return std::nullopt;
}

std::optional<base::WallTime> read_time(Reading& r, const Node& node, std::string_view what) {
  constexpr std::string_view needs = "a moment such as 2026-11-25T12:00:00Z, or a date";
  if (!is_text(node)) {
    wrong_type(r, node, what, needs);
    return std::nullopt;
  }
  auto nanoseconds = audit::parse_rfc3339(node.text);
  if (!nanoseconds) nanoseconds = audit::parse_rfc3339(std::string(node.text) + "T00:00:00Z");
  if (nanoseconds && base::WallTime(base::Duration(*nanoseconds)) < last_moment) {
    return base::WallTime(base::Duration(*nanoseconds));
  }
  r.problems.error("bad-value", node.position,
                   std::string(what) + " needs " + std::string(needs) + ", not " + quoted(node.text),
                   nanoseconds ? "before the year 2200" : "");
  return std::nullopt;
}

std::optional<std::string> read_word(Reading& r, const Node& node, std::string_view what, Keys words) {
  if (is_text(node) && std::ranges::find(words, node.text) != words.end()) return std::string(node.text);
  if (!is_text(node)) {
    wrong_type(r, node, what, choices(words));
    return std::nullopt;
  }
  const std::string_view near = base::nearest(node.text, words);
  r.problems.error("bad-value", node.position,
                   std::string(what) + " needs " + choices(words) + ", not " + quoted(node.text),
                   near.empty() ? "" : "did you mean " + quoted(near) + "?");
  return std::nullopt;
}

std::optional<std::string> read_value(Reading& r, const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::null && !node.written) {
    wrong_type(r, node, what, "a value");
    return std::nullopt;
  }
  if (!check_words(r, node)) return std::nullopt;
  std::string out;
  yaml::write_json(out, node);
  return out;
}

std::optional<std::string> read_json(Reading& r, const Node& node, std::string_view what) {
  if (!node.is_text()) return read_value(r, node, what);
  const std::string_view text = base::trimmed(node.text);
  json::Document document;
  // Text that looks like JSON is sent even if it is none: that is tested, too.
  if (text.starts_with('{') || text.starts_with('[') || document.read(text, json::Profile::tolerant)) {
    return std::string(text);
  }
  std::string as_string;
  json::write_string(as_string, node.text);
  r.problems.error("bad-value", node.position,
                   std::string(what) + " is text, and text is read as JSON, which this is not",
                   "write it as JSON in quotes: '" + base::printable(as_string, 100) + "'");
  return std::nullopt;
}

std::optional<std::size_t> read_policy(Reading& r, const Node& node, std::string_view what) {
  if (!is_text(node) || base::trimmed(node.text).empty()) {
    wrong_type(r, node, what, "the path of a policy, or its text",
               node.is_map() ? "put a | after the colon, and the policy indented below it" : "");
    return std::nullopt;
  }
  const bool is_path = node.text.find('\n') == std::string::npos && !node.text.starts_with('{') &&
                       node.text.find(": ") == std::string::npos && !node.text.ends_with(':');
  r.file.policies.push_back({node.position, std::string(node.text), is_path});
  return r.file.policies.size() - 1;
}

}  // namespace trial
