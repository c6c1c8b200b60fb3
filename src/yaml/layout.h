// The canonical layout of a YAML or JSON text that a person wrote: same values, same comments, one form.
//
// YAML: two spaces a level, lists indented under their key, LF, no trailing space, one line feed at the end, at most
// one blank line between things and none where a block begins. { } and [ ] stay on one line where that fits in
// `layout_width` columns and holds no comment, else they are written as blocks. Comments that end consecutive lines
// begin in one column. Order, quotes, anchors, aliases, numbers' spelling and the lines of long texts are kept.
// JSON (what read_tree() reads as JSON): two spaces a level; what stood on one line and fits stays there.
//
// What must stay true: a text is only given out if reading it gives the tree of the original, node for node, and its
// comments are those of the original. This is looked at for every text, not assumed.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "yaml/problems.h"
#include "yaml/tree.h"

namespace yaml {

inline constexpr std::size_t layout_width = 100;

// The text in its canonical layout; laying that out again changes nothing. Nothing, and a problem, if the text has an
// error (read_tree(), duplicate keys included) or if it cannot be laid out with its meaning kept
// (code "layout": a defect of ours, or an key that is very long or stands on several lines). Pure; any thread; linear
// in the text.
std::optional<std::string> lay_out(std::string_view text, Problems& problems);

// Equal node for node: kinds, texts, keys and their order, and which nodes are one node by alias. Positions apart.
bool same_tree(const Node& a, const Node& b);

}  // namespace yaml
