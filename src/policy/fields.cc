// Readers of scalars, and what is said when one is of the wrong kind.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

struct Placed {
  std::string_view key, hint;
};

// Keys that people write in the wrong place or under another name.
constexpr Placed misplaced[] = {
    {"spend", "write spend_limit: {max: 50.00, window: day, from: args.amount}"},
    {"per_call", "bound one call with a condition: require: {path: args.amount, op: lte, value: 0.50}"},
    {"daily", "write spend_limit: {max: 50.00, window: day, from: args.amount}"},
    {"webhook_url", "write approvals: {notify: {webhook: {url: \"https://...\"}}}"},
    {"message", "the text that the agent gets is on_deny (or reason)"},
    {"deny_if", "deny_if belongs in an entry; in a rule write action: deny and when"},
    {"default_action", "the key is default"},
    {"effect", "the key is action"},
    {"enabled", "take the rule out, or write mode: shadow to watch it only"},
    {"condition", "the key is conditions"},
    {"if", "the key is when"},
    {"deny", "in a rule write action: deny, with when: if it is not for every call"},
    {"allow", "in a rule write action: allow; a tool that is allowed without rules is NAME: {}"},
    {"limit", "write rate_limit: 30/hour, or limits: with a list"},
    {"steps", "this is a policy test: intercept test runs it"},
    {"cases", "this is a policy test: intercept test runs it"},
    {"max", "max belongs in rate_limit, spend_limit or limits"},
    {"window", "window belongs in rate_limit, spend_limit, limits or state"},
    {"increment_from", "increment_from belongs in state or limits"},
    {"counter", "counter belongs in state or limits"},
    {"required_args", "required_args belongs in validate"},
    {"schema", "schema belongs in validate"},
    {"path", "path belongs in a condition, under when, require or conditions"},
    {"scope", "scope belongs in rate_limit, spend_limit, limits or state"},
    {"rules", "rules belongs in an entry: tools: {NAME: {rules: [...]}}"},
};

bool has(Keys keys, std::string_view key) {
  return std::ranges::any_of(keys, [&](std::string_view known) { return yaml::same_key(known, key); });
}

// The one of `words` that was meant: by another name, or nearly spelt; or "".
std::string_view meant_word(std::string_view text, Keys words) {
  constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"block", "deny"},   {"refuse", "deny"},  {"reject", "deny"},          {"forbid", "deny"},
      {"permit", "allow"}, {"accept", "allow"}, {"ask", "require_approval"}, {"approve", "require_approval"},
      {"log", "shadow"},   {"audit", "shadow"}, {"dry-run", "shadow"},       {"monitor", "shadow"}};
  for (const auto& [other, meant] : others)
    if (other == text && has(words, meant)) return meant;
  return base::nearest(text, words);
}

}  // namespace

const char* section_name(Section section) {
  constexpr std::array<const char*, 4> names = {"tools", "resources", "prompts", "methods"};
  return names[static_cast<std::size_t>(section)];
}

const char* section_word(Section section) {
  constexpr std::array<const char*, 4> words = {"tool", "resource", "prompt", "method"};
  return words[static_cast<std::size_t>(section)];
}

std::string choices(Keys words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string key_hint(const Loading& l, std::string_view key, Keys known) {
  if (l.problems.crowded()) return "";
  for (const Placed& m : misplaced)
    if (m.key == key && !has(known, key)) return std::string(m.hint);
  if (const std::string_view near = base::nearest(key, known); !near.empty())
    return "did you mean " + std::string(near) + "?";
  if (has(rule_keys, key)) return std::string(key) + " belongs in a rule";
  if (has(policy_keys, key)) return std::string(key) + " belongs at the top level of the policy";
  if (has(condition_keys, key)) return std::string(key) + " belongs in a condition";
  if (const std::string_view near = base::nearest(key, rule_keys); !near.empty())
    return "did you mean " + std::string(near) + "? It belongs in a rule";
  return "known keys: " + choices(known);
}

void wrong_type(Loading& l, const Node& node, std::string_view what, std::string_view needs, std::string hint) {
  std::string message(what);
  message.append(" needs ").append(needs).append(", not ").append(kind_word(node));
  l.error("wrong-type", node.position, std::move(message), std::move(hint));
}

bool check_map(Loading& l, const Node& node, std::string_view what, Keys known) {
  if (!node.is_map()) {
    wrong_type(l, node, what, "a map", node.kind == Node::Kind::null ? "write {} for an empty map" : "");
    return false;
  }
  for (const NodeMember& m : node.members) {
    if (has(known, m.key)) continue;
    l.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " in " + std::string(what),
            key_hint(l, m.key, known));
  }
  return true;
}

std::optional<std::string> read_text(Loading& l, const Node& node, std::string_view what) {
  // A bare word that would be ambiguous as a value is plain text where only text can stand.
  if (node.kind != Node::Kind::string && node.kind != Node::Kind::ambiguous) {
    const bool scalar = node.is_number() || node.kind == Node::Kind::boolean;
    wrong_type(l, node, what, "text", scalar ? "quote it: " + quoted(node.text) : "");
    return std::nullopt;
  }
  if (node.text.empty()) {
    l.error("empty-text", node.position, std::string(what) + " is empty");
    return std::nullopt;
  }
  return std::string(node.text);
}

std::optional<bool> read_bool(Loading& l, const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::boolean) return node.boolean;
  wrong_type(l, node, what, "true or false");
  return std::nullopt;
}

std::optional<base::Amount> read_amount(Loading& l, const Node& node, std::string_view what) {
  if (!node.is_number()) {
    wrong_type(l, node, what, "a number",
               node.is_text() && base::Decimal::parse(node.text) ? "take the quotes off" : "");
    return std::nullopt;
  }
  const auto amount = base::Amount::parse(node.text);
  if (!amount) {
    l.error("bad-number", node.position, std::string(what) + ": " + amount.error().message);
    return std::nullopt;
  }
  if (amount->is_negative()) {
    l.error("bad-number", node.position, std::string(what) + " must not be negative");
    return std::nullopt;
  }
  return *amount;
}

std::optional<std::int64_t> read_count(Loading& l, const Node& node, std::string_view what, std::int64_t least) {
  constexpr std::int64_t most = 1'000'000'000'000'000;
  const auto amount = read_amount(l, node, what);
  if (!amount) return std::nullopt;
  const __int128 whole = amount->raw() / base::Amount::scale;
  if (amount->raw() % base::Amount::scale != 0 || whole < least || whole > most) {
    l.error("bad-number", node.position,
            std::string(what) + " must be a whole number from " + std::to_string(least) + " to 10^15",
            least == 1 && amount->is_zero() ? "to allow nothing, write action: deny" : "");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(whole);
}

std::optional<std::int64_t> read_seconds(Loading& l, const Node& node, std::string_view what) {
  constexpr std::int64_t second = 1'000'000'000, most = std::int64_t{366} * 86'400;
  std::int64_t seconds = -1;
  if (node.is_number()) {
    const auto count = read_count(l, node, what, 1);
    if (!count) return std::nullopt;
    seconds = *count;
  } else if (node.is_text() || node.kind == Node::Kind::ambiguous) {
    const std::int64_t ns = base::parse_duration(node.text);
    if (ns < 0 || ns % second != 0) {
      l.error("bad-duration", node.position, std::string(what) + ": " + quoted(node.text) + " is not a length of time",
              "write whole seconds (90) or a length like \"90s\", \"30m\", \"2h\", \"1d\"");
      return std::nullopt;
    }
    seconds = ns / second;
  } else {
    wrong_type(l, node, what, "a length of time, such as 60 or \"1m\"");
    return std::nullopt;
  }
  if (seconds >= 1 && seconds <= most) return seconds;
  l.error("bad-duration", node.position, std::string(what) + " must be from 1 second to 366 days");
  return std::nullopt;
}

std::optional<std::size_t> read_word(Loading& l, const Node& node, std::string_view what, Keys words) {
  if (node.kind != Node::Kind::string && node.kind != Node::Kind::ambiguous) {
    wrong_type(l, node, what, choices(words));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == node.text) return i;
  const std::string_view near = meant_word(node.text, words);
  l.error("bad-value", node.position, std::string(what) + " must be " + choices(words) + ", not " + quoted(node.text),
          near.empty() ? "" : "did you mean " + std::string(near) + "?");
  return std::nullopt;
}

WindowLength window_of_word(std::size_t word) {
  constexpr std::int64_t seconds[] = {1, 60, 3'600, 86'400, 604'800, limits::month_seconds};
  return {seconds[word], word == 5};
}

std::optional<WindowLength> read_window(Loading& l, const Node& node, std::string_view what) {
  if (node.is_text() && (node.text.empty() || node.text[0] < '0' || node.text[0] > '9')) {
    const auto word = read_word(l, node, what, window_words);
    return word ? std::optional(window_of_word(*word)) : std::nullopt;
  }
  const auto seconds = read_seconds(l, node, what);
  return seconds ? std::optional(WindowLength{*seconds, false}) : std::nullopt;
}

limits::Window make_window(WindowLength length, limits::WindowType type) {
  return {type, length.seconds, length.month && type == limits::WindowType::calendar};
}

}  // namespace policy
