// The walk over conditions and the small tests that the parts of lint share.
#include <re2/re2.h>

#include <algorithm>

#include "policy/lint.h"
#include "policy/operators.h"
#include "policy/sample.h"

namespace policy {
namespace {

Sense flipped(Sense sense) {
  if (sense == Sense::applies) return sense;
  return sense == Sense::admits ? Sense::denies : Sense::admits;
}

struct Walk {
  Section section;
  const Entry& entry;
  const std::function<void(const Site&)>& f;

  void list(const Rule& rule, const std::vector<Condition>& conditions, Sense sense, bool restricts,
            bool nested) const {
    for (const Condition& c : conditions) {
      if (c.kind == Condition::Kind::compare)
        f({c, sense, restricts, nested, section, entry, rule});
      else
        list(rule, c.children, c.kind == Condition::Kind::negate ? flipped(sense) : sense, restricts, true);
    }
  }
};

bool regex_passes(const Condition& c, std::string_view text, Patterns& patterns) {
  const Pattern compiled = patterns.compile(c.value.text);
  const auto anchor = c.op == Op::matches ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED;
  return compiled->ok() && compiled->Match({text.data(), text.size()}, 0, text.size(), anchor, nullptr, 0);
}

}  // namespace

bool checks_arguments(const Rule& rule) { return rule.validate.checks_something(); }

bool is_negative(const Condition& c) { return is_negative(c.op) || (c.op == Op::exists && !c.value.boolean); }

bool denies_always(const Rule& rule) {
  return rule.action == Action::deny && rule.when.empty() && enforced(rule) && rule.direction == RuleDirection::both;
}

void each_site(const Entry& entry, Section section, const std::function<void(const Site&)>& f) {
  const Walk walk{section, entry, f};
  for (const Rule& rule : entry.rules) {
    walk.list(rule, rule.when, rule.action == Action::allow ? Sense::applies : Sense::denies, true, false);
    walk.list(rule, rule.require, Sense::admits, false, false);
  }
}

namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
char small(char c) { return is_capital(c) ? static_cast<char>(c + ('a' - 'A')) : c; }

// Takes the first word off `name`, as it is spelt; "" if there is none.
std::string_view take_word(std::string_view& name) {
  const auto is_letter = [](char c) { return is_small(c) || is_capital(c); };
  const auto* const begin = std::ranges::find_if(name, is_letter);
  const auto* end = begin;
  while (end != name.end() && is_letter(*end) && !(end != begin && is_capital(*end) && is_small(end[-1]))) ++end;
  name = {end, name.end()};
  return {begin, end};
}

}  // namespace

bool has_word(std::string_view name, std::initializer_list<std::string_view> words) {
  for (std::string_view word = take_word(name); !word.empty(); word = take_word(name)) {
    const auto same = [&](std::string_view w) { return std::ranges::equal(word, w, {}, small); };
    if (std::ranges::any_of(words, same)) return true;
  }
  return false;
}

std::string_view argument_name(const json::Path& path) {
  if (path.root != "args" && path.root != "params") return {};
  for (auto step = path.steps.rbegin(); step != path.steps.rend(); ++step)
    if (step->kind == json::Step::Kind::key) return step->key;
  return {};
}

bool names_destruction(std::string_view name) {
  return has_word(name, {"delete", "remove", "destroy", "drop", "purge", "wipe", "erase", "truncate", "terminate",
                         "revoke", "uninstall"});
}

bool text_passes(const Condition& c, std::string_view text, Patterns& patterns) {
  switch (c.op) {
    case Op::starts_with:
      return text.starts_with(c.value.text);
    case Op::ends_with:
      return text.ends_with(c.value.text);
    case Op::contains:
      return text.find(c.value.text) != std::string_view::npos;
    case Op::glob:
      return base::Glob(c.value.text).matches(text);
    case Op::eq:
      return text == c.value.text;
    case Op::in:
      return std::ranges::any_of(c.value.items, [&](const Constant& i) { return i.text == text; });
    case Op::regex:
    case Op::matches:
      return regex_passes(c, text, patterns);
    default:
      return false;
  }
}

std::string text_for(const Condition& c, Patterns& patterns, std::string_view fill) {
  std::string text;
  if (c.op == Op::regex || c.op == Op::matches) {
    text = sample(c.value.text, {.fill = fill}).value_or("");
  } else if (c.op == Op::glob) {
    for (std::size_t i = 0; i < c.value.text.size(); ++i) {
      if (c.value.text[i] == '*') {
        text += fill;
        continue;
      }
      if (c.value.text[i] == '\\' && i + 1 < c.value.text.size()) ++i;
      text += c.value.text[i];
    }
  } else if (c.op == Op::in) {
    text = c.value.items.empty() ? "" : c.value.items[0].text;
  } else {
    text = c.value.text;
  }
  return text_passes(c, text, patterns) ? text : "";
}

std::string shown(std::string_view text) {
  std::string spelled;
  for (const char c : text) {
    if (c == '\n')
      spelled += "\\n";
    else
      spelled += c;
  }
  return quoted(spelled);
}

}  // namespace policy
