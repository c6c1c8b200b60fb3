// One transaction each: what is shown belongs together.
#include "store/state_report.h"

#include <algorithm>

#include "store/state_batch.h"
#include "store/state_file.h"
#include "store/state_look.h"

namespace store {
namespace {

std::unexpected<base::Error> failed(StateFile& file, const std::string& directory) {
  return base::fail(directory + "/state.db: " + file.sqlite().error());
}

// What a row holds now.
Sql report_row(StateRows& rows, CounterRow& row, const limits::Moment& now, const IsAlive& is_alive,
               CounterReport& out) {
  out.id = row.id;
  out.key = row.key;
  out.window = row.state.window;
  out.max = row.max;
  out.charged_by = row.charged_by;
  const base::Duration length = window_length(row.state.window);
  switch (row.state.window.type) {
    case limits::WindowType::sliding: {
      RowSegments segments(rows, row.id);
      row.state.sliding.expire(segments, now.boot, length);  // undone by the caller's rollback
      out.held = row.state.sliding.total;
      if (!out.held.is_zero()) {
        out.next_free = row.state.sliding.first + length - now.boot;
        out.all_free = row.state.sliding.empty_at(length) - now.boot;
      }
      return segments.failed;
    }
    case limits::WindowType::calendar:
      out.held = row.state.calendar.total(now);
      if (!out.held.is_zero()) out.next_free = out.all_free = row.state.calendar.wait(now);
      return Sql::done;
    case limits::WindowType::lease:
      break;
  }
  const Sql code = rows.leases(row.id, out.leases);
  std::erase_if(out.leases, [&](const Lease& l) { return is_alive && !is_alive(l.owner); });
  for (const Lease& l : out.leases) out.held = out.held + l.amount;
  return code;
}

Sql report_all(StateRows& rows, const limits::Moment& now, const IsAlive& is_alive, std::vector<CounterReport>& out) {
  CounterRow row;
  Sql code = rows.next(0, row);
  while (code == Sql::row) {
    const std::int64_t id = row.id;
    CounterReport report;
    if (code = report_row(rows, row, now, is_alive, report); code != Sql::done) return code;
    out.push_back(std::move(report));
    code = rows.next(id, row);
  }
  return code;
}

}  // namespace

base::Result<std::optional<StateReport>> report_state(const std::string& directory, const base::Clock& clock,
                                                      const IsAlive& is_alive) {
  if (!state_is_there(directory)) return std::nullopt;
  auto file = open_to_look(directory, clock);
  if (!file) return std::unexpected(file.error());
  StateReport out;
  if (file->sqlite().run("BEGIN IMMEDIATE") != Sql::done) return failed(*file, directory);
  StateRows rows(file->sqlite());
  const Sql code = report_all(rows, file->now(clock), is_alive, out.counters);
  if (code != Sql::done) return failed(*file, directory);
  static_cast<void>(file->sqlite().run("ROLLBACK"));
  if (file->lost()) out.lost = file->lost()->wall;
  return out;
}

base::Result<std::vector<CounterReport>> reset_state(const std::string& directory, const base::Clock& clock,
                                                     const std::function<bool(const CounterReport&)>& chosen,
                                                     bool forget_loss, const RecordReset& record) {
  std::vector<CounterReport> out;
  if (!state_is_there(directory)) return out;
  auto file = open_to_look(directory, clock);
  if (!file) return std::unexpected(file.error());
  if (file->sqlite().run("BEGIN IMMEDIATE") != Sql::done) return failed(*file, directory);
  StateRows rows(file->sqlite());
  const limits::Moment now = file->now(clock);
  std::vector<CounterReport> all;
  Sql code = report_all(rows, now, {}, all);
  for (CounterReport& report : all) {
    if (code != Sql::done) break;
    if (!chosen(report)) continue;
    CounterRow row;
    if (code = rows.find(report.id, row); code != Sql::row) break;
    RowSegments segments(rows, row.id);
    segments.clear();
    row.state.sliding = {};
    row.state.calendar = {};
    row.state.reset_at = now.boot;
    code = segments.failed == Sql::done ? rows.update(row) : segments.failed;
    for (const Lease& l : report.leases) {
      if (code == Sql::done) code = rows.free_lease(row.id, l.owner, l.number);
    }
    out.push_back(std::move(report));
  }
  if (code == Sql::done && forget_loss) {
    code = file->sqlite().run("DELETE FROM meta WHERE name IN ('lost_store', 'lost_wall')");
  }
  if (code != Sql::done) return failed(*file, directory);
  if (record) {
    if (auto recorded = record(out); !recorded) {
      static_cast<void>(file->sqlite().run("ROLLBACK"));
      return base::fail("nothing was reset, because it cannot be recorded: " + recorded.error().message);
    }
  }
  code = file->sqlite().run("COMMIT");
  if (code != Sql::done) return failed(*file, directory);
  return out;
}

}  // namespace store
