// Cutting a description into words. Bytes above ASCII are parts of words; only dashes and apostrophes among them are
// known.
#include "classify/tokens.h"

#include <algorithm>

#include "classify/lexicon.h"

namespace classify {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_inner(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 || c == '\'' ||
         c == '-' || c == '_';
}

// Marks that a sentence ends with, after which white space has to follow ("v1.2" goes on).
bool ends_sentence(std::string_view text, std::size_t at) {
  const char c = text[at];
  const bool spaced = at + 1 >= text.size() || is_space(text[at + 1]) || text[at + 1] == '*' || text[at + 1] == '<';
  return (c == '.' || c == '!' || c == '?' || c == ':' || c == ';') && spaced;
}

// "log out" is one verb, as in names.
void join_phrasal(std::vector<Token>& tokens) {
  for (std::size_t i = 1; i < std::min<std::size_t>(tokens.size(), 64); ++i) {
    Token& before = tokens[i - 1];
    if (before.ends || before.comma || before.slash) continue;
    const std::string_view one = joined(before.text, tokens[i].text);
    if (one.empty()) continue;
    tokens[i].text = one;
    tokens[i].opened = before.opened;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i) - 1);
  }
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  std::string word;
  bool opened = false, capitals = true;
  int depth = 0;  // of brackets
  const auto flush = [&] {
    while (word.ends_with('-') || word.ends_with('\'')) word.pop_back();
    std::size_t start = 0;
    while (start < word.size() && (word[start] == '-' || word[start] == '\'')) ++start;
    if (start < word.size()) {
      tokens.push_back({word.substr(start), false, false, false, opened, capitals && word.size() > start + 1, false});
      opened = false;
    }
    word.clear();
    capitals = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\xE2\x80\x99")) {  // a typographic apostrophe
      word += '\'';
      i += 2;
      continue;
    }
    if (text.substr(i).starts_with("\xE2\x80\x93") || text.substr(i).starts_with("\xE2\x80\x94")) {  // dashes
      flush();
      if (!tokens.empty()) tokens.back().ends = true;
      i += 2;
      continue;
    }
    const char c = lower(text[i]);
    if (is_inner(c)) {
      capitals = capitals && is_capital(text[i]);
      word += c;
      continue;
    }
    const bool dash = is_space(c) && i + 2 < text.size() && text[i + 1] == '-' && is_space(text[i + 2]);
    const bool paragraph = c == '\n' && i + 1 < text.size() && text[i + 1] == '\n';
    flush();
    if (c == '(') ++depth;
    if (c == ')') depth = std::max(0, depth - 1);
    if (paragraph) depth = 0;
    if (tokens.empty()) {
      opened = opened || c == '(';
      continue;
    }
    if ((depth == 0 && ends_sentence(text, i)) || dash || paragraph || c == ']' || c == '>' || c == '|')
      tokens.back().ends = true;
    if (c == '?') tokens.back().asked = true;
    if (c == ',') tokens.back().comma = true;
    if (c == '/' || c == '&' || c == '+') tokens.back().slash = true;
    if (c == '(') opened = true;
  }
  flush();
  join_phrasal(tokens);
  return tokens;
}

}  // namespace classify
