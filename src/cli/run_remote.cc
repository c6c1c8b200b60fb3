// What is checked before anything of the HTTP rows runs (URL, headers, tokens, certificates, the address); and the
// bridge from stdio. A listener: run_listener.cc.
#include "cli/run_remote.h"

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/remote_target.h"
#include "cli/run_remote_impl.h"
#include "net/descriptor.h"
#include "net/dialer.h"
#include "proxy/stdio_remote.h"

namespace cli {
namespace {

base::Result<void> check_remote(const HttpArguments& h, CheckedRemote& out) {
  if (h.upstream.empty()) return {};
  auto target = remote_target(h, environment_variable);
  if (!target) return std::unexpected(target.error());
  out.remote = std::move(target->options);
  out.tls_client = std::move(target->tls);
  out.shown_headers = std::move(target->shown_headers);
  out.header_hints = std::move(target->hints);
  return {};
}

base::Result<void> check_listener(const HttpArguments& h, CheckedRemote& out) {
  if (h.client == ClientSide::stdio) return {};
  const auto address = net::SocketAddress::parse(h.bind == "localhost" ? "127.0.0.1" : h.bind, h.port);
  if (!address)
    return base::fail("--bind takes an IP address, such as 127.0.0.1, 0.0.0.0 or ::1; got \"" + h.bind + "\"");
  out.address = *address;
  if (!h.listen_token_file.empty()) {
    struct stat state{};
    if (::stat(h.listen_token_file.c_str(), &state) == 0 && (state.st_mode & 077) != 0) {
      return base::fail("the token file " + h.listen_token_file + " may be read by others than its owner: chmod 600 " +
                        h.listen_token_file);
    }
    auto text = read_small(h.listen_token_file, std::size_t{1} << 20);
    if (!text) return base::fail("--listen-token-file " + h.listen_token_file + ": " + text.error().message);
    auto tokens = transport::ListenerTokens::parse(*text);
    if (!tokens) return base::fail("--listen-token-file " + h.listen_token_file + ": " + tokens.error().message);
    out.guard.tokens = std::move(*tokens);
  }
  if (!h.tls_cert.empty()) {
    auto server = net::TlsServer::make(h.tls_cert, h.tls_key);
    if (!server) return std::unexpected(server.error());
    out.tls_server = std::move(*server);
  }
  const bool tokens = !out.guard.tokens.empty();
  return transport::check_exposure(address->is_loopback(), out.tls_server != nullptr, tokens, h.insecure_public);
}

void fill_guard(const HttpArguments& h, CheckedRemote& out) {
  transport::GuardOptions& g = out.guard;
  g.allow_hosts = h.allow_hosts;
  g.allow_origins = h.allow_origins;
  g.judge_accept = !out.remote;
  g.oauth_metadata = out.remote.has_value();
  // The server's own path; /sse for clients of HTTP+SSE, whom --transport sse also serves at the endpoint.
  g.endpoint_path = out.remote ? out.remote->url.path : "/mcp";
  g.sse_path = "/sse";
  g.message_path = g.endpoint_path == "/message" ? "/messages" : "/message";
}

int run_bridge(RemoteRun& r) {
  RunParts parts({r.a, r.place, r.policy, r.source.counter_server, "stdio to http"});
  net::Loop loop(parts.clock);
  mediator::Config config = parts.config;
  config.mark_lines = config.answer_by_id = true;
  mediator::Session session(config, parts.turn, parts.random, parts.counters, parts.recorder, r.policy.loaded.snapshot,
                            parts.pause.get());
  proxy::Desk desk(loop, parts.for_desk(start_of(r.a, {})));
  tell_headers(r, parts);
  tell_insecure(r.a.http, parts, desk);
  net::Resolver resolver(loop);
  net::Dialer dialer(loop, resolver, r.checked.tls_client, {});
  proxy::Remote remote(loop, dialer, std::move(*r.checked.remote));
  proxy::PolicyReload reload(
      reload_parts(desk, r), r.a.config, r.policy.loaded.snapshot,
      [source = r.source] { return load_policy(source).loaded; }, r.policy.identity);
  proxy::StdioRemoteOptions options;
  options.remote.replay_session = r.a.http.replay_session;
  proxy::StdioRemote driver(desk, session, remote, options, [&reload] { reload.ask(); });
  return driver.run();
}

}  // namespace

proxy::PolicyReload::Parts reload_parts(proxy::Desk& desk, const RemoteRun& r) {
  return {.desk = desk,
          .show = [&terminal = r.terminal](const std::string& problems) { terminal.err << problems << std::flush; },
          .lock = r.policy.loaded.lock};
}

audit::Start start_of(const RunArguments& a, std::string listen) {
  audit::Start start;
  start.command = a.command;
  start.upstream = a.http.upstream.substr(0, a.http.upstream.find('?'));
  start.listen = std::move(listen);
  return start;
}

void tell_insecure(const HttpArguments& h, RunParts& parts, proxy::Desk& desk) {
  if (!h.tls_insecure) return;
  parts.notes.write(
      mediator::Level::warn,
      "the server's certificate is not verified (--tls-insecure): whoever is on the way reads and changes everything");
  const audit::Field what = audit::Field::text_of("detail", "--tls-insecure: the server's certificate is not verified");
  parts.recorder.event(desk.record_lazy(), "tls_insecure", {&what, 1});
}

void tell_headers(const RemoteRun& r, RunParts& parts) {
  for (const std::string& hint : r.checked.header_hints) parts.notes.write(mediator::Level::warn, hint);
  for (const std::string& shown : r.checked.shown_headers) {
    parts.notes.write(mediator::Level::debug, "sent with every request: " + shown);
  }
}

int run_remote(const RunArguments& a, const PolicySource& source, const SourcedPolicy& policy, const StatePlace& place,
               Terminal& terminal) {
  net::ensure_standard_descriptors();
  RemoteRun r{a, source, policy, place, terminal, {}};
  auto checked = check_remote(a.http, r.checked);
  if (checked) checked = check_listener(a.http, r.checked);
  if (!checked) return usage_error(terminal, checked.error().message);
  fill_guard(a.http, r.checked);
  return a.http.client == ClientSide::stdio ? run_bridge(r) : run_listener(r);
}

}  // namespace cli
