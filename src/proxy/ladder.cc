// Each step's time is computed from what has happened; nothing is armed or forgotten.
#include "proxy/ladder.h"

#include <algorithm>

namespace proxy {
namespace {

using Moment = std::optional<base::BootTime>;

Moment after(Moment from, base::Duration d) { return from ? Moment(*from + d) : std::nullopt; }

Moment earliest(Moment a, Moment b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

void first(Moment& moment, base::BootTime now) {
  if (!moment) moment = now;
}

}  // namespace

void Ladder::client_closed(base::BootTime now) { first(client_closed_, now); }
void Ladder::signalled(base::BootTime now) { first(signalled_ ? second_signal_ : signalled_, now); }
void Ladder::output_ended(base::BootTime now) { first(output_ended_, now); }
void Ladder::input_broken(base::BootTime now) { first(input_broken_, now); }
void Ladder::leftover_read(base::BootTime now) { first(leftover_read_, now); }
void Ladder::output(base::BootTime now) { last_output_ = now; }

void Ladder::exited(base::BootTime now) {
  first(exited_, now);
  last_output_ = std::max(last_output_, now);
}

void Ladder::output_paused(bool paused, base::BootTime now) {
  if (paused_ && !paused) last_output_ = now;
  paused_ = paused;
}

Moment Ladder::gone_at() const {
  if (gone_) return std::nullopt;
  if (exited_) {
    if (output_ended_) return std::max(*exited_, *output_ended_);
    if (paused_ || !leftover_read_) return std::nullopt;
    return std::min(last_output_ + times_.silence, *leftover_read_ + times_.drain_limit);
  }
  // On its way out it may close what it likes, and take the time that it has.
  if (client_closed_ || signalled_) return std::nullopt;
  return after(earliest(output_ended_, input_broken_), times_.exit_grace);
}

Moment Ladder::terminate_at() const {
  if (terminated_ || exited_) return std::nullopt;
  return earliest(earliest(after(client_closed_, times_.term_after), signalled_), gone_);
}

Moment Ladder::kill_at() const {
  const Moment ordered = earliest(after(signalled_, times_.signal_kill_after), second_signal_);
  const Moment unwanted = exited_ ? std::nullopt : after(gone_, times_.signal_kill_after);
  return earliest(earliest(after(client_closed_, times_.kill_after), ordered), unwanted);
}

Moment Ladder::give_up_at() const {
  if (gave_up_) return std::nullopt;
  return after(kill_at(), times_.last_wait);
}

Moment Ladder::deadline() const {
  const Moment kill = killed_ || exited_ ? std::nullopt : kill_at();
  return earliest(earliest(gone_at(), terminate_at()), earliest(kill, give_up_at()));
}

std::optional<Ladder::Step> Ladder::due(base::BootTime now) {
  const auto is_due = [now](Moment m) { return m && *m <= now; };
  if (is_due(give_up_at())) {
    gave_up_ = true;
    return Step::give_up;
  }
  if (is_due(gone_at())) {
    gone_ = now;
    return Step::gone;
  }
  if (is_due(terminate_at())) {
    terminated_ = true;
    return Step::terminate;
  }
  if (!killed_ && !exited_ && is_due(kill_at())) {
    killed_ = terminated_ = true;
    return Step::kill;
  }
  return std::nullopt;
}

}  // namespace proxy
