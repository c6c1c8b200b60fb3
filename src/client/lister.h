// Asks one server for its lists, on a loop: a Dialogue, the link to the server, and the time it may take.
//
// What must stay true:
// - `done` is called once, when the link has ended and nothing of the server is left running.
// - It is over in the given time and a few seconds for the server to end, whatever the server does.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/connection.h"
#include "client/dialogue.h"
#include "client/listing.h"
#include "net/loop.h"
#include "proxy/server_link.h"

namespace client {

struct ListOptions {
  base::Duration timeout = std::chrono::seconds(30);  // in all
  std::string version;                                // of this program
};

class Lister final : proxy::ServerLink::Handler {
 public:
  // Begins at once; `done` comes from the loop, never from within the constructor. An error says what the server did or
  // did not do, with the last lines of its standard error. `connection` must outlive it, and it must not be destroyed
  // before `done` (it may be in it).
  Lister(net::Loop& loop, Connection& connection, ListOptions options, std::function<void(base::Result<Listing>)> done);
  ~Lister() override;

  // Gives up: `done` comes with this error.
  void stop(const std::string& why);

 private:
  void on_server_message(std::string_view text, mediator::Scope scope) override;
  void on_server_oversized(std::string_view prefix, std::size_t limit) override;
  void on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status, std::string body) override;
  void on_server_unanswered(mediator::Scope scope, const std::string& id_key, bool delivered, std::string how) override;
  void on_server_session_lost(std::string how) override;
  void on_server_gone(std::string how, std::uint64_t written) override;
  void note(mediator::Level level, std::string_view text) override;
  void after_messages(std::function<void()> work) override { work(); }
  bool is_waiting(mediator::Scope scope, const std::string& id_key) override;

  void open(bool probe);
  void reopen();
  void advance();
  void late();
  void cut_short(const std::string& why);
  void end();
  void finish();
  std::string explained(std::string why);

  net::Loop& loop_;
  Connection& connection_;
  const ListOptions options_;
  std::function<void(base::Result<Listing>)> done_;
  Dialogue dialogue_;
  std::unique_ptr<proxy::ServerLink> link_;
  net::Timer limit_, probe_;
  std::string trouble_;                // why it was given up here; "": see dialogue_
  std::vector<std::string> warnings_;  // of the link
  bool sending_ = false, ending_ = false, reopening_ = false, reopened_ = false;
};

}  // namespace client
