// A policy's text as a tree of values with positions, before anything is known of their meaning. YAML and JSON end in
// the same tree.
// An alias is a second reference to one node (the tree is a DAG); budgets count it as if it were written out.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/problems.h"

namespace yaml {

struct Node;

struct NodeMember {
  std::string key;
  Position position;
  const Node* value;
};

struct Node {
  // ambiguous: a bare YAML word that YAML 1.1, YAML 1.2 and people read differently (yes, 010, 12:30).
  enum class Kind : std::uint8_t { null, boolean, number, string, ambiguous, list, map };
  Kind kind = Kind::null;
  bool boolean = false;
  bool written = true;  // false: nothing stands where a value should ("key:")
  Position position;
  std::string text;  // of a scalar: a string's text, a number's spelling
  std::vector<const Node*> items;
  std::vector<NodeMember> members;  // keys are unique
  std::uint64_t nodes = 1;          // with aliases written out
  std::uint64_t bytes = 0;          // of text, with aliases written out

  bool is_text() const { return kind == Kind::string; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_number() const { return kind == Kind::number; }
  const Node* find(std::string_view key) const;
};

struct Tree {
  std::deque<Node> nodes;
  const Node* root = nullptr;  // null: the text could not be read (a problem says why)
};

struct TreeBudget {
  static constexpr std::size_t bytes = std::size_t{8} << 20;
  static constexpr std::size_t depth = 64;
  static constexpr std::size_t nodes = 1'000'000;
  static constexpr std::uint64_t alias_nodes = 100'000;
};

// Reads `text` as JSON if it begins with { and is JSON, else as YAML. Problems are added; a tree without a root is
// unreadable, one with a root may still have errors (duplicate keys).
Tree read_tree(std::string_view text, Problems& problems);

// The two readers behind it. `text` is without a byte order mark.
Tree read_yaml(std::string_view text, Problems& problems);
Tree read_json(std::string_view text, Problems& problems);

// What a bare YAML scalar is. Fills kind and boolean from `text`.
void resolve_plain(Node& node);

// Line and column (in code points) of a byte offset.
Position position_at(std::string_view text, std::size_t offset);

// Appends the tree as one line of JSON, numbers as they are spelt, aliases written out. Recursion is bounded by
// TreeBudget::depth.
void write_json(std::string& out, const Node& node);

// "a list", "a string", "the bare word yes": for messages.
std::string kind_word(const Node& node);

}  // namespace yaml
