// The only file that includes sqlite3.h.
#include "store/sqlite.h"

#include <sqlite3.h>

#include <cassert>

namespace store {
namespace {

Sql code_of(int rc) {
  switch (rc & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
      return Sql::done;
    case SQLITE_ROW:
      return Sql::row;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Sql::busy;
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return rc == SQLITE_IOERR_CORRUPTFS ? Sql::corrupt : Sql::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Sql::corrupt;
    default:
      return Sql::failed;
  }
}

}  // namespace

struct Sqlite::Callbacks {
  std::function<bool(int)> wait;
  std::function<void(int)> commit;
};

Sqlite::Sqlite() = default;
Sqlite::Sqlite(Sqlite&& other) noexcept = default;
Sqlite::~Sqlite() = default;

Sqlite& Sqlite::operator=(Sqlite&& other) noexcept {
  connection_ = std::move(other.connection_);  // closed before what it calls is gone
  callbacks_ = std::move(other.callbacks_);
  return *this;
}

void Statement::Finalize::operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
void Sqlite::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Statement& Statement::bind(int place, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), place, value);
  return *this;
}

Statement& Statement::bind_text(int place, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), place, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_bytes(int place, std::string_view value) {
  sqlite3_bind_blob64(statement_.get(), place, value.data(), value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null(int place) {
  sqlite3_bind_null(statement_.get(), place);
  return *this;
}

Sql Statement::step() { return code_of(sqlite3_step(statement_.get())); }
void Statement::reset() { sqlite3_reset(statement_.get()); }

Sql Statement::run() {
  const Sql code = step();
  reset();
  return code;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::expected<Sqlite, Sqlite::Failure> Sqlite::open(const std::string& path, bool create) {
  Sqlite out;
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX;
  const int rc = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  out.connection_.reset(db);
  if (rc != SQLITE_OK) {
    return std::unexpected(Failure{code_of(rc), db == nullptr ? "out of memory" : sqlite3_errmsg(db)});
  }
  out.callbacks_ = std::make_unique<Callbacks>();
  sqlite3_extended_result_codes(db, 1);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_busy_handler(
      db,
      [](void* self, int attempt) {
        const auto& wait = static_cast<Callbacks*>(self)->wait;
        return wait && wait(attempt) ? 1 : 0;
      },
      out.callbacks_.get());
  sqlite3_wal_autocheckpoint(db, 0);
  return out;
}

Statement Sqlite::prepare(const char* sql) {
  Statement out;
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  static_cast<void>(rc);  // a statement that could not be prepared (a damaged schema) fails at its first step
  out.statement_.reset(statement);
  return out;
}

Sql Sqlite::run(const char* sql) { return code_of(sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr)); }

std::expected<std::string, Sql> Sqlite::ask(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (const int rc = sqlite3_prepare_v2(connection_.get(), sql, -1, &raw, nullptr); rc != SQLITE_OK) {
    return std::unexpected(code_of(rc));
  }
  Statement statement;
  statement.statement_.reset(raw);
  const Sql code = statement.step();
  if (code == Sql::row) return std::string(statement.text(0));
  if (code == Sql::done) return std::string();
  return std::unexpected(code);
}

std::string Sqlite::error() const { return connection_ == nullptr ? "closed" : sqlite3_errmsg(connection_.get()); }
std::int64_t Sqlite::last_id() const { return sqlite3_last_insert_rowid(connection_.get()); }
std::int64_t Sqlite::changes() const { return sqlite3_changes64(connection_.get()); }
void Sqlite::set_wait(std::function<bool(int)> wait) { callbacks_->wait = std::move(wait); }

// (PRAGMA wal_autocheckpoint would take the hook away again.)
void Sqlite::on_commit(std::function<void(int)> callback) {
  callbacks_->commit = std::move(callback);
  sqlite3_wal_hook(
      connection_.get(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Callbacks*>(self)->commit(pages);
        return SQLITE_OK;
      },
      callbacks_.get());
}

Sql Sqlite::checkpoint(bool restart) {
  const int how = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  return code_of(sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, how, nullptr, nullptr));
}

}  // namespace store
