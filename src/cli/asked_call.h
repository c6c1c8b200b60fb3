// A message that somebody asks about, from flags or from a line of a file: composed as the client would send it, read
// as the proxy reads it, so that what has no single meaning is refused here as there.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "mcp/message.h"
#include "policy/evaluate.h"
#include "tools/registry.h"

namespace cli {

// What is asked. Texts are JSON as given, or "".
struct AskedCall {
  std::string tool, resource, prompt, method;  // one of them
  std::string arguments;                       // tool, prompt
  std::string params;                          // method
  std::string identity = "local", session = "explain", client_name;
  std::string at;  // a moment, or "" for now
};

// {"tool": …, "arguments": {…}} and the like; what is left out is taken from `defaults`. Errors name the key.
base::Result<AskedCall> read_asked_line(std::string_view line, const AskedCall& defaults);

// "" or what is wrong with the combination.
std::string check_asked(const AskedCall& call);

// The message, read.
class ReadCall {
 public:
  // Why the proxy would refuse to read it, or "".
  std::string read(const AskedCall& call);
  // After a good read(): the facts, which refer to this object, to `call` and to the registry.
  policy::Facts facts(const AskedCall& call, tools::Registry* registry, base::BootTime now);
  const mcp::Message& message() const { return message_; }

 private:
  std::string text_;
  json::Document document_;
  mcp::Message message_;
  std::vector<policy::Subject> subjects_;
};

}  // namespace cli
