// The operator path_within: does a path stay inside a directory, by its text alone? It does not see symbolic links.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/truth.h"

namespace policy {

// Normalises an absolute path: `.`, `..` (never above the root), repeated and trailing slashes. Backslashes are
// separators too. Nothing if it is not absolute, empty, or holds NUL. "/" is the root; others have no trailing slash.
std::optional<std::string> normal_path(std::string_view path);

struct PathWithin {
  std::vector<std::string> directories;  // results of normal_path()
  std::string base;                      // result of normal_path(), or ""; where relative paths start
  bool decode_uri = false;               // percent-decode first; file: URIs are read as paths

  // Undecided: empty text; NUL; `$` anywhere and `~` at the start of a part (a shell or server may expand them); a
  // relative path without a base; a drive letter; a path for which it matters whether a backslash separates; with
  // decode_uri an invalid escape, one that is still there after decoding, or a URI that is not a file on this host.
  Truth operator()(std::string_view text) const;
};

}  // namespace policy
