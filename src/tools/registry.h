// What the server says its tools are: the definitions of the last complete tools/list, kept raw (before hiding), with
// what rules need of them. One registry per server and credential.
// Complete means: a chain of pages from the first (no cursor) to one without nextCursor. A list_changed notification,
// the list's ttlMs (or 5 minutes) ends its validity.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "json/document.h"
#include "tools/definition.h"

namespace tools {

class Registry {
 public:
  // A page of a tools/list answer. `cursor` is what the request sent ("" for the first page); `result` the result.
  // Pages of other chains and lists over `max_bytes` are handled here. The page is only kept: what is in it is looked
  // at when a rule asks, since most lists are never asked about.
  void add_page(std::string_view cursor, json::Value result, base::BootTime now);
  // list_changed, or a new server process.
  void invalidate();
  // A complete list is held and still valid.
  bool current(base::BootTime now) const;
  // Definition in the last complete list, or nullptr. Of tools with one name the first counts. Valid until the next
  // call of add_page.
  const Definition* find(std::string_view name);
  // Names in the last complete list.
  template <class F>
  void each_name(F f) {
    index();
    for (const auto& [name, tool] : index_) f(name);
  }
  // Names that the list has more than once, found since the last call.
  std::vector<std::string> take_repeated();

  static constexpr std::size_t max_tools = 50'000;
  static constexpr std::size_t max_bytes = std::size_t{64} << 20;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  struct Page {
    std::string text;         // the result's tools, canonical writer's form
    json::Document document;  // of `text`, once it is indexed
  };
  void index();

  std::deque<Page> pages_, partial_;
  std::unordered_map<std::string_view, json::Value> index_;  // names and tools in pages_
  using Definitions = std::unordered_map<std::string, std::unique_ptr<Definition>, Hash, std::equal_to<>>;
  Definitions definitions_;  // asked for
  Definitions earlier_;      // of the list before: who asks for the list often need not compile the same schemas again
  std::vector<std::string> repeated_;
  bool indexed_ = false;
  std::size_t partial_bytes_ = 0;
  std::string expected_cursor_;
  bool chain_open_ = false, complete_ = false, overflow_ = false;
  base::BootTime expires_{}, chain_expires_{};
};

}  // namespace tools
