// Putting the HTTP rows together: what is checked before anything runs (URL, headers, tokens, certificates, the
// address), then the parts in the order in which they need each other.
#include "cli/run_remote.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "base/strings.h"
#include "cli/run_parts.h"
#include "net/descriptor.h"
#include "net/dialer.h"
#include "net/watchdog.h"
#include "proxy/http_listener.h"
#include "proxy/policy_reload.h"
#include "proxy/stdio_remote.h"
#include "transport/header_value.h"

namespace cli {
namespace {

// What was checked and read of the flags.
struct Checked {
  std::optional<proxy::RemoteOptions> remote;
  std::shared_ptr<const net::TlsClient> tls_client;
  std::shared_ptr<const net::TlsServer> tls_server;
  transport::GuardOptions guard;
  net::SocketAddress address;
  std::vector<std::string> shown_headers;
};

base::Result<std::string> read_small(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail("it cannot be opened");
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail("it cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) return base::fail("it has more than " + std::to_string(most) + " bytes");
  return text;
}

base::Result<void> check_remote(const HttpArguments& h, Checked& out) {
  if (h.upstream.empty()) return {};
  auto url = transport::parse_url(h.upstream);
  if (!url) return base::fail("--upstream: " + url.error().message);
  transport::HeaderSources sources;
  sources.variable = [](std::string_view name) -> std::optional<std::string> {
    const char* value = environment(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  sources.file = [](const std::string& path) { return read_small(path, transport::max_header_value); };
  auto headers = transport::parse_headers(h.headers, sources);
  if (!headers) return std::unexpected(headers.error());
  out.remote.emplace();
  out.remote->url = std::move(*url);
  for (transport::HeaderValue& header : *headers) {
    out.remote->fixed.push_back(std::move(header.field));
    out.shown_headers.push_back(std::move(header.shown));
  }
  const bool tls = out.remote->url.tls;
  if (!tls && (h.tls_insecure || !h.tls_ca.empty()))
    return base::fail("--tls-ca and --tls-insecure are for https:// URLs");
  if (!tls) return {};
  const char* bundle = environment("SSL_CERT_FILE");
  auto client = net::TlsClient::make({h.tls_ca, h.tls_insecure}, bundle == nullptr ? "" : bundle);
  if (!client) return std::unexpected(client.error());
  out.tls_client = std::move(*client);
  return {};
}

base::Result<void> check_listener(const HttpArguments& h, Checked& out) {
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

void fill_guard(const HttpArguments& h, Checked& out) {
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

// A URL under which we are reached, for people.
std::string listening_on(const Checked& c, const net::SocketAddress& address) {
  const std::string scheme = c.tls_server != nullptr ? "https://" : "http://";

  return scheme + address.text() + c.guard.endpoint_path;
}

proxy::PolicyReload::Parts reload_parts(proxy::Desk& desk, Terminal& terminal) {
  return {desk, [&terminal](const std::string& problems) { terminal.err << problems << std::flush; }};
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

struct Run {
  const RunArguments& a;
  const PolicySource& source;
  const SourcedPolicy& policy;
  const StatePlace& place;
  Terminal& terminal;
  Checked checked;
};

void tell_headers(const Run& r, RunParts& parts) {
  for (const std::string& shown : r.checked.shown_headers) {
    parts.notes.write(mediator::Level::debug, "sent with every request: " + shown);
  }
}

int run_bridge(Run& r) {
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
      reload_parts(desk, r.terminal), r.a.config, r.policy.loaded.snapshot,
      [source = r.source] { return load_policy(source).loaded; }, r.policy.identity);
  proxy::StdioRemoteOptions options;
  options.remote.replay_session = r.a.http.replay_session;
  proxy::StdioRemote driver(desk, session, remote, options, [&reload] { reload.ask(); });
  return driver.run();
}

// Each client takes two descriptors. Not where servers are child processes, which would inherit the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run_listener(Run& r) {
  const HttpArguments& h = r.a.http;
  if (r.checked.remote) raise_descriptor_limit();
  auto watchdog = net::Watchdog::start();
  if (!watchdog) return failed(r.terminal, watchdog.error().message);
  RunParts parts({r.a, r.place, r.policy, r.source.counter_server, r.checked.remote ? "http" : "http to stdio",
                  RunParts::Sessions::many});
  net::Loop loop(parts.clock);
  auto socket = net::TcpListener::listen(loop, r.checked.address, {});
  if (!socket) return failed(r.terminal, socket.error().message);
  const net::SocketAddress bound = (*socket)->address();
  auto guard = transport::Guard::make(r.checked.guard);
  if (!guard) return usage_error(r.terminal, guard.error().message);

  proxy::Desk desk(loop, parts.for_desk(start_of(r.a, bound.text())));
  tell_headers(r, parts);
  tell_insecure(h, parts, desk);
  net::Resolver resolver(loop);
  net::Dialer dialer(loop, resolver, r.checked.tls_client, {});
  std::optional<proxy::Remote> remote;
  transport::ForwardRules forward;
  bool authorizes = false;
  if (r.checked.remote) {
    forward.own = r.checked.remote->fixed;
    for (const http::OwnedField& f : forward.own) authorizes = authorizes || http::same_name(f.name, "Authorization");
    remote.emplace(loop, dialer, std::move(*r.checked.remote));
  }
  forward.client_authorization = r.checked.guard.tokens.empty() && !authorizes;
  auto session_parts = parts.for_sessions();
  session_parts.common.mark_lines = true;
  proxy::SessionMaker sessions(std::move(session_parts), r.policy.loaded.snapshot);
  const std::size_t most = h.max_sessions != 0 ? h.max_sessions : remote ? 10'000 : 100;
  proxy::Children children(*watchdog, std::min(most, net::Watchdog::max_groups));
  std::uint64_t numbers = 0;
  proxy::FrontLimits limits;
  limits.max_body = h.max_body;
  limits.max_sessions = most;
  limits.max_sessions_per_identity = h.max_per_caller != 0 ? h.max_per_caller : most;
  limits.session_idle = h.session_idle;
  const auto make_link = [&](proxy::ServerLink::Handler& handler,
                             bool shared) -> base::Result<std::unique_ptr<proxy::ServerLink>> {
    if (!remote) {
      proxy::ChildOptions options;
      options.command = r.a.command;
      options.shared = shared;
      return proxy::ChildServer::start(loop, children, handler, std::move(options));
    }
    proxy::RemoteServer::Options options;
    options.replay_session = h.replay_session;
    return std::make_unique<proxy::RemoteServer>(*remote, handler, options);
  };
  proxy::PolicyReload::Parts reloading = reload_parts(desk, r.terminal);
  reloading.in_force = [&sessions](const auto& snapshot) { sessions.on_policy(snapshot); };
  proxy::PolicyReload reload(
      std::move(reloading), r.a.config, r.policy.loaded.snapshot,
      [source = r.source] { return load_policy(source).loaded; }, r.policy.identity);
  transport::Caller caller;
  caller.port = bound.port();
  caller.bound_to_loopback = bound.is_loopback();
  httpio::Server::Options serving;
  serving.limits.body_bytes = h.max_body;
  serving.max_connections = h.max_connections;
  serving.max_per_address = h.max_per_address;
  proxy::FrontParts front{desk,
                          parts.random,
                          parts.clock,
                          sessions,
                          parts.recorder,
                          r.a.identity,
                          remote ? &*remote : nullptr,
                          make_link,
                          std::move(forward),
                          limits,
                          numbers,
                          h.replay_session,
                          r.checked.guard.message_path,
                          h.client == ClientSide::sse ? proxy::EndpointStreams::older
                          : r.checked.guard.endpoint_path == r.checked.guard.sse_path
                              ? proxy::EndpointStreams::by_server
                              : proxy::EndpointStreams::sessions};
  proxy::HttpListener listener(
      desk, {.socket = std::move(*socket),
             .front = {std::move(front), std::move(*guard), caller, bound.is_any() ? std::string() : bound.host()},
             .server = serving,
             .tls_cert = h.tls_cert,
             .tls_key = h.tls_key,
             .tls = r.checked.tls_server,
             .drain = h.drain,
             .children = remote ? nullptr : &children,
             .hang_up = [&reload] { reload.ask(); }});
  if (h.insecure_public && !bound.is_loopback() &&
      (r.checked.tls_server == nullptr || r.checked.guard.tokens.empty())) {
    parts.notes.write(
        mediator::Level::warn,
        "whoever reaches this address may call the server: TLS or a token is missing (--insecure-public)");
  }
  r.terminal.err << "intercept: listening on " << listening_on(r.checked, bound) << std::endl;
  return listener.run();
}

}  // namespace

int run_remote(const RunArguments& a, const PolicySource& source, const SourcedPolicy& policy, const StatePlace& place,
               Terminal& terminal) {
  net::ensure_standard_descriptors();
  Run r{a, source, policy, place, terminal, {}};
  auto checked = check_remote(a.http, r.checked);
  if (checked) checked = check_listener(a.http, r.checked);
  if (!checked) return usage_error(terminal, checked.error().message);
  fill_guard(a.http, r.checked);
  return a.http.client == ClientSide::stdio ? run_bridge(r) : run_listener(r);
}

}  // namespace cli
