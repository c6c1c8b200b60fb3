// See the header.
#include "cli/http_arguments.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <thread>
#include <utility>

#include "base/strings.h"

namespace cli {
namespace {

constexpr unsigned max_threads = 64;
constexpr std::string_view remote = remote_group, listener = "Listener";

constexpr auto flags = join_flags(
    remote_flags,
    std::to_array<FlagInfo>({
        {"--on-session-loss", "WHAT",
         "when it has forgotten the session: replay (make it anew) or fail (default: replay)", remote, true,
         "replay fail"},
        {"--transport", "KIND",
         "what clients speak: stdio; http: Streamable HTTP, and HTTP+SSE at /sse; sse: HTTP+SSE at the endpoint "
         "(default: stdio)",
         listener, true, "stdio http sse"},
        {"--bind", "ADDRESS", "where to listen (default: 127.0.0.1)", listener},
        {"--port", "N", "0: the system chooses, and a line on stderr tells (default: 0)", listener},
        {"--listen-token-file", "FILE", "clients must send one of its lines as \"Authorization: Bearer\"", listener},
        {"--allow-origin", "ORIGIN", "a web page's origin that may call, such as https://app.example. Repeatable",
         listener},
        {"--allow-host", "HOST", "a name under which clients may address us. Repeatable", listener},
        {"--tls-cert", "FILE", "serve TLS: our certificate and its chain (PEM), read anew when it changes", listener},
        {"--tls-key", "FILE", "its key", listener},
        {"--insecure-public", "", "listen on a public address without TLS or without a token all the same", listener},
        {"--drain", "TIME", "how long calls in flight get when we are told to stop (default: 10s)", listener},
        {"--max-body", "SIZE", "of a request (default: 16MiB)", listener},
        {"--max-connections", "N", "of all clients (default: 10000)", listener},
        {"--max-per-address", "N", "connections of one address (default: 1000)", listener},
        {"--max-sessions", "N", "at a time (default: 10000; 100 where each is a process)", listener},
        {"--max-sessions-per-caller", "N",
         "of one credential; without tokens all callers are one (default: as --max-sessions)", listener},
        {"--threads", "N",
         "loops that share the port, each with a thread and a log of its own; auto: one for each processor (default: "
         "1)",
         listener},
        {"--session-idle", "TIME", "after which a session that does nothing is ended (default: 30m)", listener},
    }));

std::optional<std::uint64_t> whole(const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < least || n > most) return std::nullopt;
  return n;
}

template <class T>
std::string take_number(std::string_view flag, const std::string& word, std::uint64_t least, std::uint64_t most,
                        T& out) {
  if (word.empty()) return {};
  const auto n = whole(word, least, most);
  if (!n) {
    return wrong_word(flag, "a number from " + std::to_string(least) + " to " + std::to_string(most), word);
  }
  out = static_cast<T>(*n);
  return {};
}

std::string take_duration(std::string_view flag, const std::string& word, base::Duration& out) {
  if (word.empty()) return {};
  const std::int64_t time = base::parse_duration(word);
  if (time <= 0) return wrong_word(flag, "a time such as 30s or 10m", word);
  out = base::Duration(time);
  return {};
}

// The flags of one side that are given although that side is another.
std::string misplaced(const HttpWords& w, bool listens) {
  if (w.upstream.empty()) {
    if (!w.headers.empty()) return "--header requires --upstream";
    if (!w.tls_ca.empty()) return "--tls-ca requires --upstream";
    if (w.tls_insecure) return "--tls-insecure requires --upstream";
    if (!w.on_session_loss.empty()) return "--on-session-loss requires --upstream";
  }
  if (listens) return {};
  if (!w.bind.empty() || !w.port.empty()) return "--bind and --port require --transport http or --transport sse";
  const std::pair<std::string_view, bool> others[] = {
      {"--listen-token-file", !w.listen_token_file.empty()},
      {"--allow-origin", !w.allow_origins.empty()},
      {"--allow-host", !w.allow_hosts.empty()},
      {"--tls-cert", !w.tls_cert.empty()},
      {"--tls-key", !w.tls_key.empty()},
      {"--insecure-public", w.insecure_public},
      {"--drain", !w.drain.empty()},
      {"--max-body", !w.max_body.empty()},
      {"--max-connections", !w.max_connections.empty()},
      {"--max-per-address", !w.max_per_address.empty()},
      {"--max-sessions", !w.max_sessions.empty()},
      {"--max-sessions-per-caller", !w.max_per_caller.empty()},
      {"--session-idle", !w.session_idle.empty()},
      {"--threads", !w.threads.empty()},
  };
  for (const auto& [flag, given] : others) {
    if (given) return std::string(flag) + " requires --transport http or --transport sse";
  }
  return {};
}

std::string take_listener(const HttpWords& w, HttpArguments& out) {
  if (!w.bind.empty()) out.bind = w.bind;
  std::string wrong = take_number("--port", w.port, 0, 65535, out.port);
  if (wrong.empty()) wrong = take_duration("--drain", w.drain, out.drain);
  if (wrong.empty()) wrong = take_duration("--session-idle", w.session_idle, out.session_idle);
  if (wrong.empty()) {
    wrong = take_number("--max-connections", w.max_connections, 1, 1'000'000, out.max_connections);
  }
  if (wrong.empty()) wrong = take_number("--max-per-address", w.max_per_address, 1, 1'000'000, out.max_per_address);
  if (wrong.empty()) wrong = take_number("--max-sessions", w.max_sessions, 1, 1'000'000, out.max_sessions);
  if (wrong.empty()) {
    wrong = take_number("--max-sessions-per-caller", w.max_per_caller, 1, 1'000'000, out.max_per_caller);
  }
  if (wrong.empty() && w.threads == "auto") {
    out.threads = std::clamp(std::thread::hardware_concurrency(), 1U, max_threads);
  } else if (wrong.empty()) {
    wrong = take_number("--threads", w.threads, 1, max_threads, out.threads);
  }
  if (wrong.empty() && !w.max_body.empty()) {
    const auto size = parse_size(w.max_body);
    if (!size || *size > (std::uint64_t{1} << 30)) return wrong_word("--max-body", "a size up to 1GiB", w.max_body);
    out.max_body = *size;
  }
  if (wrong.empty() && w.tls_cert.empty() != w.tls_key.empty()) return "--tls-cert and --tls-key go together";
  return wrong;
}

}  // namespace

std::span<const FlagInfo> http_flags() { return flags; }

void bind_remote_flags(Flags& reader, HttpWords& w) {
  reader.text("--upstream", w.upstream).list("--header", w.headers).text("--tls-ca", w.tls_ca);
  reader.on("--tls-insecure", w.tls_insecure);
}

void bind_http_flags(Flags& reader, HttpWords& w) {
  bind_remote_flags(reader, w);
  reader.text("--on-session-loss", w.on_session_loss);
  reader.text("--transport", w.transport).text("--bind", w.bind).text("--port", w.port);
  reader.text("--listen-token-file", w.listen_token_file).list("--allow-origin", w.allow_origins);
  reader.list("--allow-host", w.allow_hosts).text("--tls-cert", w.tls_cert).text("--tls-key", w.tls_key);
  reader.on("--insecure-public", w.insecure_public).text("--drain", w.drain);
  reader.text("--max-body", w.max_body).text("--max-connections", w.max_connections);
  reader.text("--max-per-address", w.max_per_address).text("--max-sessions", w.max_sessions);
  reader.text("--max-sessions-per-caller", w.max_per_caller);
  reader.text("--session-idle", w.session_idle).text("--threads", w.threads);
}

std::string take_remote_words(const HttpWords& w, HttpArguments& out) {
  if (w.upstream.empty() && (!w.headers.empty() || !w.tls_ca.empty() || w.tls_insecure))
    return "--header, --tls-ca and --tls-insecure require --upstream";
  out.upstream = w.upstream;
  out.headers = w.headers;
  out.tls_ca = w.tls_ca;
  out.tls_insecure = w.tls_insecure;
  return {};
}

std::string take_http_words(const HttpWords& w, bool has_command, HttpArguments& out) {
  if (w.transport == "http") {
    out.client = ClientSide::http;
  } else if (w.transport == "sse") {
    out.client = ClientSide::sse;
  } else if (w.transport != "auto" && w.transport != "stdio") {
    return wrong_word("--transport", "stdio, http or sse", w.transport);
  }
  const bool listens = out.client != ClientSide::stdio;
  if (has_command && !w.upstream.empty()) {
    return "cannot specify both upstream command (after --) and --upstream URL";
  }
  if (!has_command && w.upstream.empty()) {
    return "specify either a command after '--' or --upstream URL, for example: intercept -c policy.yaml -- npx -y "
           "some-server";
  }
  if (std::string wrong = misplaced(w, listens); !wrong.empty()) return wrong;
  if (!w.on_session_loss.empty() && w.on_session_loss != "replay" && w.on_session_loss != "fail") {
    return wrong_word("--on-session-loss", "replay or fail", w.on_session_loss);
  }
  if (std::string wrong = take_remote_words(w, out); !wrong.empty()) return wrong;
  out.replay_session = w.on_session_loss != "fail";
  out.allow_origins = w.allow_origins;
  out.allow_hosts = w.allow_hosts;
  out.listen_token_file = w.listen_token_file;
  out.tls_cert = w.tls_cert;
  out.tls_key = w.tls_key;
  out.insecure_public = w.insecure_public;
  return listens ? take_listener(w, out) : std::string();
}

}  // namespace cli
