// SQLite, as far as this room needs it: a connection and prepared statements that close themselves, results as one
// small set of codes. The only header that knows sqlite3.h is sqlite.cc's.
// One thread at a time per connection (SQLITE_OPEN_NOMUTEX).
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace store {

enum class Sql : std::uint8_t {
  row,      // a statement has a row
  done,     // it is finished
  busy,     // another process holds the lock
  full,     // the disk is full, or writing failed
  corrupt,  // the file is damaged, or is no database
  failed,   // anything else
};

class Statement {
 public:
  Statement() = default;
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = default;

  // Places are counted from 1. Text and bytes must live until reset().
  Statement& bind(int place, std::int64_t value);
  Statement& bind_text(int place, std::string_view value);
  Statement& bind_bytes(int place, std::string_view value);
  Statement& bind_null(int place);
  Sql step();
  // Ready for the next use; also after an error. Ends whatever the statement read.
  void reset();
  // Runs a statement that gives no rows, and resets it.
  Sql run();
  // Columns of the row, counted from 0. Views live until the next step or reset.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // "" for NULL; bytes, too
  bool is_null(int column) const;

 private:
  friend class Sqlite;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Sqlite {
 public:
  struct Failure {
    Sql code = Sql::failed;
    std::string message;
  };
  Sqlite();
  Sqlite(Sqlite&& other) noexcept;
  Sqlite& operator=(Sqlite&& other) noexcept;
  ~Sqlite();

  // `create`: an empty database is made if there is none. Defensive settings are on; no extension can be loaded.
  static std::expected<Sqlite, Failure> open(const std::string& path, bool create);
  bool is_open() const { return connection_ != nullptr; }
  // Statements must be gone before. Without a checkpoint: that is others' work.
  void close() { connection_.reset(); }

  // For statements that are our own text: a mistake in one is a defect.
  Statement prepare(const char* sql);
  // One or several statements without rows.
  Sql run(const char* sql);
  // The first column of the first row; "" if there is none.
  std::expected<std::string, Sql> ask(const char* sql);
  // What the last failing call said.
  std::string error() const;
  std::int64_t last_id() const;
  std::int64_t changes() const;
  // Asked while a lock is held elsewhere; true: try again. Without one Sql::busy comes at once.
  void set_wait(std::function<bool(int attempt)> wait);
  // After each commit: pages that are in the write-ahead log.
  void on_commit(std::function<void(int pages)> callback);
  // Copies what it can from the write-ahead log into the database without making anybody wait. `restart`: writers wait
  // until all of it is copied, and then the log begins anew.
  Sql checkpoint(bool restart = false);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Callbacks;
  std::unique_ptr<Callbacks> callbacks_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace store
