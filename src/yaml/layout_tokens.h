// A YAML text as libyaml's tokens, with the comments and blank lines that stand between them. Internal to the room.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yaml::layout {

struct Comment {
  std::string_view text;  // from #, without trailing white space
  int column = 0;         // 0-based
  bool own_line = true;   // nothing else stands before it in its line
  bool blank_before = false;
};

enum class Kind : std::uint8_t {
  stream_end,
  directive,
  document_start,
  document_end,
  list_start,  // of a block
  map_start,
  block_end,
  flow_list_start,
  flow_list_end,
  flow_map_start,
  flow_map_end,
  entry,  // "-"
  comma,
  key,
  value,  // ":"
  alias,
  anchor,
  scalar
};

enum class Style : std::uint8_t { plain, single, quoted, literal, folded };

struct Token {
  Kind kind;
  Style style = Style::plain;
  int column = 0;               // 0-based, of its first character
  std::string_view source;      // as it is written; "" for what the reader infers
  std::string value;            // of a scalar
  std::vector<Comment> before;  // since the token before
  bool blank_before = false;    // a blank line, after the last of these comments
};

// `text` was read by read_yaml() without an error, has LF ends and outlives the tokens. The last one is stream_end.
// Nothing: what stands between two tokens is not understood.
std::optional<std::vector<Token>> scan(std::string_view text);

// The comment behind the | or > of a block scalar, or an empty one.
std::string_view header_comment(const Token& block_scalar);

}  // namespace yaml::layout
