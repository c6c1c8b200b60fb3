// One statement a purpose; every one is reset before its function returns, so that none keeps a lock or a bound view.
#include "store/state_rows.h"

namespace store {
namespace {

constexpr const char* columns = "id, key, state, max, charged_by";

std::string select(const char* rest) { return std::string("SELECT ") + columns + " FROM counters " + rest; }

}  // namespace

StateRows::StateRows(Sqlite& sqlite)
    : sqlite_(sqlite),
      find_(sqlite.prepare(select("WHERE key = ? AND window = ?").c_str())),
      find_id_(sqlite.prepare(select("WHERE id = ?").c_str())),
      next_(sqlite.prepare(select("WHERE id > ? ORDER BY id LIMIT 1").c_str())),
      insert_(sqlite.prepare("INSERT INTO counters(key, window, state, max, charged_by) VALUES(?, ?, ?, ?, ?)")),
      update_(sqlite.prepare("UPDATE counters SET state = ?, max = ?, charged_by = ? WHERE id = ?")),
      erase_(sqlite.prepare("DELETE FROM counters WHERE id = ?")),
      count_(sqlite.prepare("SELECT count(*) FROM counters")),
      segment_(sqlite.prepare("SELECT steps FROM segments WHERE counter = ? AND name >= ? ORDER BY name LIMIT 1")),
      segments_(sqlite.prepare("SELECT steps FROM segments WHERE counter = ? ORDER BY name")),
      add_segment_(sqlite.prepare("INSERT INTO segments VALUES(?, ?, ?)")),
      erase_segment_(sqlite.prepare("DELETE FROM segments WHERE counter = ? AND name = ?")),
      erase_segments_(sqlite.prepare("DELETE FROM segments WHERE counter = ?")),
      leases_(sqlite.prepare("SELECT owner, number, amount, since FROM leases WHERE counter = ?")),
      add_lease_(sqlite.prepare("INSERT INTO leases VALUES(?, ?, ?, ?, ?)")),
      free_lease_(sqlite.prepare("DELETE FROM leases WHERE counter = ? AND owner = ? AND number = ?")),
      free_owner_(sqlite.prepare("DELETE FROM leases WHERE counter = ? AND owner = ?")),
      free_all_(sqlite.prepare("DELETE FROM leases WHERE counter = ?")),
      meta_(sqlite.prepare("SELECT value FROM meta WHERE name = ?")),
      set_meta_(sqlite.prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)")) {}

Sql StateRows::read(Statement& statement, CounterRow& out) {
  Sql code = statement.step();
  if (code == Sql::row) {
    out.id = statement.integer(0);
    out.key = statement.text(1);
    auto state = decode(statement.text(2));
    out.max = statement.text(3);
    out.charged_by = statement.text(4);
    if (state) {
      out.state = std::move(*state);
    } else {
      code = Sql::corrupt;
    }
  }
  statement.reset();
  return code;
}

Sql StateRows::find(std::string_view key, const limits::Window& window, CounterRow& out) {
  const std::string tag = window.tag();
  find_.bind_bytes(1, key).bind_text(2, tag);
  const Sql code = read(find_, out);
  return code == Sql::row && out.state.window != window ? Sql::corrupt : code;
}

Sql StateRows::find(std::int64_t id, CounterRow& out) {
  find_id_.bind(1, id);
  return read(find_id_, out);
}

Sql StateRows::next(std::int64_t id, CounterRow& out) {
  next_.bind(1, id);
  return read(next_, out);
}

Sql StateRows::insert(CounterRow& row) {
  const std::string tag = row.state.window.tag();
  bytes_.clear();
  encode(bytes_, row.state);
  insert_.bind_bytes(1, row.key).bind_text(2, tag).bind_bytes(3, bytes_).bind_text(4, row.max);
  const Sql code = insert_.bind_text(5, row.charged_by).run();
  row.id = sqlite_.last_id();
  return code;
}

Sql StateRows::update(const CounterRow& row) {
  bytes_.clear();
  encode(bytes_, row.state);
  return update_.bind_bytes(1, bytes_).bind_text(2, row.max).bind_text(3, row.charged_by).bind(4, row.id).run();
}

Sql StateRows::erase(std::int64_t id) {
  for (Statement* statement : {&erase_segments_, &free_all_, &erase_}) {
    if (const Sql code = statement->bind(1, id).run(); code != Sql::done) return code;
  }
  return Sql::done;
}

Sql StateRows::count(std::size_t& out) {
  const Sql code = count_.step();
  if (code == Sql::row) out = static_cast<std::size_t>(count_.integer(0));
  count_.reset();
  return code == Sql::row ? Sql::done : code;
}

Sql StateRows::leases(std::int64_t counter, std::vector<Lease>& out) {
  out.clear();
  leases_.bind(1, counter);
  Sql code = leases_.step();
  for (; code == Sql::row; code = leases_.step()) {
    const auto amount = decode_amount(leases_.text(2));
    if (!amount) {
      code = Sql::corrupt;
      break;
    }
    out.push_back({std::string(leases_.text(0)), leases_.integer(1), *amount,
                   base::WallTime(base::Duration(leases_.integer(3)))});
  }
  leases_.reset();
  return code;
}

Sql StateRows::add_lease(std::int64_t counter, const Lease& lease) {
  bytes_.clear();
  encode_amount(bytes_, lease.amount);
  add_lease_.bind(1, counter).bind_text(2, lease.owner).bind(3, lease.number).bind_bytes(4, bytes_);
  return add_lease_.bind(5, lease.since.time_since_epoch().count()).run();
}

Sql StateRows::free_lease(std::int64_t counter, std::string_view owner, std::int64_t number) {
  return free_lease_.bind(1, counter).bind_text(2, owner).bind(3, number).run();
}

Sql StateRows::free_owner(std::int64_t counter, std::string_view owner) {
  return free_owner_.bind(1, counter).bind_text(2, owner).run();
}

Sql StateRows::meta(std::string_view name, std::optional<std::int64_t>& out) {
  out.reset();
  meta_.bind_text(1, name);
  const Sql code = meta_.step();
  if (code == Sql::row) out = meta_.integer(0);
  meta_.reset();
  return code == Sql::row ? Sql::done : code;
}

Sql StateRows::set_meta(std::string_view name, std::int64_t value) {
  return set_meta_.bind_text(1, name).bind(2, value).run();
}

void RowSegments::note(Sql code) {
  if (code != Sql::done && code != Sql::row) failed = code;
}

std::vector<limits::Step> RowSegments::find(base::BootTime from) {
  Statement& s = rows_.segment_;
  s.bind(1, counter_).bind(2, from.time_since_epoch().count());
  const Sql code = s.step();
  std::optional<std::vector<limits::Step>> steps;
  if (code == Sql::row) {
    steps = decode_steps(s.text(0));
    if (!steps) failed = Sql::corrupt;
  }
  note(code);
  s.reset();
  return steps.value_or(std::vector<limits::Step>());
}

std::vector<limits::Step> RowSegments::all() {
  Statement& s = rows_.segments_;
  s.bind(1, counter_);
  std::vector<limits::Step> out;
  Sql code = s.step();
  for (; code == Sql::row; code = s.step()) {
    const auto steps = decode_steps(s.text(0));
    if (!steps || out.size() > limits::exact_steps) {
      code = Sql::corrupt;
      break;
    }
    out.insert(out.end(), steps->begin(), steps->end());
  }
  note(code);
  s.reset();
  return out;
}

void RowSegments::append(std::span<const limits::Step> steps) {
  std::string& bytes = rows_.bytes_;
  bytes.clear();
  encode_steps(bytes, steps);
  Statement& s = rows_.add_segment_;
  s.bind(1, counter_).bind(2, steps.back().newest.time_since_epoch().count()).bind_bytes(3, bytes);
  note(s.run());
}

void RowSegments::replace(base::BootTime name, std::span<const limits::Step> steps) {
  note(rows_.erase_segment_.bind(1, counter_).bind(2, name.time_since_epoch().count()).run());
  if (!steps.empty()) append(steps);
}

void RowSegments::clear() { note(rows_.erase_segments_.bind(1, counter_).run()); }

}  // namespace store
