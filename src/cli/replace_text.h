// Replaces a file that a person wrote by another text.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace cli {

// Writes `text` to a new file beside `path` and puts it in the old one's place in one step: whoever opens it sees the
// old or the new text, also after a crash. Mode, owner and group stay. A symbolic link is followed: what it leads to is
// replaced, the link stays. `was` is what the caller read: a file that says something else by now is left alone. Errors
// name the file and leave it as it was, and no other behind. Blocks.
base::Result<void> replace_text(const std::string& path, std::string_view was, std::string_view text);

}  // namespace cli
