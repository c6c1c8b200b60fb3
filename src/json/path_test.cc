// Paths: what parses, what the errors name, what is found.
#include "json/path.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace json {
namespace {

Path parsed(std::string_view text) {
  auto path = Path::parse(text);
  EXPECT_TRUE(path.has_value()) << text << ": " << path.error().message;
  return path ? *path : Path();
}

std::string error_of(std::string_view text) {
  const auto path = Path::parse(text);
  EXPECT_FALSE(path.has_value()) << text;
  return path ? "" : path.error().message;
}

TEST(PathTest, ParsesSteps) {
  const Path path = parsed(R"(args.user["any key"].items[0][all][any][*].x-y_z)");
  EXPECT_EQ(path.root, "args");
  ASSERT_EQ(path.steps.size(), 8U);
  EXPECT_EQ(path.steps[0].key, "user");
  EXPECT_EQ(path.steps[1].key, "any key");
  EXPECT_EQ(path.steps[3].kind, Step::Kind::index);
  EXPECT_EQ(path.steps[3].index, 0U);
  EXPECT_EQ(path.steps[4].kind, Step::Kind::all);
  EXPECT_EQ(path.steps[5].kind, Step::Kind::any);
  EXPECT_EQ(path.steps[6].kind, Step::Kind::star);
  EXPECT_EQ(path.steps[7].key, "x-y_z");
  EXPECT_TRUE(path.quantified());
  EXPECT_FALSE(parsed("args.a[3]").quantified());
  EXPECT_EQ(parsed("tool").steps.size(), 0U);
  EXPECT_EQ(parsed("args[4294967295]").steps[0].index, 4294967295U);
  EXPECT_EQ(parsed("args.\u00fcber").steps[0].key, "\u00fcber");
  EXPECT_EQ(parsed("args.0").steps[0].kind, Step::Kind::key);
  EXPECT_EQ(parsed(R"(args["a\"]\u0041"])").steps[0].key, "a\"]A");
  EXPECT_EQ(parsed(R"(args[""])").steps[0].key, "");
  EXPECT_EQ(parsed(R"(args["all"])").steps[0].kind, Step::Kind::key);
}

TEST(PathTest, TextIsNormalised) {
  EXPECT_EQ(parsed(R"(args["user"]["any key"][0][all][any][*]["a.b"])").text(),
            R"(args.user["any key"][0][all][any][*]["a.b"])");
  EXPECT_EQ(parsed(R"(args["*"][""]["\u0022"])").text(), R"(args["*"][""]["\""])");
  for (const std::string_view text : {"args", "args.a.b", "state.tool-x.daily", R"(args["\n"][7].c)"}) {
    EXPECT_EQ(parsed(text).text(), text);
  }
}

TEST(PathTest, ErrorsNameTheCharacterAndItsColumn) {
  EXPECT_NE(error_of("").find("column 1"), std::string::npos);
  EXPECT_NE(error_of(".a").find("\".\" at column 1"), std::string::npos);
  EXPECT_NE(error_of("args.").find("column 6"), std::string::npos);
  EXPECT_NE(error_of("args..a").find("\".\" at column 6"), std::string::npos);
  EXPECT_NE(error_of("args.a b").find("\" \" at column 7"), std::string::npos);
  EXPECT_NE(error_of("args.a]").find("\"]\" at column 7"), std::string::npos);
  EXPECT_NE(error_of("args.*").find("\"*\" at column 6"), std::string::npos);
  EXPECT_NE(error_of("args.\u00fc\u00fc[").find("column 9"), std::string::npos) << error_of("args.\u00fc\u00fc[");
  EXPECT_NE(error_of("args[every]").find("\"every\" at column 6"), std::string::npos);
  EXPECT_NE(error_of("args[]").find("\"]\" at column 6"), std::string::npos);
  EXPECT_NE(error_of("args[1").find("column 7"), std::string::npos);
  EXPECT_NE(error_of("args[\"a\"").find("column 9"), std::string::npos);
  EXPECT_NE(error_of("args[\"a").find("no end"), std::string::npos);
  EXPECT_NE(error_of("args[\"a\\").find("no end"), std::string::npos);
  EXPECT_NE(error_of("args[\"a\\x\"]").find("column 8"), std::string::npos) << error_of("args[\"a\\x\"]");
  EXPECT_NE(error_of("args[\"a\"]b").find("\"b\" at column 10"), std::string::npos);
  EXPECT_NE(error_of("args.a\xFF").find("UTF-8"), std::string::npos);
  for (const std::string_view text : {"args[-1]", "args[01]", "args[1.5]", "args[4294967296]", "args[ 1]", "args['a']",
                                      "args[**]", "args[1*]", "args[All]"}) {
    error_of(text);
  }
}

TEST(PathTest, FollowsStepsThroughADocument) {
  Document document;
  ASSERT_TRUE(document.read(R"({"user":{"name":"x","any key":[10,{"y":true}]},"0":1})", Profile::strict));
  const auto at = [&](std::string_view text) { return follow(document.root(), parsed(text)); };
  EXPECT_EQ(at("args.user.name").string(), "x");
  EXPECT_EQ(at(R"(args.user["any key"][0])").number(), "10");
  EXPECT_TRUE(at(R"(args.user["any key"][1].y)").boolean());
  EXPECT_TRUE(at("args").same(document.root()));
  EXPECT_EQ(at("args.0").number(), "1");
  EXPECT_FALSE(at("args[0]"));
  EXPECT_FALSE(at("args.user.none"));
  EXPECT_FALSE(at("args.user.name.x"));
  EXPECT_FALSE(at(R"(args.user["any key"][2])"));
  EXPECT_FALSE(at(R"(args.user["any key"].y)"));
  EXPECT_FALSE(at("args.none.none[3]"));
  EXPECT_EQ(follow(document.root().find("user"), parsed("args.user.name"), 1).string(), "x");
  EXPECT_FALSE(follow(Value(), parsed("args.a")));
}

}  // namespace
}  // namespace json
