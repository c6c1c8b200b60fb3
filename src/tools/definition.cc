// Reading a tool's definition, and its schema once a rule asks for it.
#include "tools/definition.h"

#include <algorithm>
#include <utility>

namespace tools {
namespace {

constexpr int max_depth = 16;              // of anyOf and allOf inside a property's schema
constexpr std::size_t most_patterns = 64;  // in a server's schema: each may take 2 MiB while it is matched

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
  const json::Value properties = schema.find("properties"), required = schema.find("required");
  std::vector<std::string_view> names;
  for (const json::Member m : properties.members()) names.push_back(m.key);
  for (const json::Value name : required.elements()) {
    if (name.is_string()) names.push_back(name.string());
  }
  std::ranges::sort(names);  // in their order they are added without moving others
  for (const std::string_view name : names) d.names.add(name);
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

}  // namespace

json::Value Definition::annotations() const { return document->root().find("annotations"); }
json::Value Definition::input_schema() const { return document->root().find("inputSchema"); }

std::unique_ptr<Definition> Definition::read(std::string_view name, std::string text) {
  auto d = std::make_unique<Definition>();
  d->name = name;
  d->text = std::move(text);
  d->document = std::make_unique<json::Document>();
  if (!d->document->read(d->text, json::Profile::tolerant)) return nullptr;
  read_schema(*d);
  return d;
}

const InputSchema& Definition::compiled() const {
  if (compiled_ != nullptr) return *compiled_;
  auto made = std::make_unique<InputSchema>();
  const json::Value schema = input_schema();
  if (!schema) {
    made->problem = "the server gives none";
  } else if (auto compiled = schema::Schema::compile(schema, {.max_patterns = most_patterns})) {
    made->schema = std::move(*compiled);
    add_names(made->names, {}, *made->schema);
  } else {
    made->problem = compiled.error().text();
  }
  compiled_ = std::move(made);
  return *compiled_;
}

const ParamHeaders& Definition::param_headers() const {
  if (param_headers_ == nullptr) {
    param_headers_ = std::make_unique<const ParamHeaders>(read_param_headers(input_schema()));
  }
  return *param_headers_;
}

void add_names(json::NamedKeys& into, std::span<const json::Step> steps, const schema::Schema& schema) {
  for (const schema::Schema::Level& level : schema.levels()) {
    const std::string separator = level.path.empty() || level.path[0] == '[' ? "" : ".";
    const auto path = json::Path::parse("args" + separator + level.path);
    if (!path) continue;
    json::NamedKeys& place = into.at(steps).at(path->steps);
    for (const std::string& name : level.names) place.add(name);
  }
}

}  // namespace tools
