// Checks of code by its text: SQL, shell commands, scripts. No text test tells what code does, and each is evaded by
// what the language allows between, before and after its words.
#include <algorithm>
#include <cctype>

#include "policy/lint.h"

namespace policy {
namespace {

enum class Language : std::uint8_t { none, sql, shell };

bool is_text_test(Op op) {
  return op == Op::starts_with || op == Op::contains || op == Op::regex || op == Op::matches || op == Op::glob ||
         op == Op::ends_with;
}

// The value's words, without anchors, flags and escapes (\s, \b) of a pattern.
std::vector<std::string> value_words(const Condition& c) {
  std::string plain;
  for (std::size_t i = 0; i < c.value.text.size(); ++i) {
    if (c.value.text[i] == '\\' && (c.op == Op::regex || c.op == Op::matches)) {
      ++i;
      plain += ' ';
    } else {
      plain += c.value.text[i];
    }
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < plain.size();) {
    std::size_t end = i;
    while (end < plain.size() && std::isalpha(static_cast<unsigned char>(plain[end])) != 0) ++end;
    if (end > i) {
      std::string word = plain.substr(i, end - i);
      for (char& ch : word) ch = static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
      out.push_back(std::move(word));
    }
    i = end > i ? end : i + 1;
  }
  return out;
}

bool any_of(const std::vector<std::string>& words, std::initializer_list<std::string_view> known) {
  return std::ranges::any_of(words, [&](const std::string& w) { return std::ranges::find(known, w) != known.end(); });
}

bool sql_words(const std::vector<std::string>& words) {
  return any_of(words, {"select", "insert", "update", "delete", "drop", "alter", "truncate", "union", "grant"});
}

// Two words that stand together in no other language than SQL.
bool sql_phrase(const std::vector<std::string>& words) {
  static constexpr std::pair<std::string_view, std::string_view> phrases[] = {
      {"drop", "table"},     {"drop", "database"}, {"delete", "from"},  {"insert", "into"},
      {"truncate", "table"}, {"alter", "table"},   {"union", "select"}, {"drop", "schema"}};
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    for (const auto& [a, b] : phrases)
      if (words[i] == a && words[i + 1] == b) return true;
  return false;
}

Language language_of(const Condition& c, std::string_view name) {
  const std::vector<std::string> words = value_words(c);
  if (has_word(name, {"sql"})) return Language::sql;
  if (sql_phrase(words)) return Language::sql;
  if (has_word(name, {"query", "statement", "expression", "code", "script"}) && sql_words(words)) return Language::sql;
  if (has_word(name, {"command", "cmd", "shell", "bash", "script"})) return Language::shell;
  if (has_word(name, {"code", "input"}) &&
      any_of(words, {"rm", "sudo", "curl", "wget", "eval", "exec", "chmod", "import", "system", "subprocess"}))
    return Language::shell;
  return Language::none;
}

std::string_view continuation(Language language) {
  return language == Language::sql ? " 1; DROP TABLE users" : " ; rm -rf ~";
}

// A text that passes the requirement and does something else, or "".
std::string admitted(const Condition& c, Language language, Patterns& patterns) {
  const std::string_view more = continuation(language);
  const std::string plain = text_for(c, patterns);
  if (plain.empty()) return "";
  const std::string_view other = more.substr(more.find(';') + 2);
  const std::string tries[] = {plain + std::string(more), text_for(c, patterns, more),
                               std::string(other) + "; " + plain};
  for (const std::string& text : tries)
    if (text.find(';') != std::string::npos && text_passes(c, text, patterns)) return text;
  return "";
}

// A text that means what the denial is about and is not found, or "".
std::string evading(const Condition& c, Language language, Patterns& patterns) {
  const std::string plain = text_for(c, patterns);
  if (plain.empty()) return "";
  std::vector<std::string> tries;
  std::string spaced, cased = plain, quoted_word = plain;
  for (const char ch : plain)
    spaced += ch == ' ' ? std::string(language == Language::sql ? "/**/" : "  ") : std::string(1, ch);
  for (char& ch : cased) {
    const auto u = static_cast<unsigned char>(ch);
    ch = static_cast<char>(std::islower(u) != 0 ? std::toupper(u) : std::tolower(u));
  }
  const auto letter =
      std::ranges::find_if(plain, [](char ch) { return std::isalpha(static_cast<unsigned char>(ch)) != 0; });
  if (letter != plain.end()) quoted_word.insert(static_cast<std::size_t>(letter - plain.begin()) + 1, "\"\"");
  if (language == Language::sql)
    tries = {cased, spaced, "/**/" + plain};
  else
    tries = {quoted_word, spaced};
  for (const std::string& text : tries)
    if (text != plain && !text_passes(c, text, patterns)) return text;
  return "";
}

}  // namespace

bool lint_code(const Site& site, Loading& l) {
  const Condition& c = site.condition;
  if (site.sense == Sense::applies || !is_text_test(c.op)) return false;
  const std::string_view name = argument_name(c.path);
  if (name.empty()) return false;
  const Language language = language_of(c, name);
  if (language == Language::none) return false;
  const bool admits = site.sense == Sense::admits;
  const std::string text = admits ? admitted(c, language, l.patterns) : evading(c, language, l.patterns);
  if (text.empty()) return false;
  l.problems.warn("code-by-regex", c.position,
                  admits ? "a test of text does not say what code does: this also admits " + shown(text)
                         : "a test of text does not say what code does: " + shown(text) + " is not found",
                  language == Language::sql
                      ? "give the server a database account that cannot do more, list the permitted statements with "
                        "in, or deny the tool"
                      : "list the permitted commands with in, describe the whole text with matches, or deny the tool");
  return true;
}

}  // namespace policy
