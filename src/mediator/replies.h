// What the program answers by itself: denials, in the shape that the caller's method has (policy-language section 9).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "mcp/message.h"

namespace mediator {

struct Denial {
  std::string_view message;  // without prefix and id
  std::string_view rule;     // or ""
  std::string_view decision_id;
  std::optional<base::Duration> retry_after;
};

// How a request is answered when it is denied.
struct Form {
  bool as_result = false;  // a plain tools/call: a result with isError; everything else: a JSON-RPC error
  bool modern = false;     // 2026-07-28: the result carries resultType
};
Form form_of(const mcp::Message& request);

void append_denial(std::string& out, std::string_view id_text, Form form, const Denial& denial);

// Denies by a JSON-RPC error whatever the method is (what a server asked, calls in the form of a task).
void append_error_denial(std::string& out, std::string_view id_text, const Denial& denial);

// `on_hidden: unknown`: as a server answers that does not know the tool.
void append_unknown_tool(std::string& out, std::string_view id_text, std::string_view tool);

// "[INTERCEPT POLICY DENIED] MESSAGE (decision ID)"
std::string denial_text(const Denial& denial);

// Whole milliseconds, rounded up.
std::int64_t milliseconds_up(base::Duration d);

}  // namespace mediator
