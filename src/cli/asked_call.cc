// See asked_call.h.
#include "cli/asked_call.h"

#include "base/strings.h"
#include "json/writer.h"
#include "mediator/subjects.h"

namespace cli {
namespace {

constexpr auto client = mcp::Direction::client_to_server;

std::string method_of(const AskedCall& call) {
  if (!call.tool.empty()) return "tools/call";
  if (!call.resource.empty()) return "resources/read";
  return call.prompt.empty() ? call.method : "prompts/get";
}

// `json` must be a document for itself: what stands in the message is then what was given.
std::string not_a_document(const std::string& json, const char* what) {
  json::Document document;
  const auto read = document.read(json, json::Profile::strict);
  return read ? "" : std::string(what) + ": " + read.error().message;
}

std::string compose(const AskedCall& call) {
  std::string text;
  json::Composer c(text);
  c.open().member("jsonrpc", "2.0").member("id", 1).member("method", method_of(call));
  if (!call.method.empty()) {
    if (!call.params.empty()) c.key("params").raw(call.params);
  } else if (!call.resource.empty()) {
    c.key("params").open().member("uri", call.resource).close();
  } else {
    c.key("params").open().member("name", call.tool.empty() ? call.prompt : call.tool);
    if (!call.arguments.empty()) c.key("arguments").raw(call.arguments);
    c.close();
  }
  c.close();
  return text;
}

}  // namespace

base::Result<AskedCall> read_asked_line(std::string_view line, const AskedCall& defaults) {
  json::Document document;
  // Tolerant: what is wrong with the arguments is the proxy's to say.
  const auto read = document.read(line, json::Profile::tolerant);
  if (!read) return base::fail(read.error().message);
  if (!document.root().is_object()) return base::fail("a call is an object: {\"tool\": \"x\", \"arguments\": {}}");
  AskedCall call = defaults;
  call.tool = call.resource = call.prompt = call.method = call.arguments = call.params = "";
  for (const json::Member m : document.root().members()) {
    struct Text {
      std::string_view key;
      std::string* into;
    };
    const Text texts[] = {{"tool", &call.tool},
                          {"resource", &call.resource},
                          {"prompt", &call.prompt},
                          {"method", &call.method},
                          {"identity", &call.identity},
                          {"session", &call.session},
                          {"client_name", &call.client_name},
                          {"at", &call.at}};
    if (m.key == "arguments" || m.key == "params") {
      (m.key == "params" ? call.params : call.arguments) = m.value.raw();
      continue;
    }
    std::string* into = nullptr;
    for (const Text& t : texts) into = t.key == m.key ? t.into : into;
    if (into == nullptr) return base::fail("unknown key \"" + base::printable(m.key, 60) + "\"");
    if (!m.value.is_string() || m.value.string().empty()) {
      return base::fail("\"" + std::string(m.key) + "\" must be text that is not empty");
    }
    *into = m.value.string();
  }
  if (std::string wrong = check_asked(call); !wrong.empty()) return base::fail(std::move(wrong));
  return call;
}

std::string check_asked(const AskedCall& call) {
  int named = 0;
  for (const std::string* s : {&call.tool, &call.resource, &call.prompt, &call.method}) named += s->empty() ? 0 : 1;
  if (named != 1) return "name one thing to ask about: --tool NAME, --resource URI, --prompt NAME or --method METHOD";
  if (!call.params.empty() && call.method.empty()) return "params go with a method; a tool or prompt has arguments";
  if (!call.arguments.empty() && call.tool.empty() && call.prompt.empty()) {
    return "arguments go with a tool or a prompt; a method has params";
  }
  return {};
}

std::string ReadCall::read(const AskedCall& call) {
  for (const auto& [json, what] :
       {std::pair(&call.arguments, "the arguments"), std::pair(&call.params, "the params")}) {
    if (json->empty()) continue;
    if (std::string wrong = not_a_document(*json, what); !wrong.empty()) return wrong;
  }
  text_ = compose(call);
  if (const auto read = document_.read(text_, json::Profile::strict); !read) return read.error().message;
  if (const auto parsed = mcp::read_message(document_.root(), client, message_); !parsed) return parsed.error().message;
  return {};
}

policy::Facts ReadCall::facts(const AskedCall& call, tools::Registry* registry, base::BootTime now) {
  policy::Facts facts;
  facts.method = message_.method_name;
  facts.known = mediator::known_from(message_.method, client);
  facts.params = message_.params;
  mediator::collect_subjects(message_, facts.known, message_.params, subjects_);
  facts.subjects = subjects_;
  const mcp::Ruling ruling = facts.known == nullptr ? mcp::Ruling::plumbing : facts.known->ruling;
  if (ruling == mcp::Ruling::tool || ruling == mcp::Ruling::prompt) facts.arguments = facts.params.find("arguments");
  if (ruling == mcp::Ruling::tool && registry != nullptr && registry->current(now)) {
    facts.tools_known = true;
    facts.tool = registry->find(subjects_[0].name);
  }
  facts.identity = call.identity;
  facts.session = call.session;
  facts.client_name = call.client_name;
  return facts;
}

}  // namespace cli
