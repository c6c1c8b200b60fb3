// The rows of the state database: counters, their segments, leases. Prepared once per connection.
// All of it inside a transaction of the caller's. A failing statement gives its code and changes nothing that the
// caller could go on with: the transaction is to be rolled back.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limits/segmented.h"
#include "limits/window.h"
#include "store/counter_codec.h"
#include "store/sqlite.h"

namespace store {

// One counter, as its row says.
struct CounterRow {
  std::int64_t id = 0;  // never given to another
  std::string key;
  CounterState state;
  std::string max;         // as text, of the last charge; "" if there was none
  std::string charged_by;  // who made it
};

struct Lease {
  std::string owner;  // an instance
  std::int64_t number = 0;
  base::Amount amount;
  base::WallTime since;
};

class StateRows {
 public:
  explicit StateRows(Sqlite& sqlite);

  // Sql::row: found; Sql::done: there is none. A row that does not decode is Sql::corrupt.
  Sql find(std::string_view key, const limits::Window& window, CounterRow& out);
  Sql find(std::int64_t id, CounterRow& out);
  // The first with an id above `id`, for walking over all.
  Sql next(std::int64_t id, CounterRow& out);
  // Gives the row its id.
  Sql insert(CounterRow& row);
  Sql update(const CounterRow& row);
  // With its segments and leases.
  Sql erase(std::int64_t id);
  Sql count(std::size_t& out);

  Sql leases(std::int64_t counter, std::vector<Lease>& out);
  Sql add_lease(std::int64_t counter, const Lease& lease);
  Sql free_lease(std::int64_t counter, std::string_view owner, std::int64_t number);
  // All of an owner, of one counter.
  Sql free_owner(std::int64_t counter, std::string_view owner);

  // A number of the table meta; nullopt if it is not there.
  Sql meta(std::string_view name, std::optional<std::int64_t>& out);
  Sql set_meta(std::string_view name, std::int64_t value);

  Sqlite& sqlite() { return sqlite_; }

 private:
  friend class RowSegments;
  Sql read(Statement& statement, CounterRow& out);

  Sqlite& sqlite_;
  std::string bytes_;  // of what is being written
  Statement find_, find_id_, next_, insert_, update_, erase_, count_;
  Statement segment_, segments_, add_segment_, erase_segment_, erase_segments_;
  Statement leases_, add_lease_, free_lease_, free_owner_, free_all_;
  Statement meta_, set_meta_;
};

// The segments of one counter. What failed is remembered: look at `failed` before going on.
class RowSegments final : public limits::Segments {
 public:
  RowSegments(StateRows& rows, std::int64_t counter) : rows_(rows), counter_(counter) {}
  std::vector<limits::Step> find(base::BootTime from) override;
  std::vector<limits::Step> all() override;
  void append(std::span<const limits::Step> steps) override;
  void replace(base::BootTime name, std::span<const limits::Step> steps) override;
  void clear() override;

  Sql failed = Sql::done;

 private:
  void note(Sql code);
  StateRows& rows_;
  std::int64_t counter_;
};

}  // namespace store
