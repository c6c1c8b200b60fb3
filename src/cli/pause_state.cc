// One load from memory per message; the list is read when the switch says that it changed.
#include "cli/pause_state.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/strings.h"

namespace cli {
namespace {

constexpr base::Duration renew_every = std::chrono::seconds(1);
constexpr base::Duration retry_every = std::chrono::seconds(1);

bool is_missing(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::string text_of(const store::Pause& pause) {
  std::string text = "Paused by an operator";
  if (!pause.reason.empty()) text += ": " + base::printable(pause.reason, store::max_reason);
  return text;
}

}  // namespace

SwitchedPause::SwitchedPause(std::string directory, std::string server, const base::Clock& clock, base::Random& random)
    : directory_(std::move(directory)), server_(std::move(server)), clock_(clock), random_(random) {}

std::string_view SwitchedPause::paused() {
  const base::BootTime now = clock_.boot();
  if (!switch_) {
    if (read_ && now - renewed_ < retry_every) return text_;
    renewed_ = now;
    read_ = true;
    auto opened = store::PauseSwitch::open(directory_, random_);
    if (!opened) {
      // No switch, and none to be made (the disk is full): then nobody has paused anything either. It is looked for
      // again a second later.
      const bool none = is_missing(directory_ + "/switch") && is_missing(directory_ + "/paused.json");
      return text_ = none ? "" : "Refused: the pause switch cannot be read: " + opened.error().message;
    }
    switch_.emplace(std::move(*opened));
    look();
    return text_;
  }
  if (now - renewed_ >= renew_every) {
    renewed_ = now;
    if (const auto renewed = switch_->renew(); !renewed) {
      generation_ = ~switch_->generation();  // so that it is looked at again
      return text_ = "Refused: the pause switch cannot be read: " + renewed.error().message;
    }
  }
  if (switch_->generation() != generation_) look();
  return text_;
}

void SwitchedPause::look() {
  const auto pauses = switch_->read();
  if (!pauses) {
    generation_ = ~switch_->generation();
    text_ = "Refused: " + pauses.error().message;
    return;
  }
  generation_ = pauses->generation;
  const auto ours = pauses->pauses_for(server_);
  text_ = ours.empty() ? "" : text_of(ours.front());
}

}  // namespace cli
