// What is laid out: values as they are written, with the comments that belong to them. Internal to the room.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/layout_tokens.h"

namespace yaml::layout {

struct Item;

struct Value {
  enum class Shape : std::uint8_t { empty, alias, scalar, list, map };
  Shape shape = Shape::empty;
  bool flow = false;             // [ ] or { }
  bool has_comments = false;     // of a flow collection: inside, so that it cannot stay on a line
  std::string_view anchor;       // "&name"
  const Token* token = nullptr;  // alias, scalar
  int block_column = -1;         // of the block that a block scalar's indentation is counted from
  std::vector<Comment> after;    // at most one: in the line of the colon or dash, with the value on a later line
  std::vector<Comment> lead;     // on lines between the colon or dash and the value
  std::vector<Item> items;
  std::vector<Comment> foot;  // after the last item
};

// An element of a list or a member of a map.
struct Item {
  std::vector<Comment> head;  // lines before it
  bool blank_before = false;  // a blank line between these and it
  std::string_view key_anchor;
  const Token* key = nullptr;  // scalar or alias; of a member only
  Value value;
  std::vector<Comment> trailing;  // at most one: behind it in its line
};

struct Page {
  std::vector<Comment> head;  // before the directive and ---
  std::string_view directive;
  bool marked = false;              // by ---
  std::vector<Comment> after_mark;  // at most one
  Item root;
  std::vector<Comment> tail;
};

// Nothing: a form that is not laid out (a key that is very long or on several lines). Depth is bounded by the tree's.
std::optional<Page> parse(const std::vector<Token>& tokens);

// The canonical lines, each with its line feed.
std::string write(Page& page);

}  // namespace yaml::layout
