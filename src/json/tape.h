// The view of a Document's tape that this room's own files share; nobody else includes it.
//
// The tape is the document in order: a container's node, then its content. An object's content is key, value, key,
// value. A container's link is the index one past its last node, so that it can be stepped over.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/document.h"

namespace json {

// Node::flags
inline constexpr std::uint8_t flag_verbatim = 1;        // the writer's output is equal to the input
inline constexpr std::uint8_t flag_escaped = 2;         // a string that has a decoded copy; link is its offset
inline constexpr std::uint8_t flag_overridden = 4;      // a key that a later, equal one overrides (tolerant)
inline constexpr std::uint8_t flag_has_overridden = 8;  // an object that holds such a key

inline bool has_flag(const Node& node, std::uint8_t flag) { return (node.flags & flag) != 0; }
inline bool is_container(const Node& node) { return node.type >= Type::array; }

class Tape {
 public:
  explicit Tape(const Document& document)
      : input_(document.input_.data()), nodes_(document.nodes_.data()), decoded_(document.decoded_.data()) {}

  const Node& node(std::uint32_t index) const { return nodes_[index]; }
  // Index of what follows the value at `index`.
  std::uint32_t next(std::uint32_t index) const { return is_container(nodes_[index]) ? nodes_[index].link : index + 1; }
  // A string's decoded text.
  std::string_view text(const Node& node) const {
    if (!has_flag(node, flag_escaped)) return {input_ + node.offset, node.length};
    std::uint32_t length = 0;
    std::memcpy(&length, decoded_ + node.link, sizeof length);
    return {decoded_ + node.link + sizeof length, length};
  }
  // The input bytes, a string's quotes included.
  std::string_view raw(const Node& node) const {
    if (node.type == Type::string) return {input_ + node.offset - 1, std::size_t{node.length} + 2};
    return {input_ + node.offset, node.length};
  }

 private:
  const char* input_;
  const Node* nodes_;
  const char* decoded_;
};

}  // namespace json
