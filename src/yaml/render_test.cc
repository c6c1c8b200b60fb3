// Showing problems by an index of lines gives what showing them from the text gives.
#include <gtest/gtest.h>

#include "yaml/problem.h"

namespace yaml {
namespace {

TEST(Render, ByLinesAsByText) {
  for (const std::string text : {"", "a: 1", "a: 1\n", "a: 1\r\nb: 2\r\n",
                                 "\xEF\xBB\xBF"
                                 "a: 1\nb: 2",
                                 "\n\nx"}) {
    const Lines lines(text);
    for (std::uint32_t line = 0; line < 5; ++line)
      for (const std::uint32_t column : {0U, 1U, 3U}) {
        const Problem p{Severity::warning, "code", {line, column}, "message", "hint"};
        EXPECT_EQ(render(p, "f", lines, false), render(p, "f", text, false)) << text << line << ":" << column;
      }
  }
}

}  // namespace
}  // namespace yaml
