// The inside of StdioSession: what one session owns, and its parts. stdio_session.cc has the turns (read, regulate);
// their ends (commit, record, write) are the desk's; stdio_end.cc has the end of it all (exit, signals, the ladder,
// cleaning up).
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "net/child.h"
#include "net/line_reader.h"
#include "net/line_writer.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/watchdog.h"
#include "proxy/ladder.h"
#include "proxy/stdio_session.h"

namespace proxy {

class StdioSession::Impl final : public net::LineReader::Handler, public net::LineWriter::Handler, Desk::Member {
 public:
  Impl(StdioOptions options, const base::Clock& clock);
  ~Impl() override;

  std::expected<void, StartFailure> start();
  int run(StdioParts parts);
  net::Loop& loop() { return loop_; }

 private:
  enum class Phase : std::uint8_t {
    serving,   // both sides are connected, or the server is on its way out
    flushing,  // the server is gone; the client gets what is left
    cleaning,  // the client has everything; what remains of the server's group goes
    ended,
  };

  // Turns (stdio_session.cc).
  void on_line(net::LineReader& reader, std::string_view line) override;
  void on_oversized(net::LineReader& reader, std::string_view prefix) override;
  void on_end(net::LineReader& reader, std::string_view unterminated, int error) override;
  void on_drained(net::LineWriter& writer) override;
  void on_broken(net::LineWriter& writer, int error) override;
  mediator::Session& session() override { return parts_->session; }
  void write_out(mediator::Output& out) override;
  void feed(bool client, std::string_view line, bool oversized);
  bool give(bool client, std::string_view line, bool oversized);
  void turn_end();
  void regulate();
  void hold_readers(bool hold_client, bool hold_server);
  void watch_memory();
  void trim();
  // The end (stdio_end.cc).
  void on_signal(int signal);
  void client_closed();
  void look_for_exit();
  void advance();
  void server_gone();
  void clean_up();
  void watch_group();
  void finish();
  void finished();
  std::string how_it_went() const;
  int exit_status() const;
  base::BootTime now() const { return loop_.clock().boot(); }

  StdioOptions options_;
  net::Loop loop_;
  std::optional<net::Signals> signals_;
  std::optional<net::Watchdog> watchdog_;
  net::Child child_;
  std::optional<StdioParts> parts_;

  std::optional<net::LineReader> from_client_, from_server_;
  std::optional<net::LineWriter> to_client_, to_server_;
  // What we ourselves answered to a side since its queue was last empty. A peer that floods us with messages that we
  // answer, and does not read, is no longer read; what the other peer sends it does not count here.
  std::size_t replies_to_client_ = 0, replies_to_server_ = 0;

  net::Timer trim_timer_;

  Phase phase_ = Phase::serving;
  Ladder ladder_;
  bool ending_ = false;  // the ladder has something to say
  net::Timer ladder_timer_, group_timer_;
  std::optional<net::ExitStatus> exit_;
  std::optional<int> signal_;   // to us
  bool client_closed_ = false;  // it sends no more
  bool client_gone_ = false;    // it does not read any more
  bool killed_ = false, gave_up_ = false;
  std::uint64_t seen_ = 0;        // from_server_->total() at the last look, once it has exited
  std::uint64_t leftover_ = 0;    // from_server_->total() at which what the server left was read
  base::BootTime group_limit_{};  // when what remains of the group is killed
};

}  // namespace proxy
