// Collecting pages into definitions.
#include "tools/registry.h"

#include <algorithm>

#include "json/writer.h"

namespace tools {
namespace {

constexpr base::Duration default_ttl = std::chrono::minutes(5);
constexpr int max_depth = 16;  // of anyOf and allOf inside a property's schema

bool names_null(json::Value type) {
  if (type.is_string()) return type.string() == "null";
  return std::ranges::any_of(type.elements(), [](json::Value t) { return t.string() == "null"; });
}

// Whether null satisfies the property's schema, for `required_args`. Where it cannot be told (a reference), null does
// not count as present: the restricting reading.
bool admits_null(json::Value schema, int depth) {
  if (schema.is_boolean()) return schema.boolean();
  if (!schema.is_object() || depth > max_depth) return false;
  if (schema.find("$ref") || schema.find("$dynamicRef") || schema.find("not") || schema.find("if")) return false;
  if (const json::Value type = schema.find("type"); type && !names_null(type)) {
    return schema.find("nullable").boolean();
  }
  if (const json::Value constant = schema.find("const"); constant && !constant.is_null()) return false;
  if (const json::Value values = schema.find("enum"); values) {
    if (!std::ranges::any_of(values.elements(), [](json::Value v) { return v.is_null(); })) return false;
  }
  const auto admits = [depth](json::Value part) { return admits_null(part, depth + 1); };
  for (const char* some : {"anyOf", "oneOf"}) {
    const json::Value parts = schema.find(some);
    if (parts && !std::ranges::any_of(parts.elements(), admits)) return false;
  }
  const json::Value all = schema.find("allOf");
  return !all || std::ranges::all_of(all.elements(), admits);
}

void read_schema(Definition& d) {
  const json::Value schema = d.input_schema();
  if (!schema) return;  // no schema: nothing is required
  if (!schema.is_object()) {
    d.schema_readable = false;
    return;
  }
  const json::Value properties = schema.find("properties");
  for (const json::Member m : properties.members()) d.properties.emplace_back(m.key);
  const json::Value required = schema.find("required");
  if (!required) return;
  d.schema_readable = required.is_array();
  for (const json::Value name : required.elements()) {
    if (!name.is_string()) {
      d.schema_readable = false;
      continue;
    }
    const json::Value property = properties.find(name.string());
    d.required.push_back({std::string(name.string()), !property || admits_null(property, 0)});
  }
}

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

json::Value Definition::annotations() const { return document->root().find("annotations"); }
json::Value Definition::input_schema() const { return document->root().find("inputSchema"); }

std::vector<std::string> Registry::add_page(std::string_view cursor, json::Value result, base::BootTime now) {
  std::vector<std::string> repeated;
  if (!result.find("tools").is_array()) return repeated;
  if (cursor.empty()) {
    partial_.clear();
    partial_bytes_ = 0;
    chain_open_ = true;
    overflow_ = false;
    chain_expires_ = now + default_ttl;
  } else if (!chain_open_ || cursor != expected_cursor_) {
    return repeated;
  }
  chain_expires_ = std::min(chain_expires_, now + time_to_live(result));
  for (const json::Value tool : result.find("tools").elements()) add_tool(tool, repeated);
  const json::Value next = result.find("nextCursor");
  if (next.is_string()) {
    expected_cursor_ = next.string();
    return repeated;
  }
  chain_open_ = false;
  if (overflow_) return repeated;  // too much to keep: stays unknown, and rules that need it refuse
  tools_ = std::move(partial_);
  partial_.clear();
  complete_ = true;
  expires_ = chain_expires_;
  return repeated;
}

void Registry::add_tool(json::Value tool, std::vector<std::string>& repeated) {
  const json::Value name = tool.find("name");
  if (!name.is_string()) return;
  if (partial_.contains(name.string())) {
    repeated.emplace_back(name.string());
    return;
  }
  if (partial_.size() >= max_tools || partial_bytes_ > max_bytes) {
    overflow_ = true;
    return;
  }
  auto d = std::make_unique<Definition>();
  d->name = name.string();
  json::write(d->text, tool);
  d->document = std::make_unique<json::Document>();
  if (!d->document->read(d->text, json::Profile::tolerant)) return;
  read_schema(*d);
  partial_bytes_ += d->text.size();
  partial_.emplace(d->name, std::move(d));
}

void Registry::invalidate() {
  complete_ = false;
  chain_open_ = false;
}

bool Registry::current(base::BootTime now) const { return complete_ && now < expires_; }

const Definition* Registry::find(std::string_view name) const {
  const auto it = tools_.find(name);
  return it == tools_.end() ? nullptr : it->second.get();
}

}  // namespace tools
