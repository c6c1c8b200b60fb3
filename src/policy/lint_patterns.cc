// Regular expressions and other checks of text that admit more, or refuse less, than they seem to. Whatever is said
// comes with a text that was tried: no example, no finding.
#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "policy/lint.h"
#include "policy/sample.h"

namespace policy {
namespace {

constexpr std::string_view junk = "xx ~ ";  // stands before or after what a pattern is meant to find

bool is_regex(const Condition& c) { return c.op == Op::regex || c.op == Op::matches; }

// Characters with a meaning, apart from escaped ones: the pattern describes a form and is not just a piece of text.
bool describes_a_form(std::string_view pattern) {
  if (pattern.starts_with("(?i)")) pattern.remove_prefix(4);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      if (i < pattern.size() && std::isalpha(static_cast<unsigned char>(pattern[i])) != 0) return true;
      continue;
    }
    if (std::string_view("[]()*+?{}|^$.").find(pattern[i]) != std::string_view::npos) return true;
  }
  return false;
}

// Whoever writes a word boundary means to search.
bool means_to_search(std::string_view pattern) {
  return pattern.find("\\b") != std::string_view::npos || pattern.find("\\B") != std::string_view::npos;
}

// (?i), (?im:...): the first group of flags.
bool has_flag(std::string_view pattern, char flag) {
  const std::size_t flags = pattern.find("(?");
  if (flags == std::string_view::npos) return false;
  const std::size_t end = pattern.find_first_not_of("imsU", flags + 2);
  return end != std::string_view::npos && (pattern[end] == ')' || pattern[end] == ':' || pattern[end] == '-') &&
         pattern.substr(flags, end - flags).find(flag) != std::string_view::npos;
}

class TextLint {
 public:
  TextLint(const Site& site, Loading& l) : c_(site.condition), sense_(site.sense), l_(l) {}

  // One finding a condition: the first that is right.
  void look() {
    if (is_regex(c_) && (multiline() || dot() || (c_.op == Op::regex && (unanchored() || anchored_denial())))) return;
    case_matters();
  }

 private:
  const std::string& pattern() const { return c_.value.text; }
  bool passes(std::string_view text) const { return text_passes(c_, text, l_.patterns); }
  bool whole(std::string_view text) const {
    const Pattern compiled = l_.patterns.compile(pattern());
    return compiled->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
  }

  bool unanchored() {
    if (sense_ != Sense::admits || !describes_a_form(pattern()) || means_to_search(pattern())) return false;
    std::string start, end;  // texts that begin, and that end, with what was not meant
    for (const std::string_view part : alternatives(pattern())) {
      const auto text = sample(part);
      if (!text || text->empty() || !passes(*text)) continue;
      const std::string before = std::string(junk) + *text, after = *text + std::string(junk);
      if (start.empty() && passes(before) && !whole(before)) start = before;
      if (end.empty() && passes(after) && !whole(after)) end = after;
    }
    if (start.empty() || end.empty()) return false;
    std::string shown_text = std::string(junk) + end;
    if (!passes(shown_text) || whole(shown_text)) shown_text = start;
    const bool split = pattern().find_first_of("^$") != std::string::npos && alternatives(pattern()).size() > 1;
    l_.problems.warn(
        "unanchored-regex", c_.position, "regex searches, so that this requirement also admits " + shown(shown_text),
        split ? "^ and $ belong to one alternative each here; write matches and (a|b) to say what the whole "
                "text may be"
              : "write op: matches to say what the whole text may be");
    return true;
  }

  // ^ in a denial: whatever stands before the text evades it. A pattern for the whole text says what it says.
  bool anchored_denial() {
    if (sense_ != Sense::denies) return false;
    const auto text = sample(pattern());
    if (!text || text->empty() || !passes(*text) || !passes(*text + std::string(junk))) return false;
    for (const char* before : {" ", "\n"}) {
      const std::string evading = before + *text;
      if (passes(evading)) continue;
      l_.problems.warn("anchored-denial", c_.position,
                       "the denial is evaded by a " + std::string(before[0] == ' ' ? "space" : "line break") +
                           " before it: " + shown(evading) + " is not found",
                       "take ^ out, or write what may stand before it: (^|\\s); better, require what is permitted");
      return true;
    }
    return false;
  }

  bool multiline() {
    if (sense_ != Sense::admits || !has_flag(pattern(), 'm')) return false;
    const auto text = sample(pattern());
    if (!text || text->empty() || !passes(*text)) return false;
    const std::string before = std::string(junk) + *text, after = *text + std::string(junk);
    if (passes(before) && passes(after)) return false;  // anchored nowhere
    const std::string lines = std::string(junk) + "\n" + *text + "\n" + std::string(junk);
    if (!passes(lines) || c_.op == Op::matches) return false;
    l_.problems.warn("multiline-anchor", c_.position,
                     "with (?m) ^ and $ hold at every line, so that this requirement also admits " + shown(lines),
                     "take the m flag out, or write op: matches");
    return true;
  }

  // "example.com" with a bare dot: the dot is any character.
  bool dot() {
    if (sense_ != Sense::admits || !has_bare_dot_in_host()) return false;
    const auto good = sample(pattern(), {.dot = '.'}), other = sample(pattern(), {.dot = 'x'});
    if (!good || !other || *good == *other || !passes(*good) || !passes(*other)) return false;
    l_.problems.warn("regex-dot", c_.position,
                     "an unescaped dot is any character: this requirement also admits " + shown(*other),
                     "write \\. for a dot; for hosts url_host_in needs no pattern");
    return true;
  }

  bool has_bare_dot_in_host() const {
    static constexpr std::string_view endings[] = {"com", "org",   "net",     "io",    "dev",     "edu",
                                                   "gov", "ai",    "co",      "app",   "de",      "eu",
                                                   "uk",  "cloud", "example", "local", "internal"};
    const std::string& p = pattern();
    for (std::size_t i = 1; i + 1 < p.size(); ++i) {
      if (p[i] != '.' || p[i - 1] == '\\' || std::isalnum(static_cast<unsigned char>(p[i - 1])) == 0) continue;
      std::size_t end = i + 1;
      while (end < p.size() && std::isalnum(static_cast<unsigned char>(p[end])) != 0) ++end;
      if (i >= 2 && p[i - 2] == '\\') continue;  // \d.
      const std::string_view word = std::string_view(p).substr(i + 1, end - i - 1);
      if (std::ranges::find(endings, word) != std::end(endings)) return true;
    }
    return false;
  }

  // Text whose case means nothing to whoever reads it.
  bool case_means_nothing() const {
    const std::string_view name = argument_name(c_.path);
    if (name.empty()) return false;
    const bool exact = c_.op == Op::eq || c_.op == Op::in;
    if (has_word(name, {"host", "hostname", "domain", "email", "recipient", "recipients"})) return true;
    if (exact) return false;
    if (c_.op == Op::ends_with && c_.value.text.size() <= 6 && c_.value.text.starts_with('.')) return true;
    return has_word(name, {"text", "message", "body", "content", "title", "subject", "prompt", "comment", "description",
                           "sql", "statement"});
  }

  void case_matters() {
    if (sense_ != Sense::denies || c_.path.quantified()) return;
    const bool textual = c_.op == Op::starts_with || c_.op == Op::ends_with || c_.op == Op::contains ||
                         c_.op == Op::glob || is_regex(c_) || c_.op == Op::eq || c_.op == Op::in;
    if (!textual || !case_means_nothing() || (is_regex(c_) && has_flag(pattern(), 'i'))) return;
    const std::string text = text_for(c_, l_.patterns);
    std::string other = text;
    for (char& ch : other) {
      const auto u = static_cast<unsigned char>(ch);
      ch = static_cast<char>(std::islower(u) != 0 ? std::toupper(u) : std::tolower(u));
    }
    if (text.empty() || other == text || passes(other)) return;
    l_.problems.warn("case-sensitive-denial", c_.position,
                     "the denial looks at case: " + shown(text) + " is refused and " + shown(other) + " is not",
                     "write it as a pattern that ignores case: {op: regex, value: '(?i)...'}");
  }

  const Condition& c_;
  Sense sense_;
  Loading& l_;
};

}  // namespace

void lint_texts(const Entry& entry, Section section, Loading& l) {
  each_site(entry, section, [&](const Site& site) {
    if (site.condition.path.root != "args" && site.condition.path.root != "params") return;
    if (lint_code(site, l) || lint_place(site, l)) return;
    TextLint(site, l).look();
  });
}

}  // namespace policy
