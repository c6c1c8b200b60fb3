// Makes a file that was not there.
#pragma once
#include <string>
#include <string_view>

namespace cli {

// Gives errno, 0 if `text` is in it: EEXIST if there is something by that name, which is not touched. A file that could
// not be written whole does not stay. Blocks.
int write_new_file(const std::string& path, std::string_view text);

}  // namespace cli
