// lower(): from a Policy to the tables that evaluate() walks. Entries first, with their limits and counters' keys; then
// the conditions, which may read a counter of any entry.
#include <algorithm>
#include <cassert>
#include <set>
#include <span>
#include <utility>

#include "policy/counter_key.h"
#include "policy/lower_condition.h"
#include "policy/quick_check.h"
#include "policy/snapshot.h"
#include "tools/definition.h"

namespace policy {
namespace {

using base::fail;
using base::Result;

void name_keys(const json::Path& path, CompiledEntry& entry) {
  if (path.root != "args" && path.root != "params") return;
  json::NamedKeys& keys = path.root == "args" ? entry.args : entry.params;
  const std::span<const json::Step> steps = path.steps;
  if (!steps.empty() && steps.back().kind == json::Step::Kind::key)
    keys.at(steps.first(steps.size() - 1)).add(steps.back().key);
  else
    keys.at(steps);
}

void name_keys(const Condition& c, CompiledEntry& entry) {
  if (c.kind == Condition::Kind::compare) name_keys(c.path, entry);
  for (const Condition& child : c.children) name_keys(child, entry);
}

void name_keys(const Validate& validate, CompiledEntry& entry) {
  entry.reads_input_schema = entry.reads_input_schema || validate.whole == Validate::Whole::servers;
  if (validate.whole == Validate::Whole::written) tools::add_names(entry.args, {}, *validate.schema.compiled);
  for (const Validate::Part& part : validate.args) {
    tools::add_names(entry.args, part.path.steps, *part.schema.compiled);
  }
}

// What "Denied by rule" calls a rule: its name or index, the last part of its id.
std::string_view display_name(std::string_view label) {
  const std::size_t slash = label.find('/');
  return slash == std::string_view::npos ? label : label.substr(slash + 1);
}

// The default of one kind: the server's block before the top level.
Default fallback(const std::optional<Default>& server, const std::optional<Default>& top) {
  return server.value_or(top.value_or(Default::allow));
}

}  // namespace

const char* section_word(Named kind) {
  static constexpr const char* words[] = {"tools", "resources", "prompts", "methods"};
  return words[static_cast<std::size_t>(kind)];
}

Named section_of(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::tool:
      return Named::tools;
    case SubjectKind::resource:
      return Named::resources;
    case SubjectKind::prompt:
      return Named::prompts;
  }
  return Named::tools;
}

LoweredPolicy::LoweredPolicy(Policy policy, const LowerOptions& options)
    : policy_(std::move(policy)),
      server_(options.server_name),
      counter_server_(options.counter_server.empty() ? options.server_name : options.counter_server) {
  if (policy_.lock && options.lock != nullptr)
    lock_ = Lock{options.lock, policy_.lock->on_change, policy_.lock->on_new};
}

Result<void> LoweredPolicy::build() {
  const bool read = empty_.read("{}", json::Profile::strict).has_value();
  assert(read);
  static_cast<void>(read);
  Defaults own;
  for (const ServerRules& server : policy_.servers) {
    if (server_.empty() || server.name != server_) continue;
    own = server.rules.defaults;
    if (auto ok = build_ruleset(server.rules, "servers/" + server.name + '/'); !ok) return ok;
  }
  if (auto ok = build_ruleset(policy_.rules, ""); !ok) return ok;
  const Defaults& top = policy_.rules.defaults;
  tables_[static_cast<std::size_t>(Named::tools)].fallback = fallback(own.tools, top.tools);
  tables_[static_cast<std::size_t>(Named::resources)].fallback = fallback(own.resources, top.resources);
  tables_[static_cast<std::size_t>(Named::prompts)].fallback = fallback(own.prompts, top.prompts);
  tables_[static_cast<std::size_t>(Named::methods)].fallback = fallback(own.methods, top.methods);
  for (CompiledEntry& entry : entries_) {
    if (auto ok = lower_conditions(entry); !ok) return fail(policy_.file + ": " + ok.error().message);
  }
  return {};
}

Result<void> LoweredPolicy::build_ruleset(const Ruleset& rules, const std::string& id_prefix) {
  for (const Hidden& hidden : rules.hide) {
    base::Glob glob(hidden.pattern);
    if (glob.is_literal()) {
      hidden_.insert(glob.literal());
    } else {
      hidden_globs_.push_back(std::move(glob));
    }
  }
  auto& named = tables_[static_cast<std::size_t>(Named::tools)].exact;
  named.reserve(named.size() + rules.tools.size());
  for (const Entry& e : rules.tools) add_entry(Named::tools, e, id_prefix);
  for (const Entry& e : rules.resources) add_entry(Named::resources, e, id_prefix);
  for (const Entry& e : rules.prompts) add_entry(Named::prompts, e, id_prefix);
  for (const Entry& e : rules.methods) add_entry(Named::methods, e, id_prefix);
  return {};
}

void LoweredPolicy::add_entry(Named kind, const Entry& entry, const std::string& id_prefix) {
  CompiledEntry& out = entries_.emplace_back();
  out.source = &entry;
  out.glob = base::Glob(entry.pattern);
  out.rules.reserve(entry.rules.size());
  for (const Rule& rule : entry.rules) add_rule(kind, entry, rule, id_prefix, out);
  EntryTable& table = tables_[static_cast<std::size_t>(kind)];
  if (out.glob.is_everything()) {
    table.everything.push_back(&out);
  } else if (!out.glob.is_literal()) {
    table.globs.push_back(&out);
  } else {
    table.exact[out.literal()].push_back(&out);
    if (kind != Named::resources) return;
    out.normal = normal_uri(out.literal());
    if (out.normal != out.literal()) table.exact[out.normal].push_back(&out);
  }
}

void LoweredPolicy::add_rule(Named kind, const Entry& entry, const Rule& rule, const std::string& id_prefix,
                             CompiledEntry& out) {
  infos_.push_back({rule_id(id_prefix, section_word(kind), entry, rule), rule.on_deny});
  CompiledRule& compiled = out.rules.emplace_back();
  compiled.source = &rule;
  compiled.info = &infos_.back();
  compiled.display_name = display_name(rule.label);
  compiled.shadow = rule.mode.value_or(policy_.mode) == Mode::shadow;
  (compiled.shadow ? out.has_shadow : out.has_enforced) = true;
  for (const Condition& c : rule.when) name_keys(c, out);
  for (const Condition& c : rule.require) name_keys(c, out);
  name_keys(rule.validate, out);
  compiled.limits.reserve(rule.limits.size());
  for (const Limit& limit : rule.limits) {
    if (limit.amount_from) name_keys(*limit.amount_from, out);
    if (limit.currency_from) name_keys(*limit.currency_from, out);
    CompiledLimit& l = compiled.limits.emplace_back();
    l.source = &limit;
    l.key = key_prefix(counter_server_, section_word(kind), entry.pattern, limit);
    uses_store_ = uses_store_ || limit.scope != Scope::session;
    l.open_key = is_open_scope(limit.scope);
    if (!l.open_key) append_key_part(l.key, "");
    l.shadow_key = shadow_key(l.key);
    l.max = limit.max;
    // A total that stays below N is one that is at most N less the smallest amount.
    if (l.max && limit.exclusive) l.max = base::Amount::from_raw(l.max->raw() - 1);
    l.tag = static_cast<std::uint32_t>(tagged_.size());
    tagged_.push_back({{compiled.info->id, limit.on_deny.empty() ? rule.on_deny : limit.on_deny},
                       &limit,
                       id_prefix + section_word(kind) + '/' + entry.pattern});
  }
}

Result<void> LoweredPolicy::lower_conditions(CompiledEntry& entry) {
  ConditionContext context;
  context.patterns = &patterns_;
  context.counter = [&](std::string_view text) { return find_counter(entry, text); };
  for (CompiledRule& rule : entry.rules) {
    const auto lower_list = [&](const std::vector<Condition>& from, std::vector<CompiledCondition>& to,
                                bool& reads) -> Result<void> {
      to.reserve(from.size());
      for (const Condition& c : from) {
        auto lowered = lower_condition(c, context);
        if (!lowered) return fail(rule.info->id + ": " + lowered.error().message);
        reads = reads || reads_tool(*lowered);
        to.push_back(std::move(*lowered));
      }
      return {};
    };
    if (auto ok = lower_list(rule.source->when, rule.when, rule.when_reads_tool); !ok) return ok;
    if (auto ok = lower_list(rule.source->require, rule.require, rule.require_reads_tool); !ok) return ok;
    rule.require_reads_tool = rule.require_reads_tool || rule.source->validate.reads_tool();
    entry.quick.push_back(quick_check(rule, quick_texts_));
  }
  return {};
}

// state.<entry>.<counter>: the entry as written ("_global" for "*"), its own entry first.
const CompiledLimit* LoweredPolicy::find_counter(const CompiledEntry& own, std::string_view text) const {
  const auto in_entry = [&](const CompiledEntry& e) -> const CompiledLimit* {
    const std::string_view name = e.source->pattern == "*" ? "_global" : std::string_view(e.source->pattern);
    if (text.size() <= name.size() + 1 || !text.starts_with(name) || text[name.size()] != '.') return nullptr;
    const std::string_view counter = text.substr(name.size() + 1);
    for (const CompiledRule& rule : e.rules) {
      for (const CompiledLimit& limit : rule.limits) {
        const auto kind = limit.source->kind;
        const bool counts = kind == Limit::Kind::state || kind == Limit::Kind::hosted;
        if (counts && limit.source->counter == counter) return &limit;
      }
    }
    return nullptr;
  };
  if (const CompiledLimit* limit = in_entry(own)) return limit;
  for (const CompiledEntry& e : entries_) {
    if (const CompiledLimit* limit = in_entry(e)) return limit;
  }
  return nullptr;
}

base::Result<std::shared_ptr<const Snapshot>> lower(Policy policy, const LowerOptions& options) {
  auto snapshot = std::make_shared<LoweredPolicy>(std::move(policy), options);
  if (auto ok = snapshot->build(); !ok) return fail(ok.error().message);
  return snapshot;
}

}  // namespace policy
