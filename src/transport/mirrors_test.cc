// Mirrored fields: each disagreement is refused and stands beside what agrees; what is written is what passes.
#include "transport/mirrors.h"

#include <gtest/gtest.h>

#include "http/writer.h"
#include "mcp/errors.h"

namespace transport {
namespace {

using Sent = std::vector<http::OwnedField>;

struct Body {
  explicit Body(std::string t) : text(std::move(t)) {
    EXPECT_TRUE(document.read(text, json::Profile::strict)) << text;
    EXPECT_TRUE(mcp::read_message(document.root(), mcp::Direction::client_to_server, message)) << text;
  }
  std::string text;
  json::Document document;
  mcp::Message message;
};

std::string meta(std::string_view revision = "2026-07-28") {
  return R"("_meta":{"io.modelcontextprotocol/protocolVersion":")" + std::string(revision) + "\"}";
}
std::string modern(const std::string& method, const std::string& params = "") {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" + meta() +
         (params.empty() ? "" : "," + params) + "}}";
}
std::string call(const std::string& arguments) {
  return modern("tools/call", R"("name":"t","arguments":)" + arguments);
}

tools::ParamHeaders schema(const std::string& properties) {
  const std::string text = "{\"properties\":" + properties + "}";
  json::Document document;
  EXPECT_TRUE(document.read(text, json::Profile::strict));
  auto found = tools::read_param_headers(document.root());
  EXPECT_FALSE(found.list.empty()) << found.problem;
  return found;
}

struct Judged {
  int code = 0;
  std::string reason;
};
Judged judge(const Sent& sent, const std::string& text, const tools::ParamHeaders* params = nullptr) {
  const Body body(text);
  std::vector<http::Field> views;
  for (const auto& field : sent) views.push_back({field.name, field.value});
  const auto fault = check_mirrors(http::Fields(views), body.message, params);
  return fault ? Judged{fault->code, fault->reason} : Judged{};
}
void passes(const Sent& sent, const std::string& text, const tools::ParamHeaders* params = nullptr) {
  const Judged judged = judge(sent, text, params);
  EXPECT_EQ(judged.code, 0) << text << ": " << judged.reason;
}
void fails(const Sent& sent, const std::string& text, std::string_view part,
           const tools::ParamHeaders* params = nullptr, int code = mcp::header_mismatch) {
  const Judged judged = judge(sent, text, params);
  EXPECT_EQ(judged.code, code) << text;
  EXPECT_NE(judged.reason.find(part), std::string::npos) << judged.reason;
}

Sent standard(const std::string& method) { return {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}}; }
Sent named(const std::string& method, const std::string& name) {
  Sent out = standard(method);
  out.push_back({"Mcp-Name", name});
  return out;
}
Sent with(const std::string& header, const std::string& value) {
  Sent out = named("tools/call", "t");
  out.push_back({header, value});
  return out;
}

TEST(CheckMirrors, StandardFieldsOfARequest) {
  const std::string list = modern("tools/list");
  passes(standard("tools/list"), list);
  passes({{"mcp-protocol-version", "2026-07-28"}, {"MCP-METHOD", "tools/list"}}, list);
  fails({{"MCP-Protocol-Version", "2026-07-28"}}, list, "Mcp-Method is missing");
  fails({{"Mcp-Method", "tools/list"}}, list, "MCP-Protocol-Version is missing");
  fails({}, list, "MCP-Protocol-Version is missing");
  fails(standard("prompts/list"), list, "Mcp-Method is \"prompts/list\"");
  fails(standard("TOOLS/LIST"), list, "Mcp-Method");
  fails({{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Method", "tools/list"}}, list, "MCP-Protocol-Version");
  fails({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}, {"mcp-method", "tools/list"}}, list,
        "twice");
}

TEST(CheckMirrors, TheNameOfEveryMethodThatHasOne) {
  for (const auto& [method, parameter] :
       {std::pair("tools/call", "name"), std::pair("prompts/get", "name"), std::pair("resources/read", "uri"),
        std::pair("tasks/get", "taskId"), std::pair("tasks/update", "taskId"), std::pair("tasks/cancel", "taskId")}) {
    const std::string body = modern(method, std::string("\"") + parameter + "\":\"x\"");
    passes(named(method, "x"), body);
    fails(named(method, "y"), body, std::string("params.") + parameter);
    fails(named(method, "X"), body, "Mcp-Name");
    fails(standard(method), body, "Mcp-Name is missing");
    EXPECT_EQ(name_source(method), parameter);
  }
  passes(named("tools/list", "whatever"), modern("tools/list"));
  passes(standard("tasks/get"), modern("tasks/get"));  // the server refuses it, and says why
  EXPECT_EQ(name_source("resources/subscribe"), "");
}

TEST(CheckMirrors, NamesAreDecoded) {
  const std::string body = modern("resources/read", "\"uri\":\"file:///\xC3\xA9\"");
  passes(named("resources/read", "=?base64?ZmlsZTovLy/DqQ==?="), body);
  fails(named("resources/read", "=?BASE64?ZmlsZTovLy/DqQ==?="), body, "must be the same");
  fails(named("resources/read", "=?base64?ZmlsZTovLy/DqR==?="), body, "cannot be read");
  fails(named("resources/read", "file:///\xC3\xA9"), body, "cannot be read");
  // A name that looks encoded must be encoded.
  const std::string odd = modern("tools/call", R"("name":"=?base64?eA==?=")");
  fails(named("tools/call", "=?base64?eA==?="), odd, "must be the same");
  passes(named("tools/call", "=?base64?PT9iYXNlNjQ/ZUE9PT89?="), odd);
}

TEST(CheckMirrors, AnotherEraHasNoMirrors) {
  const std::string old = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})";
  passes({}, old);
  passes({{"MCP-Protocol-Version", "2025-11-25"}}, old);
  passes({{"Mcp-Method", "tools/list"}, {"Mcp-Name", "x"}}, old);  // kept from the server: is_mirror
  passes({{"MCP-Protocol-Version", "2026-07-28"}}, R"({"jsonrpc":"2.0","id":1,"result":{}})");
  // A declared earlier revision is held against the header, as by the official server.
  const std::string declared =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta("2025-11-25") + "}}";
  passes({{"MCP-Protocol-Version", "2025-11-25"}}, declared);
  passes({}, declared);
  fails({{"MCP-Protocol-Version", "2026-07-28"}}, declared, "must be the same");
}

TEST(CheckMirrors, TheBodyDecidesTheEra) {
  const Sent header = standard("tools/list");
  fails(header, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", "params._meta must have", nullptr,
        mcp::invalid_params);
  fails(header, R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})", "no initialize");
  fails({}, R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}})",
        "must be a string", nullptr, mcp::invalid_params);
}

TEST(CheckMirrors, NotificationsNeedNoneButMayNotLie) {
  const std::string body = R"({"jsonrpc":"2.0","method":"notifications/x","params":{)" + meta() + "}}";
  const std::string bare = R"({"jsonrpc":"2.0","method":"notifications/x"})";
  passes({}, body);
  passes(standard("notifications/x"), body);
  passes(standard("notifications/x"), bare);
  fails(standard("notifications/y"), body, "Mcp-Method");
  fails(standard("notifications/y"), bare, "Mcp-Method");
  fails({{"MCP-Protocol-Version", "2026-08-01"}}, body, "MCP-Protocol-Version");
}

TEST(CheckMirrors, ArgumentsThatTheSchemaAnnotates) {
  const auto params = schema(R"({"region":{"type":"string","x-mcp-header":"Region"},"q":{"type":"string"}})");
  const std::string body = call(R"({"region":"us-east1","q":"secret"})");
  passes(with("Mcp-Param-Region", "us-east1"), body, &params);
  passes(with("mcp-param-region", "=?base64?dXMtZWFzdDE=?="), body, &params);
  fails(with("Mcp-Param-Region", "us-west1"), body, "is not the argument", &params);
  fails(with("Mcp-Param-Region", "=?base64?dXMtZWFzdDE?="), body, "cannot be read", &params);
  fails(with("Mcp-Param-Other", "us-east1"), body, "Mcp-Param-Region is missing", &params);
  Sent twice = with("Mcp-Param-Region", "us-east1");
  twice.push_back({"MCP-PARAM-REGION", "us-east1"});
  fails(twice, body, "twice", &params);
  EXPECT_EQ(judge(with("Mcp-Param-Region", "x"), body, &params).reason.find("us-east1"), std::string::npos);
  // Not held: nothing is judged. Unlisted fields pass.
  passes(with("Mcp-Param-Region", "us-west1"), body, nullptr);
  Sent more = with("Mcp-Param-Region", "us-east1");
  more.push_back({"Mcp-Param-Unknown", "x"});
  passes(more, body, &params);
}

TEST(CheckMirrors, WhatIsNotThereIsNotExpected) {
  const auto params = schema(R"({"a":{"properties":{"b":{"type":"string","x-mcp-header":"B"}}}})");
  passes(with("Mcp-Param-B", "x"), call(R"({"a":{"b":"x"}})"), &params);
  fails(named("tools/call", "t"), call(R"({"a":{"b":"x"}})"), "missing", &params);
  for (const char* arguments : {"{}", R"({"a":null})", R"({"a":{"b":null}})", R"({"a":7})", R"({"a":[{"b":"x"}]})",
                                R"({"a":{"b":{}}})", R"({"a":{"b":["x"]}})", R"({"b":"x"})"}) {
    passes(named("tools/call", "t"), call(arguments), &params);
    passes(with("Mcp-Param-B", "lie"), call(arguments), &params);  // kept from the server: is_mirror
  }
  passes(named("tools/call", "t"), modern("tools/call", R"("name":"t")"), &params);
}

TEST(CheckMirrors, NumbersCompareByValue) {
  const auto params = schema(R"({"n":{"type":"integer","x-mcp-header":"N"}})");
  const auto n = [](const char* value) { return call(std::string("{\"n\":") + value + "}"); };
  for (const char* body : {"42", "42.0", "4.2e1"}) {
    for (const char* header : {"42", "42.0", "42.00", "=?base64?NDI=?="})
      passes(with("Mcp-Param-N", header), n(body), &params);
    for (const char* header : {"43", "42.1", "042", "+42", "4.2e1", "0x2a", "", "42 x", "-42"}) {
      fails(with("Mcp-Param-N", header), n(body), "is not the argument", &params);
    }
  }
  passes(with("Mcp-Param-N", "0"), n("-0"), &params);
  passes(with("Mcp-Param-N", "-7"), n("-7"), &params);
  passes(with("Mcp-Param-N", "1.5"), n("1.50"), &params);
  // A number where the schema has a string is a text.
  const auto texts = schema(R"({"n":{"type":"string","x-mcp-header":"N"}})");
  passes(with("Mcp-Param-N", "42"), n("42"), &texts);
  fails(with("Mcp-Param-N", "42.0"), n("42"), "is not the argument", &texts);
  passes(with("Mcp-Param-N", "42.0"), n("\"42.0\""), &params);
  fails(with("Mcp-Param-N", "42"), n("\"42.0\""), "is not the argument", &params);
}

TEST(CheckMirrors, NumbersBeyondJavaScriptNeedNoField) {
  const auto params = schema(R"({"n":{"type":"integer","x-mcp-header":"N"}})");
  const auto n = [](const char* value) { return call(std::string("{\"n\":") + value + "}"); };
  passes(named("tools/call", "t"), n("9007199254740992"), &params);
  passes(named("tools/call", "t"), n("-9007199254740992"), &params);
  passes(with("Mcp-Param-N", "9007199254740993"), n("9007199254740993"), &params);
  fails(with("Mcp-Param-N", "9007199254740992"), n("9007199254740993"), "is not the argument", &params);
  fails(named("tools/call", "t"), n("9007199254740991"), "missing", &params);
  passes(named("tools/call", "t"), n("1e999999999"), &params);
}

TEST(CheckMirrors, Booleans) {
  const auto params = schema(R"({"b":{"type":"boolean","x-mcp-header":"B"}})");
  passes(with("Mcp-Param-B", "true"), call(R"({"b":true})"), &params);
  passes(with("Mcp-Param-B", "false"), call(R"({"b":false})"), &params);
  fails(with("Mcp-Param-B", "True"), call(R"({"b":true})"), "is not the argument", &params);
}

// What is written passes the check, whatever stands in the body, and a HeadWriter takes it.
TEST(MirrorsOf, PassTheCheck) {
  const auto params = schema(R"({"s":{"type":"string","x-mcp-header":"S"},"n":{"type":"number"},
      "i":{"type":"integer","x-mcp-header":"I"},"b":{"type":"boolean","x-mcp-header":"Method"}})");
  const std::string values[] = {"\"\"",
                                "\" x \"",
                                "\"a\\r\\nb\"",
                                "\"\xE6\x97\xA5\"",
                                "\"=?base64?x?=\"",
                                "\"a\\u0000\"",
                                "0",
                                "-0.0",
                                "42.0",
                                "1.5",
                                "-0.05",
                                "123e-2",
                                "1e21",
                                "1e999",
                                "-1e-999",
                                "9007199254740993",
                                "true",
                                "false",
                                "null",
                                "{}",
                                "[1]"};
  for (const std::string& value : values) {
    const std::string text = call("{\"s\":" + value + ",\"i\":" + value + ",\"b\":" + value + "}");
    const Body body(text);
    const Sent sent = mirrors_of(body.message, &params);
    passes(sent, text, &params);
    std::string out;
    auto head = http::HeadWriter::request(out, "POST", "/mcp");
    head.field("Host", "a");
    for (const auto& field : sent) head.field(field.name, field.value);
    EXPECT_TRUE(head.none().done()) << text;
  }
}

TEST(MirrorsOf, AreWhatTheBodySays) {
  const auto params = schema(R"({"r":{"type":"string","x-mcp-header":"R"},"i":{"type":"integer","x-mcp-header":"I"},
                                 "f":{"type":"integer","x-mcp-header":"F"},"o":{"type":"string","x-mcp-header":"O"}})");
  const Body body(call(R"({"r":" x","i":-120.0,"f":1.05e-1,"o":null})"));
  EXPECT_EQ(mirrors_of(body.message, &params), (Sent{{"MCP-Protocol-Version", "2026-07-28"},
                                                     {"Mcp-Method", "tools/call"},
                                                     {"Mcp-Name", "t"},
                                                     {"Mcp-Param-R", "=?base64?IHg=?="},
                                                     {"Mcp-Param-I", "-120"},
                                                     {"Mcp-Param-F", "0.105"}}));
  EXPECT_EQ(mirrors_of(body.message, nullptr).size(), 3u);
  EXPECT_EQ(mirrors_of(Body(modern("server/discover")).message, &params), standard("server/discover"));
  EXPECT_EQ(mirrors_of(Body(modern("prompts/get", R"("name":"p","arguments":{"r":"x"})")).message, &params),
            named("prompts/get", "p"));
}

TEST(MirrorsOf, AnotherEraHasNone) {
  for (const char* text :
       {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})",
        R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","id":1,"result":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})"}) {
    EXPECT_TRUE(mirrors_of(Body(text).message, nullptr).empty()) << text;
  }
}

TEST(IsMirror, WhatAClientCannotSetBehindOurBack) {
  const auto params = schema(R"({"r":{"type":"string","x-mcp-header":"R"}})");
  EXPECT_TRUE(is_mirror("mcp-method", nullptr));
  EXPECT_TRUE(is_mirror("MCP-NAME", nullptr));
  EXPECT_TRUE(is_mirror("mcp-param-r", &params));
  EXPECT_FALSE(is_mirror("mcp-param-r", nullptr));
  EXPECT_FALSE(is_mirror("mcp-param-x", &params));
  EXPECT_FALSE(is_mirror("MCP-Protocol-Version", &params));
}

}  // namespace
}  // namespace transport
