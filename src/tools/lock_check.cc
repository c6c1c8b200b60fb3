// The comparison, page by page.
#include "tools/lock_check.h"

#include <utility>

#include "base/strings.h"
#include "json/writer.h"
#include "tools/digest.h"

namespace tools {
namespace {

constexpr std::size_t most_members = 12;  // that are named

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

std::string canonical(json::Value v) {
  std::string out;
  json::write_canonical(out, v);
  return out;
}

}  // namespace

std::string changed_members(json::Value before, json::Value after) {
  std::vector<std::string> changed, added, gone;
  std::size_t count = 0;
  const auto add = [&](std::vector<std::string>& to, std::string_view name) {
    if (++count <= most_members) to.push_back(base::printable(name, 40));
  };
  for (const json::Member m : after.members()) {
    if (!is_pinned(m.key)) continue;
    const json::Value was = before.find(m.key);
    if (!was) {
      add(added, m.key);
    } else if (canonical(was) != canonical(m.value)) {
      add(changed, m.key);
    }
  }
  for (const json::Member m : before.members()) {
    if (is_pinned(m.key) && !after.find(m.key)) add(gone, m.key);
  }
  std::string out;
  const auto say = [&](const std::vector<std::string>& names, const char* one, const char* many) {
    if (names.empty()) return;
    out += (out.empty() ? "its " : ", its ") + listed(names) + (names.size() == 1 ? one : many);
  };
  say(changed, " changed", " changed");
  say(added, " is new", " are new");
  say(gone, " is gone", " are gone");
  return out;
}

std::vector<LockCheck::Found> LockCheck::add_page(bool first, json::Value tools, For whom) {
  std::vector<Found> out;
  if (first) {
    ++list_;
    found_in_list_ = 0;
  }
  for (const json::Value tool : tools.elements()) {
    const json::Value name = tool.find("name");
    if (!name.is_string()) continue;
    std::string digest = digest_of(tool);
    Found found{LockState::Kind::added, std::string(name.string()), {}, std::move(digest), {}};
    if (const PinnedTool* pinned = lock_->find(found.tool)) {
      const bool same = found.digest == pinned->digest;
      if (!same) {
        json::Document before;
        if (before.read(pinned->definition, json::Profile::tolerant)) found.what = changed_members(before.root(), tool);
      }
      keep(found.tool, {found.digest, found.what, list_, same, whom});
      if (same) continue;
      found.kind = LockState::Kind::changed;
      found.pinned = pinned->digest;
    } else if (added_.size() < max_added || added_.contains(found.tool)) {
      added_.insert_or_assign(found.tool, found.digest);
    }
    if (++found_in_list_ <= max_found) out.push_back(std::move(found));
  }
  return out;
}

// Of several definitions in one list one that is not as locked decides: nobody knows which of them a client takes.
void LockCheck::keep(std::string_view name, Seen seen) {
  const auto it = seen_.find(name);
  if (it == seen_.end()) {
    seen_.emplace(name, std::move(seen));
    return;
  }
  const Seen& before = it->second;
  if (!before.same && before.whom == For::client && seen.whom == For::us) return;
  if (before.list != seen.list || before.same) {
    it->second = std::move(seen);
  }
}

LockState LockCheck::look(std::string_view tool) const {
  LockState out;
  const PinnedTool* pinned = lock_->find(tool);
  if (pinned == nullptr) {
    out.kind = LockState::Kind::added;
    if (const auto it = added_.find(tool); it != added_.end()) out.found = it->second;
    return out;
  }
  out.pinned = pinned->digest;
  const auto it = seen_.find(tool);
  out.kind = it == seen_.end() ? LockState::Kind::unlisted
             : it->second.same ? LockState::Kind::same
                               : LockState::Kind::changed;
  if (out.kind == LockState::Kind::changed) {
    out.found = it->second.digest;
    out.what = it->second.what;
    out.shown = it->second.whom == For::client;
  }
  return out;
}

const Definition* LockCheck::definition(std::string_view tool) {
  const PinnedTool* pinned = lock_->find(tool);
  if (pinned == nullptr) return nullptr;
  auto& place = definitions_[pinned->name];
  if (place == nullptr) place = Definition::read(pinned->name, pinned->definition);
  return place.get();
}

}  // namespace tools
