// Collecting pages into definitions.
#include "tools/registry.h"

#include <algorithm>
#include <utility>

#include "base/decimal.h"
#include "json/writer.h"

namespace tools {
namespace {

constexpr base::Duration default_ttl = std::chrono::minutes(5);
constexpr std::size_t max_repeated = 16;  // names that are reported

// At least a second, so that the calls which waited for the list can be decided by it.
base::Duration time_to_live(json::Value result) {
  constexpr base::Duration shortest = std::chrono::seconds(1);
  const json::Value ttl = result.find("ttlMs");
  if (!ttl.is_number()) return default_ttl;
  const auto number = base::Decimal::parse(ttl.number());
  if (!number || number->is_negative()) return shortest;
  const auto ms = base::Amount::from(*number);
  if (!ms) return default_ttl;
  const base::Amount bound =
      base::Amount::of(std::chrono::duration_cast<std::chrono::milliseconds>(default_ttl).count());
  if (*ms > bound) return default_ttl;
  const auto asked = std::chrono::nanoseconds(static_cast<std::int64_t>(ms->raw() / (base::Amount::scale / 1'000'000)));
  return std::max<base::Duration>(asked, shortest);
}

}  // namespace

void Registry::add_page(std::string_view cursor, json::Value result, base::BootTime now) {
  const json::Value tools = result.find("tools");
  if (!tools.is_array()) return;
  if (cursor.empty()) {
    partial_.clear();
    partial_bytes_ = 0;
    chain_open_ = true;
    overflow_ = false;
    chain_expires_ = now + default_ttl;
  } else if (!chain_open_ || cursor != expected_cursor_) {
    return;
  }
  chain_expires_ = std::min(chain_expires_, now + time_to_live(result));
  if (!overflow_) {
    json::write(partial_.emplace_back().text, tools);
    partial_bytes_ += partial_.back().text.size();
    overflow_ = partial_bytes_ > max_bytes;
    if (overflow_) partial_.clear();
  }
  const json::Value next = result.find("nextCursor");
  if (next.is_string()) {
    expected_cursor_ = next.string();
    return;
  }
  chain_open_ = false;
  if (overflow_) return;  // too much to keep: stays unknown, and rules that need it refuse
  index_.clear();
  earlier_ = std::exchange(definitions_, {});
  pages_ = std::move(partial_);
  partial_.clear();
  indexed_ = false;
  complete_ = true;
  expires_ = chain_expires_;
}

void Registry::index() {
  if (std::exchange(indexed_, true)) return;
  for (Page& page : pages_) {
    if (!page.document.read(page.text, json::Profile::tolerant)) continue;  // the writer wrote it: cannot fail
    for (const json::Value tool : page.document.root().elements()) {
      const json::Value name = tool.find("name");
      if (!name.is_string()) continue;
      const bool is_new = index_.size() < max_tools && index_.emplace(name.string(), tool).second;
      if (!is_new && repeated_.size() < max_repeated) repeated_.emplace_back(name.string());
    }
  }
}

const Definition* Registry::find(std::string_view name) {
  if (const auto known = definitions_.find(name); known != definitions_.end()) return known->second.get();
  index();
  const auto it = index_.find(name);
  if (it == index_.end()) return nullptr;
  std::string text;
  json::write(text, it->second);
  const auto earlier = earlier_.find(name);
  const bool unchanged = earlier != earlier_.end() && earlier->second != nullptr && earlier->second->text == text;
  auto d = unchanged ? std::move(earlier->second) : Definition::read(name, std::move(text));
  if (d == nullptr) return nullptr;  // cannot fail, as above
  return definitions_.emplace(d->name, std::move(d)).first->second.get();
}

std::vector<std::string> Registry::take_repeated() { return std::exchange(repeated_, {}); }

void Registry::invalidate() {
  complete_ = false;
  chain_open_ = false;
}

bool Registry::current(base::BootTime now) const { return complete_ && now < expires_; }

}  // namespace tools
