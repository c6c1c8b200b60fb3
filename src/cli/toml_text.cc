// Reads line by line into a tree, and writes the tree.
#include "cli/toml_text.h"

#include <algorithm>
#include <cstdint>
#include <list>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace cli {
namespace {

constexpr int max_depth = 32;

struct Node {
  enum class Kind : std::uint8_t { table, array, scalar };
  Kind kind = Kind::table;
  std::string json;                               // of a scalar
  std::list<std::pair<std::string, Node>> named;  // of a table
  std::list<Node> items;                          // of an array
  bool headed = false;                            // a table whose [header] came
  bool closed = false;                            // written inline: nothing may be added

  Node* find(std::string_view key) {
    const auto it = std::ranges::find(named, key, [](const auto& n) -> std::string_view { return n.first; });
    return it == named.end() ? nullptr : &it->second;
  }
};

void write(std::string& out, const Node& node) {  // NOLINT(misc-no-recursion): max_depth, and dotted keys
  json::Composer c(out);
  if (node.kind == Node::Kind::scalar) {
    c.raw(node.json);
  } else if (node.kind == Node::Kind::array) {
    c.open_array();
    for (const Node& item : node.items) {
      std::string text;
      write(text, item);
      c.raw(text);
    }
    c.close_array();
  } else {
    c.open();
    for (const auto& [key, value] : node.named) {
      std::string text;
      write(text, value);
      c.key(key).raw(text);
    }
    c.close();
  }
}

class TomlReader {
 public:
  explicit TomlReader(std::string_view text) : text_(text) {}

  base::Result<std::string> read() {
    if (base::first_invalid_utf8(text_) != std::string_view::npos) return base::fail("it is not UTF-8");
    Node root;
    Node* table = &root;
    for (skip_blank_lines(); at_ < text_.size() && error_.empty(); skip_blank_lines()) {
      if (peek() == '[') {
        table = header(root);
      } else {
        pair(*table);
      }
      if (error_.empty()) end_of_line();
    }
    if (!error_.empty()) return base::fail(error_);
    std::string out;
    write(out, root);
    return out;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void fail(const std::string& what) {
    if (!error_.empty()) return;
    const auto line = 1 + std::ranges::count(text_.substr(0, at_), '\n');
    error_ = "line " + std::to_string(line) + ": " + what;
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_comment() {
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }
  void skip_blank_lines() {
    while (at_ < text_.size()) {
      skip_space();
      skip_comment();
      if (!take("\n") && !take("\r\n")) return;
    }
  }
  void end_of_line() {
    skip_space();
    skip_comment();
    if (at_ < text_.size() && !take("\n") && !take("\r\n")) fail("something stands after the value");
  }

  static bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  std::string key_part() {
    skip_space();
    if (peek() == '"' || peek() == '\'') return string();
    const std::size_t begin = at_;
    while (is_bare(peek())) ++at_;
    if (at_ == begin) fail("a key is expected");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::vector<std::string> key() {
    std::vector<std::string> parts;
    do {
      parts.push_back(key_part());
      skip_space();
    } while (error_.empty() && parts.size() <= max_depth && take("."));
    if (parts.size() > max_depth) fail("a key of more than 32 parts");
    return parts;
  }

  // The table that a part of a key leads to, made if it is not there.
  Node* step(Node& from, const std::string& part) {
    Node* found = from.find(part);
    if (found == nullptr) return &from.named.emplace_back(part, Node()).second;
    if (found->kind == Node::Kind::array && !found->closed && !found->items.empty()) return &found->items.back();
    if (found->kind == Node::Kind::table && !found->closed) return found;
    fail("\"" + base::printable(part, 60) + "\" has a value already");
    return &from;
  }

  Node* header(Node& root) {
    const bool array = take("[[");
    if (!array) take("[");
    const std::vector<std::string> parts = key();
    skip_space();
    if (!take(array ? "]]" : "]")) fail(array ? "]] is missing" : "] is missing");
    Node* table = &root;
    for (std::size_t i = 0; i + 1 < parts.size() && error_.empty(); ++i) table = step(*table, parts[i]);
    if (!error_.empty()) return &root;
    const std::string& last = parts.back();
    if (array) {
      Node* list = table->find(last);
      if (list == nullptr) {
        list = &table->named.emplace_back(last, Node()).second;
        list->kind = Node::Kind::array;
      }
      if (list->kind != Node::Kind::array || list->closed) fail("\"" + base::printable(last, 60) + "\" is no list");
      return &list->items.emplace_back();
    }
    table = step(*table, last);
    if (std::exchange(table->headed, true)) fail("the table [" + base::printable(last, 60) + "] is there twice");
    return table;
  }

  void pair(Node& table) {  // NOLINT(misc-no-recursion): depth_
    const std::vector<std::string> parts = key();
    skip_space();
    if (error_.empty() && !take("=")) fail("= is expected after a key");
    Node* into = &table;
    for (std::size_t i = 0; i + 1 < parts.size() && error_.empty(); ++i) into = step(*into, parts[i]);
    if (!error_.empty()) return;
    if (into->find(parts.back()) != nullptr) {
      fail("the key \"" + base::printable(parts.back(), 60) + "\" is there twice");
      return;
    }
    Node node = value();
    into->named.emplace_back(parts.back(), std::move(node));
  }

  Node value() {  // NOLINT(misc-no-recursion): depth_
    skip_space();
    Node node;
    node.closed = true;
    if (++depth_ > max_depth) {
      fail("values stand more than 32 deep in each other");
    } else if (take("[")) {
      array(node);
    } else if (take("{")) {
      inline_table(node);
    } else {
      node.kind = Node::Kind::scalar;
      if (peek() == '"' || peek() == '\'') {
        json::write_string(node.json, string());
      } else {
        node.json = bare();
      }
    }
    --depth_;
    return node;
  }

  void array(Node& node) {  // NOLINT(misc-no-recursion): depth_
    node.kind = Node::Kind::array;
    for (skip_blank_lines(); error_.empty() && !take("]"); skip_blank_lines()) {
      node.items.push_back(value());
      skip_blank_lines();
      if (!take(",") && peek() != ']') return fail("a list goes on with , or ends with ]");
    }
  }

  void inline_table(Node& node) {  // NOLINT(misc-no-recursion): depth_
    skip_space();
    if (take("}")) return;
    node.closed = false;  // dotted keys may add to it until it ends
    do pair(node);
    while (error_.empty() && (skip_space(), take(",")));
    node.closed = true;
    if (!take("}")) fail("a table goes on with , or ends with }");
  }

  // true, false, numbers, dates.
  std::string bare() {
    const std::size_t begin = at_;
    while (is_bare(peek()) || peek() == '.' || peek() == ':' || peek() == '+') ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false") return std::string(word);
    const bool number = !word.empty() && (word[0] == '-' || word[0] == '+' || (word[0] >= '0' && word[0] <= '9'));
    if (!number && word != "inf" && word != "nan") {
      fail(word.empty() ? "a value is expected" : "texts stand in quotes: \"" + std::string(word) + '"');
      return "null";
    }
    const bool whole = word[0] != '+' && word.size() < 19 && word != "-" && (word == "0" || word[0] != '0') &&
                       word.find_first_not_of("0123456789", word[0] == '-' ? 1 : 0) == std::string_view::npos &&
                       !word.starts_with("-0");
    std::string out;
    if (whole) return std::string(word);
    json::write_string(out, word);
    return out;
  }

  std::string string() {
    const char quote = peek();
    const std::string three(3, quote);
    const bool many = take(three);
    if (!many) ++at_;
    if (many && !take("\n")) take("\r\n");
    std::string out;
    while (error_.empty()) {
      if (at_ >= text_.size() || (!many && (peek() == '\n' || peek() == '\r'))) {
        fail("a text has no end");
      } else if (many ? take(three) : peek() == quote) {
        if (!many) ++at_;
        while (many && peek() == quote) out += text_[at_++];  // up to two quotes may stand before the end
        break;
      } else if (quote == '"' && peek() == '\\') {
        escape(out, many);
      } else {
        out += text_[at_++];
      }
    }
    return out;
  }

  void escape(std::string& out, bool many) {
    constexpr std::string_view letters = "btnfr\"\\", values = "\b\t\n\f\r\"\\";
    ++at_;
    if (const std::size_t i = letters.find(peek()); peek() != '\0' && i != std::string_view::npos) {
      out += values[i];
      ++at_;
      return;
    }
    if (peek() == 'u' || peek() == 'U') return code_point(out, peek() == 'u' ? 4 : 8);
    const std::size_t line = text_.find_first_not_of(" \t\r", at_);
    if (!many || line == std::string_view::npos || text_[line] != '\n') return fail("an unknown escape in a text");
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  }

  void code_point(std::string& out, std::size_t digits) {
    std::uint32_t cp = 0;
    ++at_;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      constexpr std::string_view hex = "0123456789abcdef";
      const char c = peek() >= 'A' && peek() <= 'F' ? static_cast<char>(peek() - 'A' + 'a') : peek();
      const std::size_t digit = hex.find(c);
      if (c == '\0' || digit == std::string_view::npos)
        return fail("an escape wants " + std::to_string(digits) + " digits");
      cp = (cp << 4) | static_cast<std::uint32_t>(digit);
    }
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) return fail("an escape names no character");
    base::append_utf8(out, cp);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace

base::Result<std::string> toml_to_json(std::string_view text) { return TomlReader(text).read(); }

}  // namespace cli
