// Statuses of answers, bodies of refusals.
#include "transport/status.h"

#include <gtest/gtest.h>

#include "mcp/errors.h"

namespace transport {
namespace {

int code_of(const std::string& text) {
  json::Document document;
  EXPECT_TRUE(document.read(text, json::Profile::tolerant));
  return error_code_of(document.root());
}

TEST(Status, CodesOfAnswers) {
  EXPECT_EQ(code_of(R"({"error":{"code":-32601}})"), -32601);
  EXPECT_EQ(code_of(R"({"error":{"code":-3.2601e4}})"), -32601);
  EXPECT_EQ(code_of(R"({"error":{"code":40301,"message":"m"}})"), 40301);
  for (const char* none : {R"({"result":{}})", R"({"error":{"code":1.5}})", R"({"error":{"code":"-32601"}})",
                           R"({"error":{"code":1e99}})", R"({"error":7})", "{}", "7"}) {
    EXPECT_EQ(code_of(none), 0) << none;
  }
}

TEST(Status, OfOurOwnAnswers) {
  for (const bool modern : {false, true}) {
    EXPECT_EQ(status_of_own(mcp::parse_error, modern), 400u);
    EXPECT_EQ(status_of_own(mcp::invalid_request, modern), 400u);
    for (const int code : {0, mcp::denied_by_policy, mcp::answer_lost, mcp::state_unavailable, mcp::approval_required,
                           mcp::internal_error, mcp::url_elicitation_required, -32002}) {
      EXPECT_EQ(status_of_own(code, modern), 200u) << code;
    }
  }
  for (const int code :
       {mcp::invalid_params, mcp::header_mismatch, mcp::missing_client_capability, mcp::unsupported_protocol_version}) {
    EXPECT_EQ(status_of_own(code, true), 400u) << code;
    EXPECT_EQ(status_of_own(code, false), 200u) << code;
  }
  EXPECT_EQ(status_of_own(mcp::method_not_found, true), 404u);
  EXPECT_EQ(status_of_own(mcp::method_not_found, false), 200u);
}

TEST(Status, OfAServersAnswersOverStdio) {
  EXPECT_EQ(status_of_servers(mcp::invalid_params, true), 200u);
  EXPECT_EQ(status_of_servers(mcp::method_not_found, true), 404u);
  EXPECT_EQ(status_of_servers(mcp::method_not_found, false), 200u);
  EXPECT_EQ(status_of_servers(mcp::unsupported_protocol_version, true), 400u);
  EXPECT_EQ(status_of_servers(mcp::missing_client_capability, true), 400u);
  EXPECT_EQ(status_of_servers(0, true), 200u);
}

TEST(Status, BodiesOfRefusals) {
  EXPECT_EQ(refusal_body("no \"way\""),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no \"way\""}})");
  const std::string odd = refusal_body(std::string("a\r\n\x1B[0m\xFF") + std::string(10'000, 'x'));
  json::Document document;
  EXPECT_TRUE(document.read(odd, json::Profile::strict)) << odd;
  EXPECT_LT(odd.size(), 1000u);
  EXPECT_EQ(odd.find('\n'), std::string::npos);
}

TEST(Status, RetryAfter) {
  using std::chrono::milliseconds;
  EXPECT_EQ(retry_after(503, milliseconds(1))->value, "1");
  EXPECT_EQ(retry_after(429, milliseconds(1001)), (http::OwnedField{"Retry-After", "2"}));
  EXPECT_EQ(retry_after(429, milliseconds(-5))->value, "1");
  EXPECT_EQ(retry_after(503, std::chrono::hours(100))->value, "3600");
  EXPECT_EQ(retry_after(200, milliseconds(1)), std::nullopt);
  EXPECT_EQ(retry_after(413, milliseconds(1)), std::nullopt);
}

}  // namespace
}  // namespace transport
