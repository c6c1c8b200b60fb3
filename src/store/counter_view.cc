// One open file for all questions; one transaction each.
#include "store/counter_view.h"

#include "base/random.h"
#include "limits/check.h"
#include "store/state_batch.h"
#include "store/state_look.h"

namespace store {

struct CounterView::Impl {
  Impl(Options o, const base::Clock& c) : options(std::move(o)), clock(c) {
    owner.is_alive = options.is_alive;
    owner.others_live = options.others_live;
  }

  // Everything is empty, or the transaction answers.
  limits::Answer ask(const limits::Charge& charge, base::Amount before) {
    if (counters) return counters->ask(charge, before);
    limits::Answer answer;
    if (!limits::is_sound(charge) || limits::room_for(charge, before).is_negative()) answer.wait.reset();
    return answer;
  }

  Options options;
  const base::Clock& clock;
  BatchOwner owner;
  StateFile file;
  std::optional<StateRows> rows;
  std::optional<StateBatch> counters;
  bool asking = false;
};

CounterView::CounterView(Options options, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}

CounterView::~CounterView() { end(); }

base::Result<void> CounterView::begin(base::Duration ahead) {
  end();
  Impl& i = *impl_;
  if (!i.file.is_open() || !i.file.is_current()) {
    i.counters.reset();
    i.rows.reset();
    i.file.close();
    if (state_is_there(i.options.directory)) {
      auto opened = open_to_look(i.options.directory, i.clock);
      if (!opened) return std::unexpected(opened.error());
      i.file = std::move(*opened);
      i.rows.emplace(i.file.sqlite());
      i.counters.emplace(i.file, *i.rows, i.owner);
    }
  }
  i.asking = true;
  if (!i.counters) return {};
  if (i.file.sqlite().run("BEGIN IMMEDIATE") != Sql::done) {
    i.asking = false;
    return base::fail(i.options.directory + "/state.db: " + i.file.sqlite().error());
  }
  limits::Moment now = i.file.now(i.clock);
  now.boot += ahead;
  now.wall += ahead;
  i.counters->begin(now);
  if (i.file.look_for_loss() != Sql::done)
    return base::fail(i.options.directory + "/state.db: " + i.file.sqlite().error());
  return {};
}

void CounterView::end() {
  Impl& i = *impl_;
  if (i.asking && i.counters) static_cast<void>(i.file.sqlite().run("ROLLBACK"));
  i.asking = false;
}

std::optional<limits::Refusal> CounterView::check(std::span<const limits::Charge> charges) {
  if (charges.empty()) return std::nullopt;
  Impl& i = *impl_;
  const limits::Refusal unavailable{limits::Why::unavailable, 0, std::nullopt, {}};
  if (!i.asking) return unavailable;
  auto found = limits::check_charges(
      charges, [&](const limits::Charge& c, std::size_t, base::Amount before) { return i.ask(c, before); });
  if (i.counters && i.counters->failed() != Sql::done) return unavailable;
  return found;
}

std::optional<base::Amount> CounterView::value(const limits::Charge& counter) {
  Impl& i = *impl_;
  if (!i.asking) return std::nullopt;
  return i.counters ? i.counters->value(counter) : base::Amount();
}

std::expected<limits::ReservationId, limits::Refusal> CounterView::reserve(std::span<const limits::Charge> charges) {
  if (charges.empty()) return limits::ReservationId{0};
  return std::unexpected(limits::Refusal{limits::Why::unavailable, 0, std::nullopt, {}});
}

}  // namespace store
