// One meaning: every message that has two is refused, and its legitimate neighbour passes.
#include "mcp/message.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "mcp/errors.h"

namespace mcp {
namespace {

struct Read {
  std::unique_ptr<json::Document> document = std::make_unique<json::Document>();
  std::unique_ptr<std::string> text;
  Message message;
  std::expected<void, MessageError> result;
};

Read read(std::string text, Direction sender = Direction::client_to_server) {
  Read r;
  r.text = std::make_unique<std::string>(std::move(text));
  const auto profile = sender == Direction::client_to_server ? json::Profile::strict : json::Profile::tolerant;
  EXPECT_TRUE(r.document->read(*r.text, profile)) << *r.text;
  r.result = read_message(r.document->root(), sender, r.message);
  return r;
}

TEST(Message, KindsAreToldApart) {
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":1,"method":"ping"})").message.kind, Kind::request);
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").message.kind, Kind::notification);
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":"a","result":{}})").message.kind, Kind::result);
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"m"}})").message.kind, Kind::error);
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}})").message.kind, Kind::error);
}

TEST(Message, ATargetIsReadAfterUnescaping) {
  const Read r = read(R"({"jsonrpc":"2.0","id":1,"method":"tools\/c\u0061ll","params":{"n\u0061me":"\u0061dd"}})");
  ASSERT_TRUE(r.result);
  EXPECT_EQ(r.message.method_name, "tools/call");
  EXPECT_EQ(target_name(r.message), "add");
}

struct Refused {
  const char* text;
  int code;
  const char* id;
  bool answerable;
  const char* says;
};

class RefusedMessages : public testing::TestWithParam<Refused> {};

TEST_P(RefusedMessages, WithCodeIdAndReason) {
  const Refused& c = GetParam();
  const Read r = read(c.text);
  ASSERT_FALSE(r.result) << c.text;
  EXPECT_EQ(r.result.error().code, c.code);
  EXPECT_EQ(r.result.error().id_text, c.id);
  EXPECT_EQ(r.result.error().answerable, c.answerable);
  EXPECT_NE(r.result.error().message.find(c.says), std::string::npos) << r.result.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedMessages,
    testing::Values(
        Refused{R"([])", invalid_request, "null", true, "batches"},
        Refused{R"(7)", invalid_request, "null", true, "JSON object"},
        Refused{R"({"id":7,"method":"ping"})", invalid_request, "7", true, "jsonrpc"},
        Refused{R"({"jsonrpc":2.0,"id":7,"method":"ping"})", invalid_request, "7", true, "jsonrpc"},
        Refused{R"({"jsonrpc":"2.0","id":7,"Method":"ping"})", invalid_request, "null", true, "\"Method\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","Method":"x"})", invalid_request, "null", true,
                "looks like"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","ID":8})", invalid_request, "null", true,
                "looks like \"id\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","param\u017f":{}})", invalid_request, "null", true,
                "looks like \"params\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","result":{}})", invalid_request, "7", true, "not both"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":""})", invalid_request, "7", true, "not empty"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":null})", invalid_request, "7", true, "string"},
        Refused{R"({"jsonrpc":"2.0","id":null,"method":"ping"})", invalid_request, "null", true, "whole number"},
        Refused{R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", invalid_request, "null", true, "whole number"},
        Refused{R"({"jsonrpc":"2.0","id":{},"method":"ping"})", invalid_request, "null", true, "whole number"},
        Refused{R"({"jsonrpc":"2.0","id":true,"method":"ping"})", invalid_request, "null", true, "whole number"},
        Refused{R"({"jsonrpc":"2.0","id":7})", invalid_request, "7", true, "needs"},
        Refused{R"({"jsonrpc":"2.0","id":7,"result":1,"error":{}})", invalid_request, "7", false, "not both"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","params":[]})", invalid_params, "7", true, "an object"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","params":null})", invalid_params, "7", true, "an object"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}})", invalid_params, "7", true,
                "params.name"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call"})", invalid_params, "7", true, "params.name"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":["a"]}})", invalid_params, "7", true,
                "must be a string"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":"x"}})",
                invalid_params, "7", true, "params.arguments"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":null}})",
                invalid_params, "7", true, "params.arguments"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","Name":"b"}})", invalid_params,
                "7", true, "looks like \"name\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","method\u0000":"x"})", invalid_request, "null", true,
                "looks like \"method\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","name\u0000":"b"}})",
                invalid_params, "7", true, "looks like \"name\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","argument\u017f":{}}})",
                invalid_params, "7", true, "looks like \"arguments\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","tas\u212a":{}}})",
                invalid_params, "7", true, "looks like \"task\""},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":[]}})", invalid_params, "7", true,
                "_meta"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{"_META":{}}})", invalid_params, "7", true,
                "_META"},
        Refused{
            R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"_meta":{"io.modelContextProtocol/protocolVersion":1}}})",
            invalid_params, "7", true, "looks like"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"x","params":{"_meta":{"io.modelcontextprotocol/a":1,)"
                R"("io.modelcontextprotocol/A":2}}})",
                invalid_params, "7", true, "look alike"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":7}})", invalid_params, "7", true,
                "params.uri"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{"ref":{"type":"ref/x"}}})",
                invalid_params, "7", true, "ref.type"},
        Refused{
            R"({"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","uri":"a"}}})",
            invalid_params, "7", true, "ref.name"},
        Refused{R"({"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{)"
                R"("resourceSubscriptions":["a",7]}}})",
                invalid_params, "7", true, "strings only"}));

TEST(Message, UnknownKeysPass) {
  EXPECT_TRUE(read(R"({"jsonrpc":"2.0","id":1,"method":"ping","vendor":1,"params":{"extra":1,"Extra":2}})").result);
  EXPECT_TRUE(
      read(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"Path":1,"path":2}}})")
          .result);
}

TEST(Message, KeysOfMetaMayHaveAnyCharacters) {
  // A character stands where the reserved prefix would end.
  EXPECT_TRUE(
      read(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol\u054fa":1,"é":2}}})")
          .result);
}

TEST(Message, ServersAreNotHeldToTargets) {
  EXPECT_TRUE(
      read(R"({"jsonrpc":"2.0","id":1,"method":"log","params":{"name":7}})", Direction::server_to_client).result);
  EXPECT_TRUE(
      read(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})", Direction::server_to_client).result);
}

TEST(Message, ErasAreToldApart) {
  const auto with = [](const char* version) {
    return read(std::string(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)") +
                R"("io.modelcontextprotocol/protocolVersion":")" + version + "\"}}}");
  };
  EXPECT_TRUE(is_modern(with("2026-07-28").message));
  EXPECT_FALSE(is_modern(with("2025-11-25").message));
  EXPECT_FALSE(is_modern(read(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").message));
}

}  // namespace
}  // namespace mcp
