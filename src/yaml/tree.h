// A policy's text as a tree of values with positions, before anything is known of their meaning. YAML and JSON end in
// the same tree.
// An alias is a second reference to one node (the tree is a DAG); budgets count it as if it were written out.
// All of a tree lies in the memory that it owns, texts included, and goes in one piece: what outlives it is copied.
#pragma once
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "yaml/problems.h"

namespace yaml {

struct Node;

struct NodeMember {
  std::string_view key;
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
  std::string_view text;  // of a scalar: a string's text, a number's spelling
  std::span<const Node* const> items;
  std::span<const NodeMember> members;  // keys are unique
  std::uint64_t nodes = 1;              // with aliases written out
  std::uint64_t bytes = 0;              // of text, with aliases written out

  bool is_text() const { return kind == Kind::string; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_number() const { return kind == Kind::number; }
  const Node* find(std::string_view key) const;
};

class Tree {
 public:
  const Node* root = nullptr;  // null: the text could not be read (a problem says why)

  // For the readers.
  Node& make() { return *new (memory_->allocate(sizeof(Node), alignof(Node))) Node; }
  std::string_view keep(std::string_view text) { return {copied<char>(text).data(), text.size()}; }
  std::span<const Node* const> keep(std::span<const Node* const> items) { return copied(items); }
  std::span<const NodeMember> keep(std::span<const NodeMember> members) { return copied(members); }

 private:
  template <class T>
  std::span<const T> copied(std::span<const T> from) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<Node>);
    if (from.empty()) return {};
    T* to = static_cast<T*>(memory_->allocate(from.size_bytes(), alignof(T)));
    std::uninitialized_copy(from.begin(), from.end(), to);
    return {to, from.size()};
  }
  std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_ =
      std::make_unique<std::pmr::monotonic_buffer_resource>(std::size_t{4096});
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

// Equal; most pairs of keys differ in their first letter.
inline bool same_key(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a[0] == b[0] && a == b));
}

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
