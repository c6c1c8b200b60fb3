// One session with a client over our standard streams and a remote server (--upstream).
//
// Life: made when the policy is loaded, run() drives it to its end and returns the exit status. One thread.
//
// What must stay true:
// - A turn is committed and on record before anything of it is written to either side (Desk).
// - A call that waits holds up no other. A server that cannot be reached costs its calls an error each, not the
// session.
// - The client's slowness holds the server's streams, and a server's that of the client, above a bound.
// - The end is bounded: client EOF -> what is in flight has 3.5 s; a signal -> at once; the server is told (DELETE) for
//   at most a second.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "net/line_reader.h"
#include "net/line_writer.h"
#include "net/signals.h"
#include "proxy/desk.h"
#include "proxy/remote_server.h"
#include "proxy/server_inputs.h"

namespace proxy {

struct StdioRemoteOptions {
  int client_in = 0, client_out = 1;
  std::size_t max_line = 80 << 20;
  std::size_t high_water = 1 << 20;  // bytes waiting for one side, above which the other is not read
  base::Duration last_calls = std::chrono::milliseconds(3500);  // after the client's EOF
  base::Duration farewell = std::chrono::seconds(1);
  RemoteServer::Options remote;
};

class StdioRemote final : Desk::Member, ServerInputs, net::LineReader::Handler, net::LineWriter::Handler {
 public:
  // All must outlive it. `hang_up` is called for SIGHUP.
  StdioRemote(Desk& desk, mediator::Session& session, Remote& remote, StdioRemoteOptions options,
              std::function<void()> hang_up);
  ~StdioRemote() override;

  // Returns 0 after the client's EOF, 128 + signal after a signal, 1 if the server was given up.
  int run();

 private:
  mediator::Session& session() override { return session_; }
  void write_out(mediator::Output& out) override;
  void after_turn() override;
  void on_server_gone(std::string how, std::uint64_t written) override;

  void on_line(net::LineReader& reader, std::string_view line) override;
  void on_oversized(net::LineReader& reader, std::string_view prefix) override;
  void on_end(net::LineReader& reader, std::string_view unterminated, int error) override;
  void on_drained(net::LineWriter&) override { regulate(); }
  void on_broken(net::LineWriter&, int) override { end("client closed"); }

  void on_signal(int signal);
  void regulate();
  void look_for_end();
  void end(std::string_view why);
  void finish();

  Desk& desk_;
  mediator::Session& session_;
  const StdioRemoteOptions options_;
  std::function<void()> hang_up_;
  net::Signals signals_;
  net::LineReader from_client_;
  net::LineWriter to_client_;
  net::Timer last_timer_;
  bool client_closed_ = false, ending_ = false, server_gone_ = false;
  std::optional<int> signal_;
  std::string reason_;
  RemoteServer server_;
};

}  // namespace proxy
