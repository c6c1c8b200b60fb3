// A text that a regular expression probably matches, for trying it out: literals, classes, groups, alternatives,
// repetitions. What it does not understand (look-alike escapes, Unicode classes) gives a text that may not match; a
// pattern that makes no sense gives "". Linear in the pattern, at most 1,000 bytes out, 32 groups deep.
#pragma once
#include <string>
#include <string_view>

namespace trial {

std::string regex_example(std::string_view pattern);

}  // namespace trial
