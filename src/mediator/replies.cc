// Denials as messages.
#include "mediator/replies.h"

#include "json/writer.h"
#include "mcp/errors.h"

namespace mediator {
namespace {

void write_decision(json::Composer& c, const Denial& d) {
  c.open().member("id", d.decision_id).member("decision", "deny").member("rule", d.rule);
  if (d.retry_after) c.member("retry_after_ms", milliseconds_up(*d.retry_after));
  c.close();
}

}  // namespace

std::int64_t milliseconds_up(base::Duration d) { return std::chrono::ceil<std::chrono::milliseconds>(d).count(); }

std::string denial_text(const Denial& d) {
  std::string text = "[INTERCEPT POLICY DENIED] ";
  text += d.message;
  text += " (decision ";
  text += d.decision_id;
  text += ')';
  return text;
}

Form form_of(const mcp::Message& request) {
  return {request.method_name == "tools/call" && !request.params.find("task"), mcp::is_modern(request)};
}

void append_denial(std::string& out, std::string_view id_text, Form form, const Denial& d) {
  if (!form.as_result) {
    append_error_denial(out, id_text, d);
    return;
  }
  json::Composer c(out);
  c.open().member("jsonrpc", "2.0").key("id").raw(id_text).key("result").open();
  if (form.modern) c.member("resultType", "complete");
  c.key("content").open_array().open().member("type", "text").member("text", denial_text(d)).close().close_array();
  c.member("isError", true).key("_meta").open().key("dev.intercept/decision");
  write_decision(c, d);
  c.close().close().close();
  out += '\n';
}

void append_error_denial(std::string& out, std::string_view id_text, const Denial& d) {
  std::string data;
  json::Composer c(data);
  write_decision(c, d);
  mcp::append_error(out, id_text, mcp::denied_by_policy, denial_text(d), data);
}

void append_unknown_tool(std::string& out, std::string_view id_text, std::string_view tool) {
  mcp::append_error(out, id_text, mcp::invalid_params, "Unknown tool: " + std::string(tool));
}

}  // namespace mediator
