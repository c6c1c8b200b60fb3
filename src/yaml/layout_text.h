// Scalars as they are written anew: on one line, or moved to another indentation. Internal to the room.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "yaml/layout_tree.h"

namespace yaml::layout {

// The scalar on one line, for keys and for what stands in [ ] and { }; as it is written where that is one line.
std::string one_line(const Token& scalar);

// The lines of a plain or quoted scalar; all but the first after `indent` spaces. (Where a line of it is broken, white
// space around the break does not count.)
std::vector<std::string> flowing_lines(const Token& scalar, std::size_t indent);

// A block scalar: its header (without a comment), then its lines after `indent` spaces. `column`: of the block around
// it.
std::vector<std::string> block_lines(const Token& scalar, int column, std::size_t indent);

bool is_block_scalar(const Token& token);

// Begins as the line --- or ... does: in column 0 it would begin or end a document.
bool looks_like_mark(std::string_view text);

}  // namespace yaml::layout
