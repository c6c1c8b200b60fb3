// Internal to run_remote.cc and run_listener.cc: what was read and checked of the flags, and what both say.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_parts.h"
#include "cli/run_remote.h"
#include "net/socket_address.h"
#include "net/tls.h"
#include "proxy/policy_reload.h"
#include "proxy/remote.h"
#include "transport/guard.h"

namespace cli {

struct CheckedRemote {
  std::optional<proxy::RemoteOptions> remote;
  std::shared_ptr<const net::TlsClient> tls_client;
  std::shared_ptr<const net::TlsServer> tls_server;
  transport::GuardOptions guard;
  net::SocketAddress address;
  std::vector<std::string> shown_headers;  // for people: values are not in them
  std::vector<std::string> header_hints;   // the same, of those that are probably not meant so
};

struct RemoteRun {
  const RunArguments& a;
  const PolicySource& source;
  const SourcedPolicy& policy;
  const StatePlace& place;
  Terminal& terminal;
  CheckedRemote checked;
};

proxy::PolicyReload::Parts reload_parts(proxy::Desk& desk, const RemoteRun& r);
audit::Start start_of(const RunArguments& a, std::string listen);
// What the user should know of the flags, once a process.
void tell_insecure(const HttpArguments& h, RunParts& parts, proxy::Desk& desk);
void tell_headers(const RemoteRun& r, RunParts& parts);

// Serves clients until it is stopped; gives the exit status.
int run_listener(RemoteRun& r);

}  // namespace cli
