// Forwarding: what ends here, beside what goes on.
#include "transport/forward.h"

#include <gtest/gtest.h>

#include "http/writer.h"

namespace transport {
namespace {

using Owned = std::vector<http::OwnedField>;

struct Head {
  Head(std::initializer_list<http::Field> list) : list_(list) {}
  http::Fields fields() const { return http::Fields(list_); }
  std::vector<http::Field> list_;
};

// Names that went on, without the one that is always added.
std::string names(const Owned& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (field.name != "Accept-Encoding") out += (out.empty() ? "" : " ") + field.name;
  }
  return out;
}
std::string sent(std::initializer_list<http::Field> list, const ForwardRules& rules = {}, const Owned& mirrors = {},
                 const tools::ParamHeaders* params = nullptr) {
  return names(to_server(Head(list).fields(), rules, mirrors, params));
}
std::string given(std::initializer_list<http::Field> list, bool is_stream = false) {
  return names(to_client(Head(list).fields(), is_stream));
}

TEST(ToServer, WhatIsNotListedGoesOnAsItCame) {
  const Head head{{"accept", "application/json, text/event-stream"},
                  {"X-Api-Key", "k"},
                  {"traceparent", "00-1"},
                  {"X-Api-Key", "l"},
                  {"User-Agent", "u"}};
  EXPECT_EQ(to_server(head.fields(), {}, {}, nullptr), (Owned{{"accept", "application/json, text/event-stream"},
                                                              {"X-Api-Key", "k"},
                                                              {"traceparent", "00-1"},
                                                              {"X-Api-Key", "l"},
                                                              {"User-Agent", "u"},
                                                              {"Accept-Encoding", "identity"}}));
  EXPECT_EQ(sent({{"Content-Type", "application/json"},
                  {"Last-Event-ID", "7"},
                  {"MCP-Protocol-Version", "2025-11-25"},
                  {"Mcp-Param-Unknown", "x"},
                  {"If-None-Match", "e"},
                  {"Accept-Language", "de"}}),
            "Content-Type Last-Event-ID MCP-Protocol-Version Mcp-Param-Unknown If-None-Match Accept-Language");
}

TEST(ToServer, WhatEndsHere) {
  for (const char* name : {"Host",
                           "Cookie",
                           "Content-Length",
                           "Transfer-Encoding",
                           "TE",
                           "Trailer",
                           "Connection",
                           "Keep-Alive",
                           "Proxy-Authorization",
                           "Proxy-Connection",
                           "Upgrade",
                           "Expect",
                           "Content-Encoding",
                           "Accept-Encoding",
                           "Content-Digest",
                           "Repr-Digest",
                           "Digest",
                           "Content-MD5",
                           "Range",
                           "If-Range",
                           "Content-Range",
                           "Mcp-Session-Id",
                           "MCP-METHOD",
                           "mcp-name",
                           "Origin",
                           "Referer",
                           "Forwarded",
                           "X-Forwarded-For",
                           "X-Forwarded-Host",
                           "x-forwarded-proto",
                           "X-Real-IP",
                           "True-Client-IP",
                           "X-HTTP-Method-Override",
                           "X-Original-URL",
                           "X-Rewrite-URL",
                           "Sec-Fetch-Site",
                           "Sec-Fetch-Mode",
                           "Access-Control-Request-Method",
                           "Authorization",
                           "DPoP",
                           "X_Forwarded_For",
                           "X_HTTP_Method_Override",
                           "content_digest",
                           "keep_alive"}) {
    EXPECT_EQ(sent({{name, "x"}, {"X-Other", "y"}}), "X-Other") << name;
  }
}

TEST(ToServer, ConnectionNamesMore) {
  EXPECT_EQ(sent({{"Connection", "close, X-Hop"}, {"X-Hop", "1"}, {"X-Stay", "2"}}), "X-Stay");
  EXPECT_EQ(sent({{"X-Hop", "1"}, {"X-Stay", "2"}}), "X-Hop X-Stay");
}

TEST(ToServer, AuthorizationWhereItIsTheClients) {
  ForwardRules rules;
  EXPECT_EQ(sent({{"Authorization", "Bearer x"}, {"DPoP", "y"}}, rules), "");
  rules.client_authorization = true;
  EXPECT_EQ(sent({{"Authorization", "Bearer x"}, {"DPoP", "y"}}, rules), "Authorization DPoP");
  rules.own = {{"authorization", "Bearer own"}};
  const Owned fields = to_server(Head{{"Authorization", "Bearer x"}}.fields(), rules, {}, nullptr);
  EXPECT_EQ(fields, (Owned{{"authorization", "Bearer own"}, {"Accept-Encoding", "identity"}}));
}

TEST(ToServer, TheOperatorsFieldsReplaceTheClients) {
  ForwardRules rules;
  rules.own = {{"X-Api-Key", "own"}};
  EXPECT_EQ(to_server(Head{{"x-api-key", "a"}, {"X_API_KEY", "b"}, {"X-Other", "c"}}.fields(), rules, {}, nullptr),
            (Owned{{"X-Other", "c"}, {"X-Api-Key", "own"}, {"Accept-Encoding", "identity"}}));
}

TEST(ToServer, MirrorsAreOursAlone) {
  const Owned mirrors{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Param-A_b", "1"}};
  tools::ParamHeaders params;
  params.list = {{.path = {"a"}, .name = "Mcp-Param-A_b"}, {.path = {"c"}, .name = "Mcp-Param-C"}};
  EXPECT_EQ(sent({{"mcp-protocol-version", "2025-11-25"},
                  {"mcp-param-a_b", "2"},
                  {"Mcp-Param-A-B", "3"},
                  {"mcp-param-c", "lie"},
                  {"Mcp-Param-D", "4"}},
                 {}, mirrors, &params),
            "Mcp-Param-D MCP-Protocol-Version Mcp-Method Mcp-Param-A_b");
  EXPECT_EQ(sent({{"mcp-param-c", "unknown"}}, {}, {}, nullptr), "mcp-param-c");
}

TEST(ToClient, WhatGoesOnAndWhatDoesNot) {
  EXPECT_EQ(given({{"WWW-Authenticate", "Bearer"},
                   {"Retry-After", "1"},
                   {"Date", "x"},
                   {"ETag", "e"},
                   {"MCP-Protocol-Version", "2025-11-25"},
                   {"Vary", "Accept"}}),
            "WWW-Authenticate Retry-After Date ETag MCP-Protocol-Version Vary");
  for (const char* name : {"Set-Cookie",
                           "Content-Length",
                           "Transfer-Encoding",
                           "Connection",
                           "Keep-Alive",
                           "Trailer",
                           "Upgrade",
                           "Content-Encoding",
                           "Content-Digest",
                           "Repr-Digest",
                           "Digest",
                           "Content-MD5",
                           "Mcp-Session-Id",
                           "Content-Type",
                           "Location",
                           "Refresh",
                           "Alt-Svc",
                           "Strict-Transport-Security",
                           "Access-Control-Allow-Origin",
                           "access-control-allow-credentials",
                           "Clear-Site-Data",
                           "Expect",
                           "Proxy-Authenticate",
                           "Accept-Ranges"}) {
    EXPECT_EQ(given({{name, "x"}, {"X-Other", "y"}}), "X-Other") << name;
  }
  EXPECT_EQ(given({{"Connection", "X-Hop"}, {"X-Hop", "1"}, {"X-Stay", "2"}}), "X-Stay");
}

TEST(ToClient, AStreamSaysSomeThingsItself) {
  EXPECT_EQ(given({{"Cache-Control", "private"}, {"X-Accel-Buffering", "yes"}}), "Cache-Control X-Accel-Buffering");
  const Owned fields = to_client(
      Head{{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}, {"Content-Type", "x"}, {"X-A", "1"}}.fields(),
      true);
  std::vector<http::Field> more;
  for (const auto& field : fields) more.push_back({field.name, field.value});
  std::string out;
  EXPECT_TRUE(http::write_sse_head(out, 1, more));
  EXPECT_NE(out.find("X-A: 1"), std::string::npos);
}

}  // namespace
}  // namespace transport
