// What changes a definition's digest, and what does not.
#include "tools/digest.h"

#include <gtest/gtest.h>

namespace tools {
namespace {

std::string pinned(std::string_view text) {
  json::Document d;
  EXPECT_TRUE(d.read(text, json::Profile::tolerant)) << text;
  std::string out;
  append_pinned(out, d.root());
  return out;
}

std::string digest(std::string_view text) {
  json::Document d;
  EXPECT_TRUE(d.read(text, json::Profile::tolerant)) << text;
  return digest_of(d.root());
}

constexpr std::string_view base_tool =
    R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}}})";

TEST(ToolDigest, IsOfTheCanonicalForm) {
  EXPECT_EQ(pinned(R"({"name": "a", "description": "d", "inputSchema": {"b": 1.50, "a": [2, 1]}, "icons": []})"),
            R"({"description":"d","inputSchema":{"a":[2e0,1e0],"b":15e-1},"name":"a"})");
  // By sha256sum.
  EXPECT_EQ(digest(R"({"name":"a"})"), "sha256:d9d719b27480b55cd4918020e7473e716ed3569c8adafe926cf9b10b4f8ef064");
}

TEST(ToolDigest, DoesNotDependOnSpelling) {
  const std::string digest_of_base = digest(base_tool);
  for (const std::string_view same : {
           R"({"inputSchema":{"properties":{"a":{"maximum":10}},"type":"object"},"description":"Adds","name":"add"})",
           R"({ "name" : "\u0061dd", "description" : "A\u0064ds",
                "inputSchema" : {"type":"object","properties":{"a":{"maximum":1.0e1}}}})",
           R"({"icons":[{"src":"https://example.com/a.png"}],"name":"add","description":"Adds",
               "inputSchema":{"type":"object","properties":{"a":{"maximum":10.00}}}})",
           R"({"name":"x","name":"add","description":"Adds","inputSchema":{"type":"object",
               "properties":{"a":{"maximum":10}}}})",
       }) {
    EXPECT_EQ(digest(same), digest_of_base) << same;
  }
}

TEST(ToolDigest, ChangesWithEverythingThatAClientMayShowToItsModel) {
  const std::string digest_of_base = digest(base_tool);
  for (const std::string_view other : {
           R"({"name":"add","description":"Adds ","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}}})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":11}}}})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}},
               "title":null})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}},
               "annotations":{}})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}},
               "_meta":{"hint":"x"}})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}},
               "outputSchema":{}})",
           R"({"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"maximum":10}}},
               "unknown":1})",
           R"({"name":"add","description":"Adds\u200b","inputSchema":{"type":"object",
               "properties":{"a":{"maximum":10}}}})",
       }) {
    EXPECT_NE(digest(other), digest_of_base) << other;
  }
  EXPECT_NE(digest(R"({"title":null})"), digest("{}"));
  EXPECT_NE(digest(R"({"required":["a","b"]})"), digest(R"({"required":["b","a"]})"));
}

TEST(ToolDigest, TakesWhateverAServerSends) {
  for (const std::string_view any : {"null", "1", "[]", R"("x")", "{}", R"({"name":"\ud800"})"}) {
    EXPECT_EQ(digest(any).size(), 71U) << any;
  }
  EXPECT_EQ(digest_of({}), digest("null"));
}

}  // namespace
}  // namespace tools
