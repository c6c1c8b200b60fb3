// For tests: a scratch state directory and a SQLite store in it, on fake clocks.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "limits/store_testing.h"
#include "store/sqlite_store.h"

namespace store {

class StoreDir {
 public:
  StoreDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "state-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~StoreDir() { std::filesystem::remove_all(path); }
  StoreDir(const StoreDir&) = delete;
  StoreDir& operator=(const StoreDir&) = delete;

  SqliteStoreOptions options(const std::string& owner = "one") const {
    SqliteStoreOptions o;
    o.directory = path;
    o.owner = owner;
    o.charged_by = "local " + owner;
    o.background = false;
    o.boot_id = [this] { return boot; };
    return o;
  }
  std::unique_ptr<SqliteStore> open(SqliteStoreOptions o) {
    return std::make_unique<SqliteStore>(std::move(o), clock, clock, random);
  }
  std::unique_ptr<SqliteStore> open(const std::string& owner = "one") { return open(options(owner)); }
  // As a driver does: prepares if need be.
  static void make_ready(SqliteStore& store) {
    if (!store.ready()) store.prepare();
    ASSERT_TRUE(store.ready());
  }
  static std::expected<limits::ReservationId, limits::Refusal> reserve(SqliteStore& store,
                                                                       std::vector<limits::Charge> charges,
                                                                       bool commit = true) {
    make_ready(store);
    auto made = store.reserve(charges);
    if (commit) EXPECT_TRUE(store.commit());
    return made;
  }
  static base::Amount value(SqliteStore& store, const std::string& key, const limits::Window& window) {
    make_ready(store);
    const auto held = store.value(limits::charge(key, window, 0));
    EXPECT_TRUE(store.commit());
    EXPECT_TRUE(held);
    return held.value_or(base::Amount());
  }
  std::string file() const { return path + "/state.db"; }

  std::string path;
  std::string boot = "boot-1";
  base::FakeClock clock;
  base::FakeRandom random;
};

}  // namespace store
