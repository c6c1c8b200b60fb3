// shipped.tsv, which the build makes a string of the program. A server: "!", its id, name and version. Its tools
// follow, a line each: the letter of the class (R W X D F), "+" if signs of poisoning raise the severity, "!" if it is
// declared destructive, " ", and the name; the required arguments; the flags, each a letter ("a" the first Risk) and
// its argument. Fields are divided by tabs, what is in one of them by spaces.
#pragma once
#include <string_view>

namespace catalog {

std::string_view shipped_table();

}  // namespace catalog
