// Texts of strangers read back as exactly themselves.
#include "yaml/quoted.h"

#include <gtest/gtest.h>

#include <string>

#include "yaml/tree.h"

namespace yaml {
namespace {

TEST(Quoted, ReadsBackAsItself) {
  for (const std::string& text :
       {std::string("plain"), std::string("no"), std::string("a\"b\\c"), std::string("x: y # z"),
        std::string("a\nb\r\t\0c", 8), std::string("\x7f\xc2\x80\xc2\x85"),
        std::string("\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf"), std::string("\xf0\x9f\x98\x80 ü"),
        std::string("{\"a\": *x}"), std::string("'")}) {
    Problems problems;
    const std::string written = quoted_text(text);
    EXPECT_EQ(written.find('\n'), std::string::npos);
    const Tree tree = read_yaml("a: " + written + "  # end\n", problems);
    ASSERT_NE(tree.root, nullptr) << written;
    EXPECT_EQ(tree.root->find("a")->text, text) << written;
  }
  EXPECT_EQ(quoted_text("\xe2\x80\xae"), "\"\\u202e\"");
  EXPECT_EQ(quoted_text("ü"), "\"ü\"");
  EXPECT_EQ(glob_key("a*b\\"), R"("a\\*b\\\\")");
}

}  // namespace
}  // namespace yaml
