// One case a ruling of the method table.
#include "mediator/subjects.h"

namespace mediator {

using policy::SubjectKind;

const mcp::Method* known_from(const mcp::Method* method, mcp::Direction direction) {
  if (method == nullptr) return nullptr;
  const bool client = direction == mcp::Direction::client_to_server;
  return (client ? method->from_client : method->from_server) ? method : nullptr;
}

void collect_subjects(const mcp::Message& message, const mcp::Method* known, json::Value params,
                      std::vector<policy::Subject>& out) {
  out.clear();
  if (known == nullptr) return;
  switch (known->ruling) {
    case mcp::Ruling::tool:
      out.push_back({SubjectKind::tool, params.find("name").string()});
      return;
    case mcp::Ruling::prompt:
      out.push_back({SubjectKind::prompt, params.find("name").string()});
      return;
    case mcp::Ruling::resource:
      out.push_back({SubjectKind::resource, params.find("uri").string()});
      return;
    case mcp::Ruling::completion: {
      const bool prompt = params.find("ref").find("type").string() == "ref/prompt";
      out.push_back({prompt ? SubjectKind::prompt : SubjectKind::resource, mcp::target_name(message)});
      return;
    }
    case mcp::Ruling::listen:
      for (const json::Value uri : params.find("notifications").find("resourceSubscriptions").elements()) {
        out.push_back({SubjectKind::resource, uri.string()});
      }
      return;
    case mcp::Ruling::plumbing:
    case mcp::Ruling::ask:
      return;
  }
}

}  // namespace mediator
