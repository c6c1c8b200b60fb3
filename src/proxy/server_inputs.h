// What a ServerLink brings becomes input of a mediator's session, in order, whether the desk is busy or not. Shared by
// the drivers whose server side is a link.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "proxy/desk.h"
#include "proxy/server_link.h"
#include "tools/param_headers.h"

namespace proxy {

class ServerInputs : public ServerLink::Handler {
 public:
  // `member` is whose session gets the input. All must outlive it.
  ServerInputs(Desk& desk, Desk::Member& member) : desk_(desk), member_(member) {}

  void on_server_message(std::string_view text, mediator::Scope scope) override;
  void on_server_oversized(std::string_view prefix, std::size_t limit) override;
  void on_server_status(mediator::Scope scope, const std::string& id_key, unsigned status, std::string body) override;
  void on_server_unanswered(mediator::Scope scope, const std::string& id_key, bool delivered, std::string how) override;
  void on_server_session_lost(std::string how) override;
  void on_server_gone(std::string how, std::uint64_t written) override;
  void note(mediator::Level level, std::string_view text) override { desk_.note(level, text); }
  void after_messages(std::function<void()> work) override;
  bool is_waiting(mediator::Scope scope, const std::string& id_key) override {
    return member_.session().is_waiting(scope, id_key);
  }

  // Gives input now, or in its turn. `give` returns false if the store must be prepared first.
  template <class F>
  void input(F give) {
    if (!desk_.busy()) {
      desk_.touch(member_);
      if (give()) return;
    }
    desk_.later(member_, std::move(give));
  }

 protected:
  // Called for each input from the server before it is given, in its turn.
  virtual void before_input(mediator::Scope scope) { static_cast<void>(scope); }

 private:
  Desk& desk_;
  Desk::Member& member_;
};

// What a line that the mediator put out for the server becomes on its way.
struct Outgoing {
  ToServer message;
  const tools::ParamHeaders* params = nullptr;  // of the called tool, if it is known; valid until the next input
};
Outgoing outgoing(std::string_view line, const mediator::Line& mark, mediator::Session& session);

}  // namespace proxy
