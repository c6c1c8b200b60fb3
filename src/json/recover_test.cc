// Ids of messages that cannot be read.
#include "json/recover.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace json {
namespace {

using namespace std::string_view_literals;

void expect_certain(std::string_view input, std::string_view id, std::string_view method = "") {
  const auto found = certain_id(input);
  ASSERT_TRUE(found) << input;
  EXPECT_EQ(found->id, id) << input;
  EXPECT_EQ(found->method, method) << input;
}

void expect_likely(std::string_view input, std::string_view id, std::string_view method = "") {
  const auto found = likely_id(input);
  ASSERT_TRUE(found) << input;
  EXPECT_EQ(found->id, id) << input;
  EXPECT_EQ(found->method, method) << input;
}

TEST(CertainIdTest, FindsTheIdOfWhatTheReaderRefuses) {
  expect_certain(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"a":1,"a":2}})", "7", "tools/call");
  expect_certain(" {\"id\" : \"x-1\" , \"params\" : {\"v\": NaN}}\r\n", "\"x-1\"");
  expect_certain("{\"id\":1,\"params\":\"\xFF\"}", "1");
  expect_certain("{\"id\":1,\"params\":\"a\nb\x01\"}", "1");
  expect_certain(R"({"id":1,"params":"\ud800 \x"})", "1");
  expect_certain(R"({"id":1,"params":{"a":01,"b":+1,"c":.5,"d":-Infinity}})", "1");
  expect_certain(R"({"id":1,"params":"}\"]{"})", "1");
  expect_certain(R"({"id":1,"method":"a","method":"b"})", "1", "a");
  expect_certain(R"({"id":1,"METHOD":"b"})", "1");
  expect_certain(R"({"id":1,"method":5})", "1");
  expect_certain(R"({"id":1,"params":{"id":2,"ID":3}})", "1");
  expect_certain(R"({"id":1,})", "1");
  expect_certain(R"({"id":-1.0e5})", "-1.0e5");
  expect_certain(R"({"\u0069d":"a\"\u00e9\ud83d\ude00"})", R"("a\"\u00e9\ud83d\ude00")");
  const std::string deep = R"({"id":9,"params":)" + std::string(300'000, '[') + std::string(300'000, ']') + "}";
  expect_certain(deep, "9");
}

TEST(CertainIdTest, DoubtMeansNoId) {
  for (const auto input : {
           ""sv,
           " "sv,
           "1"sv,
           "[]"sv,
           R"([{"id":1}])"sv,
           "{}"sv,
           R"({"method":"x"})"sv,
           R"({"id":1)"sv,
           R"({"id":1}})"sv,
           R"({"id":1} {"id":2})"sv,
           R"({"id":1}x)"sv,
           R"({"id":1,"a":"})"sv,
           R"({"id":1,"a":[}})"sv,
           R"({"id":1,"a":{]})"sv,
           R"({"id":1,"a":[})"sv,  // not balanced
           R"({"id":1,"id":1})"sv,
           R"({"id":1,"id":2})"sv,
           R"({"id":1,"\u0069d":2})"sv,  // two of them
           R"({"id":1,"ID":2})"sv,
           R"({"Id":1})"sv,
           "{\"\xC4\xB1"
           "d\":1}"sv,
           R"({"id":1,"\u0130D":2})"sv,  // look-alikes
           R"({"id":null})"sv,
           R"({"id":true})"sv,
           R"({"id":{}})"sv,
           R"({"id":[1]})"sv,
           R"({"id":01})"sv,
           R"({"id":NaN})"sv,
           R"({"id":1.})"sv,
           R"({"id":+1})"sv,
           R"({"id":})"sv,
           R"({"id":"a)"sv,
           "{\"id\":\"\xFF\"}"sv,
           "{\"id\":\"a\nb\"}"sv,
           R"({"id":"\ud800"})"sv,
           R"({"id":"\x"})"sv,
           "{\"id\":\"\xE2\x80\xA8\"}"sv,
           "{\"id\":\"\xE2\x80\xA9\"}"sv,
           "{\"id\":\"\xC2\x85\"}"sv,
           "\xEF\xBB\xBF{\"id\":1}"sv,
           "{\0\"\0i\0d\0\"\0:\0"
           "1\0}\0"sv,  // encodings
           R"({"id":1,/*"id":2*/"a":1})"sv,
           R"({"id":1,"a":{/*"*/"x":1}})"sv,
           R"({"id":1}//)"sv,
           R"({"id":1,'a':1})"sv,
           R"({"id":1,"a":['"']})"sv,
           R"({'id':1})"sv,
           R"({id:1})"sv,
           "{\"id\":1,\"a\":[\xE2\x80\x9C]}"sv,
           "{\"id\":1,\"a\":[\x01]}"sv,
           "{\"id\":1,\"\xFF\":2}"sv,
           R"({"id":1,"\ud800":2})"sv,
           R"({"id":1,"i\x":2})"sv,  // keys of unknown name
           R"({"id":1 "a":2})"sv,
           R"({"id" 1})"sv,
           R"({,"id":1})"sv,
           R"({"id":1,,"a":2})"sv,
           R"({"id":1 2})"sv,
       }) {
    EXPECT_FALSE(certain_id(input)) << input;
  }
}

TEST(CertainIdTest, EveryPrefixHasNone) {
  const std::string text = R"({"id":12,"method":"a\"b","params":{"a":[1,{"b":"c"}]}})";
  expect_certain(text, "12", R"(a\"b)");
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string prefix = text.substr(0, length);
    EXPECT_FALSE(certain_id(prefix)) << prefix;
  }
}

TEST(LikelyIdTest, FindsTheIdOfAnAnswerThatIsCutOff) {
  expect_likely(R"({"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","te)", "3");
  expect_likely(R"({"id":"abc","error":)", "\"abc\"");
  expect_likely(R"({"result":{"id":9,"x":[1,{"y":"\"}"}]},"id":4)"
                ",",
                "4");
  expect_likely("{\"id\":5,\"result\":\"\xFF\"}", "5");
  expect_likely("\xEF\xBB\xBF{\"id\":5}", "5");
  expect_likely(R"({"result":NaN,"id":6})", "6");
  expect_likely(R"({"result":{'x':/*c*/1},"id":6})", "6");
  expect_likely(R"({"id":1,"id":2})", "1");
  expect_likely("{\"\xFF\":0,\"id\":2}", "2");
}

TEST(LikelyIdTest, TellsRequestsOfTheServerApart) {
  EXPECT_FALSE(likely_id(R"({"method":"x","id":1})"));
  EXPECT_FALSE(likely_id(R"({"Method":"x","id":1})"));
  EXPECT_FALSE(likely_id(R"({"\u006dethod":"x","id":1})"));
  expect_likely(R"({"id":1,"method":"sampling/createMessage","params":{"a)", "1", "sampling/createMessage");
}

TEST(LikelyIdTest, HasLimits) {
  for (const auto input : {""sv, "noise"sv, "[{\"id\":1}]"sv, R"({"id":1)"sv, R"({"id":)"sv, R"({"id":"ab)"sv,
                           R"({"id":null,"result":1})"sv, R"({"id":01})"sv, R"({"result":{"id":1})"sv,
                           R"({"result":[}],"id":1})"sv, R"({"result":"abc)"sv, R"({"ID":1})"sv, R"(log {"id":1})"sv,
                           R"({"id":"\ud800"})"sv, R"({"id":[1],"id":2})"sv}) {
    EXPECT_FALSE(likely_id(input)) << input;
  }
}

}  // namespace
}  // namespace json
