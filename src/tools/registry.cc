// Collecting pages into definitions.
#include "tools/registry.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"

namespace tools {
namespace {

constexpr base::Duration default_ttl = std::chrono::minutes(5);
constexpr std::size_t max_repeated = 16;  // names that are reported
constexpr int max_depth = 16;             // of anyOf and allOf inside a property's schema

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
  definitions_.clear();
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
  auto d = std::make_unique<Definition>();
  d->name = name;
  json::write(d->text, it->second);
  d->document = std::make_unique<json::Document>();
  if (!d->document->read(d->text, json::Profile::tolerant)) return nullptr;  // cannot fail, as above
  read_schema(*d);
  return definitions_.emplace(d->name, std::move(d)).first->second.get();
}

std::vector<std::string> Registry::take_repeated() { return std::exchange(repeated_, {}); }

void Registry::invalidate() {
  complete_ = false;
  chain_open_ = false;
}

bool Registry::current(base::BootTime now) const { return complete_ && now < expires_; }

}  // namespace tools
