// The tables.
#include "transport/status.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/decimal.h"
#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"

namespace transport {
namespace {

// A code without a meaning in any revision, which the official SDKs use for errors of the transport.
constexpr int transport_error = -32000;

}  // namespace

int error_code_of(json::Value answer) {
  const auto code = base::Decimal::parse(answer.find("error").find("code").number());
  if (!code || !code->is_integer()) return 0;
  const auto amount = base::Amount::from(*code);
  constexpr std::int64_t most = 1'000'000'000;
  if (!amount || *amount > base::Amount::of(most) || *amount < base::Amount::of(-most)) return 0;
  return static_cast<int>(amount->raw() / base::Amount::scale);
}

unsigned status_of_own(int error_code, bool modern) {
  switch (error_code) {
    case mcp::parse_error:
    case mcp::invalid_request:
      return 400;
    case mcp::invalid_params:
    case mcp::header_mismatch:
    case mcp::missing_client_capability:
    case mcp::unsupported_protocol_version:
      return modern ? 400 : 200;
    case mcp::method_not_found:
      return modern ? 404 : 200;
    default:
      return 200;
  }
}

unsigned status_of_servers(int error_code, bool modern) {
  return error_code == mcp::invalid_params ? 200 : status_of_own(error_code, modern);
}

std::string refusal_body(std::string_view reason) {
  std::string out;
  mcp::append_error(out, "null", transport_error, base::printable(reason, 500));
  out.pop_back();  // the line feed
  return out;
}

std::optional<http::OwnedField> retry_after(unsigned status, base::Duration wait) {
  if (status != 429 && status != 503) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return http::OwnedField{"Retry-After", std::to_string(std::clamp<std::int64_t>(seconds, 1, 3600))};
}

}  // namespace transport
