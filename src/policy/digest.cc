// A serialisation of rules in which every field has its place; positions in the file are not part of the meaning.
#include "policy/digest.h"

namespace policy {

void RulesDigest::add_word(std::string_view word) {
  state_.update(std::to_string(word.size()) + ':');
  state_.update(word);
}

void RulesDigest::add_number(std::int64_t number) { state_.update(std::to_string(number) + ','); }

void RulesDigest::add(const std::optional<std::int64_t>& number) {
  add_flag(number.has_value());
  add_number(number.value_or(0));
}

void RulesDigest::add(const Constant& c) {
  add_number(static_cast<int>(c.kind));
  add_flag(c.boolean);
  add_word(c.text);
  add_number(static_cast<std::int64_t>(c.items.size()));
  for (const Constant& item : c.items) add(item);
  add_number(static_cast<std::int64_t>(c.members.size()));
  for (const auto& [key, value] : c.members) add_word(key), add(value);
}

void RulesDigest::add(const Condition& c) {
  add_number(static_cast<int>(c.kind));
  add_word(c.path.text());
  add_number(static_cast<int>(c.op));
  add(c.value);
  add_flag(c.coerce);
  add_flag(c.decode_uri);
  add_word(c.base);
  add_number(c.utc_offset_minutes);
  add_number(static_cast<std::int64_t>(c.children.size()));
  for (const Condition& child : c.children) add(child);
}

void RulesDigest::add(const Limit& l) {
  add_number(static_cast<int>(l.kind));
  add_word(l.counter);
  add_word(l.window.tag());
  add_word(l.max ? l.max->text() : "");
  add_flag(l.exclusive);
  add_word(l.increment.text());
  add_word(l.amount_from ? l.amount_from->text() : "");
  add_word(l.currency);
  add_word(l.currency_from ? l.currency_from->text() : "");
  add_number(l.scope ? static_cast<int>(*l.scope) : -1);
  add_number(static_cast<int>(l.refund));
  add_word(l.on_deny);
}

void RulesDigest::add(const Validate& v) {
  add_flag(v.required_args);
  add_number(static_cast<int>(v.whole));
  add_word(v.schema.json);
  add_number(static_cast<std::int64_t>(v.args.size()));
  for (const Validate::Part& part : v.args) {
    add_word(part.path.text());
    add_word(part.schema.json);
  }
}

void RulesDigest::add(const Rule& r) {
  add_word(r.label);
  add_number(static_cast<int>(r.action));
  add_number(static_cast<std::int64_t>(r.when.size()));
  for (const Condition& c : r.when) add(c);
  add_number(static_cast<std::int64_t>(r.require.size()));
  for (const Condition& c : r.require) add(c);
  add_number(static_cast<std::int64_t>(r.limits.size()));
  for (const Limit& l : r.limits) add(l);
  add(r.validate);
  add(r.idempotency_seconds);
  add(r.approval_timeout_seconds);
  add_word(r.on_deny);
  add_number(r.mode ? static_cast<int>(*r.mode) : -1);
  add_number(static_cast<int>(r.direction));
}

void RulesDigest::add(const Entry& e) {
  add_word(e.pattern);
  add_number(static_cast<std::int64_t>(e.rules.size()));
  for (const Rule& r : e.rules) add(r);
}

std::string RulesDigest::finish() { return "sha256:" + base::to_hex(state_.finish()); }

}  // namespace policy
