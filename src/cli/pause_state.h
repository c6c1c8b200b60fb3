// Whether somebody has paused this session's server (store/pause_switch.h), asked before each ruled message.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "mediator/session.h"
#include "store/pause_switch.h"

namespace cli {

class SwitchedPause final : public mediator::PauseState {
 public:
  // `server`: what a pause may name; "" is none that can be named. All must outlive it.
  SwitchedPause(std::string directory, std::string server, const base::Clock& clock, base::Random& random);
  // Opens the switch when it is asked for the first time. What cannot be read counts as a pause.
  std::string_view paused() override;

 private:
  void look();
  std::string directory_, server_;
  const base::Clock& clock_;
  base::Random& random_;
  std::optional<store::PauseSwitch> switch_;
  std::uint64_t generation_ = 0;
  base::BootTime renewed_{};
  bool read_ = false;
  std::string text_;
};

}  // namespace cli
