// Look-ups in a lowered policy: which entries apply to a name, what is hidden, which text a limit gives.
#include "policy/snapshot.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "policy/counter_key.h"
#include "policy/digest.h"
#include "policy/messages.h"

namespace policy {
namespace {

// A resource has two names: as sent and in normal form. A denial matches on either, a permission needs both.
struct Names {
  std::string_view sent, normal;
  bool differ = false;
};

// How an entry's glob or literal stands to the names.
struct Hit {
  bool either = false, both = false;
};

Hit hit(const CompiledEntry& entry, const Names& names) {
  const auto matches = [&](std::string_view name) {
    return entry.glob.matches(name) || (!entry.normal.empty() && entry.normal == name);
  };
  const bool sent = matches(names.sent);
  if (!names.differ) return {sent, sent};
  const bool normal = matches(names.normal);
  return {sent || normal, sent && normal};
}

}  // namespace

bool LoweredPolicy::collect(Named kind, std::string_view name, const Subject* subject, bool everything,
                            ApplyingList& out) const {
  const EntryTable& table = tables_[static_cast<std::size_t>(kind)];
  std::string normal;
  Names names{name, name, false};
  if (kind == Named::resources) {
    normal = normal_uri(name);
    names = {name, normal, normal != name};
  }
  bool named = false;
  const std::size_t first = out.size();
  const auto take = [&](const CompiledEntry* entry, bool both) {
    out.add({entry, subject});
    named = named || both;
  };
  if (const auto found = table.exact.find(names.sent); found != table.exact.end()) {
    for (const CompiledEntry* e : found->second) take(e, hit(*e, names).both);
  }
  if (names.differ) {
    if (const auto found = table.exact.find(names.normal); found != table.exact.end()) {
      for (const CompiledEntry* e : found->second) {
        bool taken = false;
        for (std::size_t i = first; i < out.size(); ++i) taken = taken || out[i].entry == e;
        if (!taken) take(e, hit(*e, names).both);
      }
    }
  }
  for (const CompiledEntry* e : table.globs) {
    const Hit h = hit(*e, names);
    if (h.either) take(e, h.both);
  }
  if (everything) {
    for (const CompiledEntry* e : table.everything) out.add({e, subject});
  }
  return named;
}

bool LoweredPolicy::matches_hidden(std::string_view tool) const {
  if (hidden_.find(tool) != hidden_.end()) return true;
  return std::any_of(hidden_globs_.begin(), hidden_globs_.end(), [&](const base::Glob& g) { return g.matches(tool); });
}

const Hidden* LoweredPolicy::hidden_by(std::string_view tool) const {
  const auto in = [&](const std::vector<Hidden>& list) -> const Hidden* {
    const auto found = std::ranges::find_if(list, [&](const Hidden& h) { return base::Glob(h.pattern).matches(tool); });
    return found == list.end() ? nullptr : &*found;
  };
  for (const ServerRules& server : policy_.servers) {
    if (server_.empty() || server.name != server_) continue;
    if (const Hidden* found = in(server.rules.hide)) return found;
  }
  return in(policy_.rules.hide);
}

std::string_view LoweredPolicy::server_of(const Entry& entry) const {
  for (const ServerRules& server : policy_.servers) {
    if (server.name != server_) continue;
    for (const auto* list :
         {&server.rules.tools, &server.rules.resources, &server.rules.prompts, &server.rules.methods}) {
      const bool inside = !list->empty() && &entry >= list->data() && &entry < list->data() + list->size();
      if (inside) return server.name;
    }
  }
  return {};
}

bool LoweredPolicy::hides(std::string_view tool) const { return !is_shadow() && matches_hidden(tool); }

bool LoweredPolicy::hides_anything() const { return !is_shadow() && !(hidden_.empty() && hidden_globs_.empty()); }

// Rates are told apart by their window alone, which is what may have changed; so they share a name.
std::vector<CounterInfo> LoweredPolicy::counters() const {
  std::vector<CounterInfo> out;
  std::set<std::array<std::string, 3>> seen;
  for (const Tagged& t : tagged_) {
    const Limit& limit = *t.limit;
    std::string name = t.entry;
    switch (limit.kind) {
      case Limit::Kind::rate:
        name += ", rate limit";
        break;
      case Limit::Kind::spend:
        name += ", spend limit on " + limit.amount_from->text();
        break;
      case Limit::Kind::concurrency:
        name += ", concurrency";
        break;
      case Limit::Kind::state:
      case Limit::Kind::hosted:
        name += ", counter " + limit.counter;
        break;
    }
    std::string window = limit.window.spelled();
    if (limit.window.type == limits::WindowType::lease) window = "while a call runs";
    if (limit.window.type == limits::WindowType::sliding) window += ", sliding";
    if (limit.window.type == limits::WindowType::calendar) window += ", calendar";
    std::array<std::string, 3> key{std::move(name), std::move(window), std::string(scope_word(limit.scope))};
    if (const auto [at, fresh] = seen.insert(std::move(key)); fresh) out.push_back({(*at)[0], (*at)[1], (*at)[2]});
  }
  return out;
}

const RuleInfo& LoweredPolicy::rule_info(std::uint32_t tag) const {
  assert(tag < tagged_.size());
  return tagged_[tag].info;
}

std::string LoweredPolicy::limit_message(const limits::Charge& charge, const limits::Refusal& refusal) const {
  if (refusal.why != limits::Why::limit) return store_message(refusal);
  assert(charge.tag < tagged_.size());
  const Tagged& tagged = tagged_[charge.tag];
  return tagged.info.on_deny.empty() ? reached_message(*tagged.limit, refusal) : tagged.info.on_deny;
}

std::string LoweredPolicy::rules_digest(SubjectKind kind, std::string_view name) const {
  static constexpr std::string_view methods[] = {"tools/call", "resources/read", "prompts/get"};
  ApplyingList list;
  collect(Named::methods, methods[static_cast<std::size_t>(kind)], nullptr, true, list);
  collect(section_of(kind), name, nullptr, true, list);
  RulesDigest digest;
  digest.add_word(server_);
  digest.add_flag(is_shadow());
  digest.add_flag(kind == SubjectKind::tool && matches_hidden(name));
  digest.add_flag(table(section_of(kind)).fallback == Default::deny);
  for (std::size_t i = 0; i < list.size(); ++i) digest.add(*list[i].entry->source);
  return digest.finish();
}

}  // namespace policy
