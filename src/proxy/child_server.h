// The server's side of one session when the server is a child process: for clients over HTTP, one child a session or,
// from 2026-07-28 on, one that the exchanges of a credential share (their ids and tokens are then told apart).
//
// What must stay true:
// - Lines go to the child in order, each once.
// - The end is bounded (Ladder), and nothing that stayed in the child's process group is left after `done`.
// - A child that is shared sees no two requests with one id, and an answer finds the exchange that asked.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json/document.h"
#include "mcp/message.h"
#include "net/child.h"
#include "net/line_reader.h"
#include "net/line_writer.h"
#include "net/loop.h"
#include "net/watchdog.h"
#include "proxy/ladder.h"
#include "proxy/server_link.h"
#include "transport/ids.h"

namespace proxy {

// The children of one process: who is told when one has ended (SIGCHLD), and who kills them if we are killed.
class Children {
 public:
  // `watchdog` must outlive it. At most `most` children live at a time.
  Children(net::Watchdog& watchdog, std::size_t most) : watchdog_(watchdog), most_(most) {}
  // After SIGCHLD.
  void look();
  std::size_t count() const { return all_.size(); }
  std::size_t most() const { return most_; }

 private:
  friend class ChildServer;
  net::Watchdog& watchdog_;
  const std::size_t most_;
  std::vector<class ChildServer*> all_;
};

struct ChildOptions {
  std::vector<std::string> command;
  net::SpawnOptions spawn;  // take_errors is set by `take_errors`
  // If set, its standard error is a pipe, whose reading end is given here before start() returns; else it is ours.
  std::function<void(net::Descriptor)> take_errors;
  bool shared = false;
  std::size_t max_line = 80 << 20;
  LadderTimes times;
};

class ChildServer final : public ServerLink, net::LineReader::Handler, net::LineWriter::Handler {
 public:
  // Starts the child. Errors say what and why. All must outlive it.
  static base::Result<std::unique_ptr<ServerLink>> start(net::Loop& loop, Children& children,
                                                         ServerLink::Handler& handler, ChildOptions options);
  ~ChildServer() override;

  void send(ToServer message) override;
  void give_up(mediator::Scope scope, const std::string& id_key) override;
  bool cancels_by_message() const override { return true; }
  void end(base::Duration limit, std::function<void()> done) override;
  void hold(bool held) override;
  std::size_t queued_bytes() const override { return to_server_.queued(); }

 private:
  friend class Children;
  ChildServer(net::Loop& loop, Children& children, ServerLink::Handler& handler, ChildOptions options,
              net::Child child);

  void on_line(net::LineReader& reader, std::string_view line) override;
  void on_oversized(net::LineReader& reader, std::string_view prefix) override;
  void on_end(net::LineReader& reader, std::string_view unterminated, int error) override;
  void on_drained(net::LineWriter&) override {}
  void on_broken(net::LineWriter& writer, int error) override;

  void send_shared(const ToServer& message);
  void shared_line(std::string_view line);
  void look_for_exit();
  void advance();
  void gone();
  void clean_up();
  void watch_group();
  void finish();
  std::string how_it_went() const;

  net::Loop& loop_;
  Children& children_;
  ServerLink::Handler& handler_;
  const ChildOptions options_;
  net::Child child_;
  net::LineReader from_server_;
  net::LineWriter to_server_;
  std::optional<transport::Ids> ids_;  // shared
  json::Document document_;
  mcp::Message message_;
  Ladder ladder_;
  net::Timer ladder_timer_, group_timer_;
  std::optional<net::ExitStatus> exit_;
  base::BootTime group_limit_{};
  std::uint64_t leftover_ = 0;
  bool gone_ = false, cleaning_ = false, finished_ = false, ending_ = false, gave_up_ = false;
  std::function<void()> done_;
};

}  // namespace proxy
