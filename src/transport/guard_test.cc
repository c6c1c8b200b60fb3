// Whom a listener serves: every refusal beside a neighbour that is served, and what browsers are told.
#include "transport/guard.h"

#include <gtest/gtest.h>

#include "http/reader.h"

namespace transport {
namespace {

using Fields = std::vector<http::OwnedField>;

constexpr Caller local{
    .port = 3000, .bound_to_loopback = true, .peer_is_loopback = true, .local_host = "127.0.0.1", .is_tls = false};

// A request as it comes over the wire: Host first, then what a client of MCP sends, then `more`, which replaces.
struct Request {
  explicit Request(std::string method, std::string target = "/mcp", Fields more = {}) {
    Fields fields{{"Host", "127.0.0.1:3000"}};
    if (method == "POST") {
      fields.push_back({"Content-Type", "application/json"});
      fields.push_back({"Accept", "application/json, text/event-stream"});
    }
    if (method == "GET") fields.push_back({"Accept", "text/event-stream"});
    for (auto& field : more) {
      std::erase_if(fields, [&](const auto& other) { return other.name == field.name; });
      if (field.value != "(none)") fields.push_back(std::move(field));
    }
    text = method + " " + target + " HTTP/1.1\r\n";
    for (const auto& field : fields) text += field.name + ": " + field.value + "\r\n";
    text += "\r\n";
  }
  std::string text;
};

GuardOptions everything() {
  GuardOptions options;
  options.sse_path = "/sse";
  options.message_path = "/message";
  options.oauth_metadata = true;
  return options;
}
Guard make(const GuardOptions& options = everything()) {
  auto guard = Guard::make(options);
  EXPECT_TRUE(guard) << (guard ? "" : guard.error().message);
  return std::move(*guard);
}
Admission judge(const Guard& guard, const Request& request, const Caller& caller = local) {
  http::RequestReader reader{http::Limits{}};
  const http::Step step = reader.read(request.text);
  EXPECT_EQ(step.event, http::Event::head) << request.text << reader.refusal().reason;
  return guard.judge(reader.head(), caller);
}
std::string field(const Admission& admission, std::string_view name) {
  for (const auto& f : admission.fields) {
    if (f.name == name) return f.value;
  }
  return "(none)";
}
void serves(const Guard& guard, const Request& request, Route route = Route::endpoint, const Caller& caller = local) {
  const Admission a = judge(guard, request, caller);
  EXPECT_TRUE(a.served()) << request.text << a.status << ' ' << a.reason;
  EXPECT_EQ(a.route, route) << request.text;
}
void refuses(const Guard& guard, const Request& request, unsigned status, std::string_view part = "",
             const Caller& caller = local) {
  const Admission a = judge(guard, request, caller);
  EXPECT_EQ(a.status, status) << request.text << a.reason;
  EXPECT_NE(a.reason.find(part), std::string::npos) << a.reason;
  EXPECT_FALSE(a.reason.empty());
}

TEST(Guard, PathsAndMethods) {
  const Guard guard = make();
  for (const char* method : {"POST", "GET", "DELETE"}) serves(guard, Request(method));
  serves(guard, Request("POST", "/mcp?x=1"));
  serves(guard, Request("GET", "/sse"), Route::sse);
  serves(guard, Request("POST", "/message?session=x"), Route::message);
  serves(guard, Request("GET", "/.well-known/oauth-protected-resource"), Route::protected_resource);
  serves(guard, Request("GET", "/.well-known/oauth-authorization-server"), Route::authorization_server);
  EXPECT_FALSE(judge(guard, Request("GET", "/.well-known/oauth-protected-resource")).with_path);
  serves(guard, Request("GET", "/.well-known/oauth-protected-resource/mcp"), Route::protected_resource);
  EXPECT_TRUE(judge(guard, Request("GET", "/.well-known/oauth-protected-resource/mcp")).with_path);
  for (const char* path : {"/", "/mcp/", "/MCP", "//mcp", "/%6dcp", "/mcp/x", "/./mcp", "/mcp%2f", "/sse/", "/messages",
                           "/.well-known/oauth-protected-resource/", "/.well-known/oauth-protected-resource/x",
                           "/.well-known/oauth-protected-resourcex", "/.well-known/openid-configuration",
                           "/x/.well-known/oauth-protected-resource"}) {
    refuses(guard, Request("GET", path), 404);
    refuses(guard, Request("POST", path), 404);
  }
  refuses(guard, Request("PUT"), 405, "PUT");
  refuses(guard, Request("HEAD"), 405);
  refuses(guard, Request("post"), 405);
  refuses(guard, Request("POST", "/sse"), 405);
  refuses(guard, Request("GET", "/message"), 405);
  refuses(guard, Request("DELETE", "/message"), 405);
  refuses(guard, Request("POST", "/.well-known/oauth-protected-resource"), 405);
  EXPECT_EQ(field(judge(guard, Request("PATCH")), "Allow"), "GET, POST, DELETE, OPTIONS");
  EXPECT_EQ(field(judge(guard, Request("POST", "/sse")), "Allow"), "GET, OPTIONS");
  EXPECT_EQ(field(judge(guard, Request("GET", "/message")), "Allow"), "POST, OPTIONS");
}

TEST(Guard, WhatIsNotSetIsNotServed) {
  GuardOptions options;
  options.endpoint_path = "/a/b";
  const Guard guard = make(options);
  serves(guard, Request("POST", "/a/b"));
  for (const char* path : {"/mcp", "/sse", "/message", "/.well-known/oauth-protected-resource",
                           "/.well-known/oauth-protected-resource/a/b", "/.well-known/oauth-authorization-server"}) {
    refuses(guard, Request("GET", path), 404);
  }
  for (const char* path : {"", "mcp", "*", "/m cp", "/mcp?x", "/mcp#x", "http://a/mcp"}) {
    GuardOptions bad;
    bad.endpoint_path = path;
    EXPECT_FALSE(Guard::make(bad)) << path;
  }
  GuardOptions bad;
  bad.allow_hosts = {"*"};
  EXPECT_FALSE(Guard::make(bad));
  bad.allow_hosts.clear();
  bad.allow_origins = {"*"};
  EXPECT_FALSE(Guard::make(bad));
}

TEST(Guard, RebindingIsRefused) {
  const Guard guard = make();
  serves(guard, Request("POST", "/mcp", {{"Host", "localhost:3000"}}));
  serves(guard, Request("POST", "/mcp", {{"Host", "localhost:3000"}, {"Origin", "http://localhost:3000"}}));
  refuses(guard, Request("POST", "/mcp", {{"Host", "evil.example.com"}, {"Origin", "http://evil.example.com"}}), 403,
          "--allow-host");
  refuses(guard, Request("POST", "/mcp", {{"Host", "evil.example.com:3000"}}), 403, "rebinding");
  refuses(guard, Request("GET", "/.well-known/oauth-protected-resource", {{"Host", "evil.test"}}), 403);
  GuardOptions options;
  options.allow_hosts = {"dev.test"};
  serves(make(options), Request("POST", "/mcp", {{"Host", "dev.test:3000"}}));
}

TEST(Guard, APublicListenerHasItsAddressAndWhatIsListed) {
  Caller far{
      .port = 443, .bound_to_loopback = false, .peer_is_loopback = false, .local_host = "192.0.2.7", .is_tls = true};
  GuardOptions options;
  options.allow_hosts = {"mcp.example.test"};
  const Guard guard = make(options);
  serves(guard, Request("POST", "/mcp", {{"Host", "192.0.2.7"}}), Route::endpoint, far);
  serves(guard, Request("POST", "/mcp", {{"Host", "mcp.example.test"}}), Route::endpoint, far);
  serves(guard, Request("POST", "/mcp", {{"Host", "mcp.example.test"}, {"Origin", "https://mcp.example.test"}}),
         Route::endpoint, far);
  refuses(guard, Request("POST", "/mcp", {{"Host", "mcp.example.test"}, {"Origin", "http://mcp.example.test"}}), 403,
          "--allow-origin", far);
  refuses(guard, Request("POST", "/mcp", {{"Host", "localhost"}}), 403, "", far);
  refuses(guard, Request("POST", "/mcp", {{"Host", "192.0.2.8"}}), 403, "", far);
  far.peer_is_loopback = true;
  serves(guard, Request("POST", "/mcp", {{"Host", "localhost"}}), Route::endpoint, far);
}

TEST(Guard, OriginsThatAreListed) {
  GuardOptions options;
  options.allow_origins = {"http://localhost:6274"};
  const Guard guard = make(options);
  const Admission let_in = judge(guard, Request("POST", "/mcp", {{"Origin", "http://localhost:6274"}}));
  EXPECT_TRUE(let_in.served());
  EXPECT_EQ(field(let_in, "Access-Control-Allow-Origin"), "http://localhost:6274");
  EXPECT_NE(field(let_in, "Access-Control-Expose-Headers").find("Mcp-Session-Id"), std::string::npos);
  EXPECT_EQ(field(let_in, "Vary"), "Origin");
  EXPECT_EQ(field(judge(guard, Request("POST")), "Vary"), "Origin");
  EXPECT_EQ(field(judge(guard, Request("POST")), "Access-Control-Allow-Origin"), "(none)");
  EXPECT_EQ(field(judge(make(), Request("POST")), "Vary"), "(none)");
  for (const char* origin : {"null", "http://localhost:6275", "https://localhost:6274", "http://evil.test", "*", "x"}) {
    const Request request("POST", "/mcp", {{"Origin", origin}});
    refuses(guard, request, 403, "--allow-origin");
    EXPECT_EQ(field(judge(guard, request), "Access-Control-Allow-Origin"), "(none)") << origin;
  }
  // Its page may read why it was refused.
  const Admission refused =
      judge(guard, Request("POST", "/mcp", {{"Origin", "http://localhost:6274"}, {"Content-Type", "text/plain"}}));
  EXPECT_EQ(refused.status, 415u);
  EXPECT_EQ(field(refused, "Access-Control-Allow-Origin"), "http://localhost:6274");
}

TEST(Guard, RequestsThatAPageMakesWithoutOrigin) {
  const Guard guard = make();
  for (const char* site : {"cross-site", "same-site", "whatever"}) {
    refuses(guard, Request("GET", "/sse", {{"Sec-Fetch-Site", site}, {"Accept", "*/*"}}), 403, "another site");
  }
  serves(guard, Request("GET", "/sse", {{"Sec-Fetch-Site", "none"}}), Route::sse);
  serves(guard, Request("GET", "/sse", {{"Sec-Fetch-Site", "same-origin"}}), Route::sse);
}

TEST(Guard, Preflights) {
  GuardOptions options = everything();
  options.allow_origins = {"https://app.test"};
  options.tokens = ListenerTokens::parse("0123456789abcdef").value_or(ListenerTokens());
  const Guard guard = make(options);
  const Fields asks{{"Origin", "https://app.test"},
                    {"Access-Control-Request-Method", "POST"},
                    {"Access-Control-Request-Headers", "authorization, content-type,mcp-param-region, X-Key, *, a b"}};
  const Admission a = judge(guard, Request("OPTIONS", "/mcp", asks));
  EXPECT_EQ(a.status, 204u);
  EXPECT_EQ(a.reason, "");
  EXPECT_EQ(field(a, "Access-Control-Allow-Origin"), "https://app.test");
  EXPECT_EQ(field(a, "Access-Control-Allow-Methods"), "GET, POST, DELETE, OPTIONS");
  const std::string headers = field(a, "Access-Control-Allow-Headers");
  for (const char* name : {"Authorization", "Content-Type", "Last-Event-ID", "Mcp-Session-Id", "MCP-Protocol-Version",
                           "Mcp-Method", "Mcp-Name", "mcp-param-region", "X-Key"}) {
    EXPECT_NE(headers.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(headers.find('*'), std::string::npos);
  EXPECT_EQ(headers.find("a b"), std::string::npos);
  EXPECT_EQ(headers.find("authorization"), std::string::npos);  // once
  EXPECT_EQ(field(a, "Access-Control-Allow-Private-Network"), "(none)");
  EXPECT_EQ(field(a, "Access-Control-Allow-Credentials"), "(none)");
  Fields network = asks;
  network.push_back({"Access-Control-Request-Private-Network", "true"});
  EXPECT_EQ(field(judge(guard, Request("OPTIONS", "/mcp", network)), "Access-Control-Allow-Private-Network"), "true");
  EXPECT_EQ(judge(guard, Request("OPTIONS", "/.well-known/oauth-protected-resource", asks)).status, 204u);
  Fields evil = asks;
  evil[0].value = "https://evil.test";
  refuses(guard, Request("OPTIONS", "/mcp", evil), 403);
  evil[0].value = "null";
  refuses(guard, Request("OPTIONS", "/mcp", evil), 403);
  refuses(guard, Request("OPTIONS", "/x", asks), 404);
  const Admission plain = judge(guard, Request("OPTIONS"));
  EXPECT_EQ(plain.status, 204u);
  EXPECT_EQ(field(plain, "Allow"), "GET, POST, DELETE, OPTIONS");
  EXPECT_EQ(field(plain, "Access-Control-Allow-Headers"), "(none)");
}

TEST(Guard, APreflightIsBounded) {
  GuardOptions options;
  options.allow_origins = {"https://app.test"};
  std::string names = "x-0";
  for (int i = 1; i < 4000; ++i) names += ",x-" + std::to_string(i);
  const Admission a = judge(make(options), Request("OPTIONS", "/mcp",
                                                   {{"Origin", "https://app.test"},
                                                    {"Access-Control-Request-Method", "POST"},
                                                    {"Access-Control-Request-Headers", names}}));
  EXPECT_LT(field(a, "Access-Control-Allow-Headers").size(), 1000u);
}

TEST(Guard, Tokens) {
  GuardOptions options = everything();
  options.tokens = ListenerTokens::parse("0123456789abcdef\nfedcba9876543210").value_or(ListenerTokens());
  const Guard guard = make(options);
  const Request right("POST", "/mcp", {{"Authorization", "Bearer fedcba9876543210"}});
  serves(guard, right);
  EXPECT_EQ(judge(guard, right).credential, base::sha256("fedcba9876543210"));
  refuses(guard, Request("POST"), 401, "asks for a token");
  EXPECT_EQ(field(judge(guard, Request("POST")), "WWW-Authenticate"), "Bearer");
  const Request wrong("POST", "/mcp", {{"Authorization", "Bearer fedcba9876543211"}});
  refuses(guard, wrong, 401);
  EXPECT_EQ(field(judge(guard, wrong), "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(judge(guard, wrong).credential, std::nullopt);
  refuses(guard, Request("GET", "/.well-known/oauth-protected-resource"), 401);
  refuses(guard, Request("GET", "/sse"), 401);
  // Without tokens a caller is known by what it sends.
  EXPECT_EQ(judge(make(), right).credential, base::sha256("Bearer fedcba9876543210"));
  EXPECT_EQ(judge(make(), Request("POST")).credential, std::nullopt);
}

TEST(Guard, Content) {
  const Guard guard = make();
  for (const char* type : {"application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"",
                           "application/json; charset=utf8", "application/json; profile=x"}) {
    serves(guard, Request("POST", "/mcp", {{"Content-Type", type}}));
  }
  for (const char* type :
       {"text/plain", "application/json-seq", "application/x-www-form-urlencoded", "application/json; charset=utf-16",
        "application/json, text/plain", "application/json charset=utf-8",
        "application/json; charset=utf-8; charset=utf-16", "json", "multipart/form-data; boundary=x", ""}) {
    refuses(guard, Request("POST", "/mcp", {{"Content-Type", type}}), 415, "application/json");
  }
  refuses(guard, Request("POST", "/mcp", {{"Content-Type", "(none)"}}), 415, "missing");
  refuses(guard, Request("POST", "/message", {{"Content-Type", "text/plain"}}), 415);
  serves(guard, Request("POST", "/mcp", {{"Content-Encoding", "identity"}}));
  for (const char* encoding : {"gzip", "br", "zstd", "deflate", "identity, gzip", "x-gzip", ""}) {
    refuses(guard, Request("POST", "/mcp", {{"Content-Encoding", encoding}}), 415, "Content-Encoding");
  }
  refuses(guard, Request("GET", "/mcp", {{"Content-Length", "5"}}), 400, "no content");
  refuses(guard, Request("DELETE", "/mcp", {{"Transfer-Encoding", "chunked"}}), 400, "no content");
  serves(guard, Request("GET", "/mcp", {{"Content-Length", "0"}}));
  serves(guard, Request("DELETE", "/mcp"));
}

TEST(Guard, Accept) {
  GuardOptions options = everything();
  const Guard guard = make(options);
  for (const char* accept : {"application/json, text/event-stream", "text/event-stream,application/json;q=0.5", "*/*",
                             "application/*, text/*", "(none)"}) {
    serves(guard, Request("POST", "/mcp", {{"Accept", accept}}));
  }
  for (const char* accept :
       {"application/json", "text/event-stream", "text/html", "application/json, text/event-stream;q=0"}) {
    refuses(guard, Request("POST", "/mcp", {{"Accept", accept}}), 406, "both");
  }
  refuses(guard, Request("GET", "/mcp", {{"Accept", "application/json"}}), 406);
  refuses(guard, Request("GET", "/sse", {{"Accept", "application/json"}}), 406);
  serves(guard, Request("POST", "/message", {{"Accept", "text/html"}}), Route::message);
  serves(guard, Request("DELETE", "/mcp", {{"Accept", "text/html"}}));
  serves(guard, Request("GET", "/.well-known/oauth-protected-resource", {{"Accept", "application/json"}}),
         Route::protected_resource);
  options.judge_accept = false;
  serves(make(options), Request("POST", "/mcp", {{"Accept", "text/html"}}));
}

TEST(Guard, HowOpenAListenerMayBe) {
  EXPECT_TRUE(check_exposure(true, false, false, false));
  EXPECT_TRUE(check_exposure(false, true, true, false));
  EXPECT_TRUE(check_exposure(false, false, false, true));
  const auto says = [](bool tls, bool token, std::string_view part, bool there) {
    const auto checked = check_exposure(false, tls, token, false);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message.find(part) != std::string::npos, there) << checked.error().message;
    EXPECT_NE(checked.error().message.find("--insecure-public"), std::string::npos);
  };
  says(false, true, "TLS", true);
  says(false, true, "token", false);
  says(true, false, "TLS", false);
  says(true, false, "--listen-token-file", true);
  says(false, false, "TLS (a certificate with its key) and a token", true);
}

}  // namespace
}  // namespace transport
