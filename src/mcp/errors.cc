// The program's own JSON-RPC errors.
#include "mcp/errors.h"

#include "json/writer.h"

namespace mcp {

void append_error(std::string& out, std::string_view id_text, int code, std::string_view message,
                  std::string_view data_json) {
  json::Composer c(out);
  c.open().member("jsonrpc", "2.0").key("id").raw(id_text.empty() ? "null" : id_text);
  c.key("error").open().member("code", code).member("message", message);
  if (!data_json.empty()) c.key("data").raw(data_json);
  c.close().close();
  out += '\n';
}

}  // namespace mcp
