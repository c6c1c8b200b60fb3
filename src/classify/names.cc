// Splitting names. Bytes decide, not locales: what is no ASCII letter or digit and no part of a longer character
// separates.
#include "classify/names.h"

#include <algorithm>

#include "classify/lexicon.h"

namespace classify {
namespace {

constexpr std::size_t max_words = 64;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_wide(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || is_wide(c); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// A new word starts at i: "list|Users", "HTTP|Server", "V2|Create"; not in "list|PRs", whose s belongs to the acronym.
bool is_boundary(std::string_view name, std::size_t i) {
  const char before = name[i - 1], here = name[i];
  if (is_wide(before) != is_wide(here)) return true;
  if (!is_upper(here)) return false;
  if (is_lower(before) || is_digit(before)) return true;
  if (!is_upper(before) || i + 1 >= name.size() || !is_lower(name[i + 1])) return false;
  const bool plural = name[i + 1] == 's' && (i + 2 >= name.size() || !is_lower(name[i + 2]));
  return !plural;
}

std::vector<std::string> split_bytes(std::string_view name) {
  std::vector<std::string> words;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_word(name[i])) {
      open = false;
      continue;
    }
    if (!open || is_boundary(name, i)) {
      if (words.size() == max_words) break;
      words.emplace_back();
      open = true;
    }
    words.back() += lower(name[i]);
  }
  return words;
}

// "creatething" -> "create", "issue": only where both halves are known, so that "address" and "settings" stay whole.
void split_run_on(std::vector<std::string>& out, std::string word) {
  if (word.size() < 6 || !lemma_of(word).verb.empty() || noun_of(word) != nullptr) {
    out.push_back(std::move(word));
    return;
  }
  for (std::size_t cut = 3; cut + 3 <= word.size(); ++cut) {
    const std::string_view head = std::string_view(word).substr(0, cut), rest = std::string_view(word).substr(cut);
    if (in_group("run_on_verbs", head) && (matches("@run_on_objects", rest) || noun_of(rest) != nullptr)) {
      out.emplace_back(head);
      out.emplace_back(rest);
      return;
    }
  }
  out.push_back(std::move(word));
}

bool is_verb(std::string_view word) {
  const Lemma lemma = lemma_of(word);
  return lemma.form == Form::base && !lemma.verb.empty();
}

// A verb that is the server's name: others follow it in most names ("protect_get_x", "protect_delete_y"). One that
// deletes or pays is never passed over.
bool is_brand(std::string_view word, std::size_t at, const std::vector<std::vector<std::string>>& names) {
  if (senses_of(lemma_of(word).verb).back().of >= Class::destructive) return false;
  std::vector<std::string_view> verbs;
  for (const std::vector<std::string>& name : names) {
    if (name.size() > at + 1 && name[at] == word && is_verb(name[at + 1])) verbs.push_back(name[at + 1]);
  }
  const bool several =
      std::any_of(verbs.begin(), verbs.end(), [&](std::string_view verb) { return verb != verbs.front(); });
  return several && verbs.size() * 2 > names.size();
}

}  // namespace

std::vector<std::string> split_name(std::string_view name) {
  std::vector<std::string> words;
  for (std::string& word : split_bytes(name.substr(0, name_bytes))) {
    if (!words.empty()) {
      if (const std::string_view one = joined(words.back(), word); !one.empty()) {
        words.back() = one;
        continue;
      }
    }
    if (const std::string_view whole = expansion_of(word); !whole.empty()) word = whole;
    split_run_on(words, std::move(word));
  }
  return words;
}

std::string as_written(std::string_view name, std::string_view word) {
  name = name.substr(0, name_bytes);
  std::string folded;
  for (const char c : name) folded += lower(c);
  if (folded.find(word) != std::string::npos) return std::string(word);
  const std::vector<std::string> parts = split_bytes(name);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (expansion_of(parts[i]) == word) return parts[i];
    if (i == 0 || joined(parts[i - 1], parts[i]) != word) continue;
    const std::size_t from = folded.find(parts[i - 1]), to = folded.find(parts[i], from + parts[i - 1].size());
    return folded.substr(from, to + parts[i].size() - from);
  }
  return std::string(word);
}

std::size_t prefix_length(std::span<const std::string> words, std::span<const std::string_view> names) {
  if (names.size() < 4) return 0;
  std::size_t length = 0;
  std::vector<std::vector<std::string>> others;
  // A sample is enough, and keeps the whole list of a large server linear.
  const std::size_t step = std::max<std::size_t>(1, names.size() / 8);
  for (std::size_t i = 0; i < names.size(); i += step) others.push_back(split_name(names[i]));
  while (length + 1 < words.size() && length < 3) {
    const std::string& word = words[length];
    if (is_verb(word) && !is_brand(word, length, others)) break;
    const auto agree = std::count_if(others.begin(), others.end(), [&](const std::vector<std::string>& other) {
      return other.size() > length && other[length] == word;
    });
    if (static_cast<std::size_t>(agree) * 10 < others.size() * 8) break;
    ++length;
  }
  return length;
}

}  // namespace classify
