// Error codes and the messages that the program itself sends.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mcp {

// JSON-RPC 2.0 section 5.1.
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
// MCP 2025-11-25: URLElicitationRequired.
inline constexpr int url_elicitation_required = -32042;
// MCP 2026-07-28. From -32020 on the range is the specification's: no code of our own may stand there.
inline constexpr int header_mismatch = -32020;
inline constexpr int missing_client_capability = -32021;
inline constexpr int unsupported_protocol_version = -32022;
// Compatible with the existing system: a human has to approve.
inline constexpr int approval_required = -32003;
// Our own. Outside of every range that JSON-RPC or MCP reserves.
inline constexpr int denied_by_policy = 40301;   // refused by a rule
inline constexpr int answer_lost = 40302;        // the server went away, or its answer could not be read
inline constexpr int state_unavailable = 40303;  // a store or the record cannot be written: fail closed

// Appends {"jsonrpc":"2.0","id":ID,"error":{"code":C,"message":M[,"data":DATA]}} and a line feed.
// `id_text` is JSON text ("null" if unknown); `data_json` is JSON text or empty.
void append_error(std::string& out, std::string_view id_text, int code, std::string_view message,
                  std::string_view data_json = {});

}  // namespace mcp
