// Compares what a server lists with what was locked. One per session, beside its Registry; fed with every page of
// tools/list that goes by, complete list or not: what a client has seen counts, also if no list ever ends.
// A tool is compared when a page brings it, never when it is called.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/document.h"
#include "tools/definition.h"
#include "tools/lock_file.h"

namespace tools {

// What is known of a tool.
struct LockState {
  enum class Kind : std::uint8_t {
    not_asked,  // no lock
    unlisted,   // it is locked, and no page has brought it yet
    same,
    changed,  // the server lists another definition
    added,    // it is not in the lock
  };
  Kind kind = Kind::not_asked;
  // Views live until the next page.
  std::string_view pinned;  // digest in the lock; "" if added
  std::string_view found;   // digest of what the server lists; "" if same or not known
  std::string_view what;    // changed: "its description and inputSchema changed"
  bool shown = false;       // changed: a client was shown it, and nothing else since
};

class LockCheck {
 public:
  explicit LockCheck(std::shared_ptr<const LockedServer> lock) : lock_(std::move(lock)) {}

  struct Found {
    LockState::Kind kind;  // changed or added
    std::string tool, pinned, digest, what;
  };
  // Whom a page is for. What a client was shown counts until it is shown something else: a server that tells us another
  // thing changes nothing of what the client's model has read.
  enum class For : std::uint8_t { client, us };
  // A page of a tools/list answer; `first`: it begins a list. What of it is not as locked, each tool once a list, at
  // most `max_found` a list.
  std::vector<Found> add_page(bool first, json::Value tools, For whom = For::client);
  // More was found in this list than is told.
  bool is_cut() const { return found_in_list_ > max_found; }

  LockState look(std::string_view tool) const;
  // The locked definition, for rules that read a tool's schema; null if it is not locked. Lives as long as the check.
  const Definition* definition(std::string_view tool);

  const LockedServer& lock() const { return *lock_; }
  bool is_of(const std::shared_ptr<const LockedServer>& lock) const { return lock_ == lock; }

  static constexpr std::size_t max_found = 100;
  static constexpr std::size_t max_added = 1'000;  // whose digests are kept

 private:
  struct Seen {
    std::string digest, what;
    std::uint64_t list;  // in which it was seen last
    bool same;
    For whom;
  };
  void keep(std::string_view name, Seen seen);

  std::shared_ptr<const LockedServer> lock_;
  std::map<std::string, Seen, std::less<>> seen_;          // of locked tools
  std::map<std::string, std::string, std::less<>> added_;  // digests of others
  std::unordered_map<std::string_view, std::unique_ptr<Definition>> definitions_;
  std::uint64_t list_ = 0;
  std::size_t found_in_list_ = 0;
};

// "its description and inputSchema changed, its title is new": the members in which two definitions differ.
std::string changed_members(json::Value before, json::Value after);

}  // namespace tools
