// The flags of the HTTP sides: --upstream and --transport http with what belongs to them, read and checked together.
// Which of them make sense depends on the row (stdio or HTTP, towards the client and towards the server): one that does
// nothing there is refused with the reason, never ignored.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cli/flags.h"

namespace cli {

enum class ClientSide : std::uint8_t {
  stdio,
  http,  // Streamable HTTP, and HTTP+SSE beside it
  sse,   // the same, for clients that only know HTTP+SSE at the endpoint
};

struct HttpArguments {
  ClientSide client = ClientSide::stdio;
  // Towards the server; "": it is a child process.
  std::string upstream;
  std::vector<std::string> headers;  // as given
  std::string tls_ca;
  bool tls_insecure = false;
  bool replay_session = true;
  // Towards the client.
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;
  std::vector<std::string> allow_origins, allow_hosts;
  std::string listen_token_file, tls_cert, tls_key;
  bool insecure_public = false;
  base::Duration drain = std::chrono::seconds(10);
  std::size_t max_body = 16 << 20;
  std::size_t max_connections = 10'000, max_per_address = 1'000;
  std::size_t max_per_caller = 0;  // sessions of one credential; 0: max_sessions
  std::size_t max_sessions = 0;    // 0: 10,000, or 100 where each is a process
  base::Duration session_idle = std::chrono::minutes(30);
  unsigned threads = 1;
};

// The words as they were given, until they are checked.
struct HttpWords {
  std::string transport = "auto", upstream, bind, port, on_session_loss, listen_token_file, tls_cert, tls_key, tls_ca;
  std::string drain, max_body, max_connections, max_per_address, max_sessions, max_per_caller, session_idle, threads;
  std::vector<std::string> headers, allow_origins, allow_hosts;
  bool tls_insecure = false, insecure_public = false;
};

inline constexpr std::string_view remote_group = "Remote server";
// What every command that speaks with a remote server takes.
inline constexpr std::array<FlagInfo, 4> remote_flags = {{
    {"--upstream", "URL", "the server is remote: Streamable HTTP or HTTP+SSE, which is found out", remote_group},
    {"--header", "\"NAME: VALUE\"",
     "sent with every request to it; VALUE may have ${VAR} of the environment, or be @FILE. Repeatable", remote_group},
    {"--tls-ca", "FILE", "certificates that its own is verified with (default: SSL_CERT_FILE, the system's)",
     remote_group},
    {"--tls-insecure", "", "do not verify its certificate: whoever is on the way reads and changes everything",
     remote_group},
}};
void bind_remote_flags(Flags& reader, HttpWords& words);
// Fills in what these flags say. Returns what is wrong (flags of a remote server without one), or "".
std::string take_remote_words(const HttpWords& words, HttpArguments& out);

std::span<const FlagInfo> http_flags();
void bind_http_flags(Flags& reader, HttpWords& words);
// Checks the words and fills `out`. `has_command`: a command stands after "--". Returns what is wrong, or "".
std::string take_http_words(const HttpWords& words, bool has_command, HttpArguments& out);

}  // namespace cli
