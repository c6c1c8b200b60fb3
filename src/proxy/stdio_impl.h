// The inside of StdioSession: what one session owns, and its parts. stdio_session.cc has the turns (read, regulate),
// stdio_settle.cc their ends (commit, record, write) and the waiting for the store, stdio_end.cc the end of it all
// (exit, signals, the ladder, cleaning up).
#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/child.h"
#include "net/line_reader.h"
#include "net/line_writer.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/watchdog.h"
#include "net/worker.h"
#include "proxy/ladder.h"
#include "proxy/stdio_session.h"

namespace proxy {

class StdioSession::Impl final : public net::LineReader::Handler, public net::LineWriter::Handler {
 public:
  Impl(StdioOptions options, const base::Clock& clock);
  ~Impl() override;

  std::expected<void, StartFailure> start();
  int run(StdioParts parts);
  net::Loop& loop() { return loop_; }
  void with_session(std::function<void()> work);

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
  void feed(bool client, std::string_view line, bool oversized);
  bool give(bool client, std::string_view line, bool oversized);
  void turn_end();
  void regulate();
  void hold_readers(bool hold_client, bool hold_server);
  void watch_memory();
  void trim();
  // The end of a turn (stdio_settle.cc).
  struct Settling;
  void settle();
  bool wants_record() const;
  bool must_commit() const;
  void commit();
  void commit_failed(const std::string& why);
  void take_store_notes();
  std::string_view lines_to_append();
  void appended(const base::Result<void>& done);
  void write_out();
  void settle_elsewhere();
  void settled_elsewhere(const std::shared_ptr<Settling>& job);
  void append_elsewhere();
  void lose_outcomes();
  void arm_session_timers();
  // Waiting (stdio_settle.cc).
  void prepare_store();
  void session_timer();
  void elsewhere(net::Worker::Work job, net::Worker::Work done);
  void back();

  // The end (stdio_end.cc).
  void on_signal(int signal);
  void client_closed();
  void look_for_exit();
  void advance();
  void server_gone();
  void clean_up();
  void watch_group();
  void finish();
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

  std::string appending_;        // the turn's record, reused
  bool record_begun_ = false;    // something was appended
  bool record_failing_ = false;  // the last append failed
  bool fed_ = false;             // this turn had input
  bool flush_lazy_ = false;      // outcomes have waited long enough
  net::Timer lazy_timer_, session_timer_, trim_timer_;

  // While `away_` the session, its output, the store and the sink are not ours: the helper thread has some of them.
  struct Stashed {
    bool client, oversized;
    std::string line;
  };
  net::Worker worker_;
  bool away_ = false;
  std::deque<Stashed> stash_;                     // lines that came meanwhile, in their order
  std::vector<std::function<void()>> when_back_;  // and other work
  net::Timer commit_timer_;                       // for what could not be committed
  base::Duration commit_again_{0};

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
