// Every way in which an amount can be wrong is refused with the argument's name.
#include "policy/amount.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

json::Path path(std::string_view text) { return *json::Path::parse(text); }

std::string amount(const Limit& limit, const std::string& arguments) {
  json::Document document;
  EXPECT_TRUE(document.read(arguments, json::Profile::strict)) << arguments;
  const auto result = charge_amount(limit, document.root(), {});
  return result ? result->text() : "error: " + result.error().message;
}

TEST(Amount, FromAnArgument) {
  Limit limit;
  EXPECT_EQ(amount(limit, "{}"), "1");
  limit.increment = base::Amount::of(3);
  EXPECT_EQ(amount(limit, "{}"), "3");
  limit.amount_from = path("args.order.amount");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":12.5}})"), "12.5");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":0}})"), "0");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":-0}})"), "0");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":0.99}})"), "0.99");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":1e6}})"), "1000000");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":9007199254740993}})"), "9007199254740993");
  EXPECT_EQ(amount(limit, R"({"order":{"amount":123456789012345678.123456789}})"), "123456789012345678.123456789");
}

TEST(Amount, Refused) {
  Limit limit;
  limit.amount_from = path("args.order.amount");
  const char* bad[] = {"{}",
                       R"({"order":null})",
                       R"({"order":5})",
                       R"({"order":[{"amount":5}]})",
                       R"({"order":{"amount":null}})",
                       R"({"order":{"amount":"5"}})",
                       R"({"order":{"amount":true}})",
                       R"({"order":{"amount":[5]}})",
                       R"({"order":{"amount":{"v":5}}})",
                       R"({"order":{"amount":-1}})",
                       R"({"order":{"amount":-0.000000001}})",
                       R"({"order":{"amount":1e-10}})",
                       R"({"order":{"amount":0.1234567891}})",
                       R"({"order":{"amount":1e300}})",
                       R"({"order":{"Amount":5}})"};
  for (const char* arguments : bad) {
    const std::string text = amount(limit, arguments);
    EXPECT_TRUE(text.starts_with("error: Argument \"order.amount\" ")) << arguments << ": " << text;
  }
}

TEST(Amount, Currency) {
  Limit limit;
  limit.amount_from = path("args.amount");
  limit.currency = "USD";
  EXPECT_EQ(amount(limit, R"({"amount":5})"), "5");
  limit.currency_from = path("args.currency");
  EXPECT_EQ(amount(limit, R"({"amount":5,"currency":"usd"})"), "5");
  for (const char* arguments :
       {R"({"amount":5})", R"({"amount":5,"currency":"EUR"})", R"({"amount":5,"currency":null})",
        R"({"amount":5,"currency":["USD"]})", R"({"amount":5,"currency":""})"})
    EXPECT_TRUE(amount(limit, arguments).starts_with("error: Argument \"currency\" ")) << arguments;
}

TEST(Amount, Names) {
  EXPECT_EQ(argument_name(path("args.a.b")), "a.b");
  EXPECT_EQ(argument_name(path("args[\"a b\"][0]")), "[\"a b\"][0]");
  EXPECT_EQ(argument_name(path("params.x")), "x");
}

}  // namespace
}  // namespace policy
