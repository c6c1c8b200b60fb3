// Values from a tool's own schema: for its required arguments, and at its bounds. Only what is plain is looked at
// (type, enum, const, bounds, required, items); the rest is tried with whatever comes.
#include <algorithm>

#include "base/decimal.h"
#include "json/writer.h"
#include "trial/examples.h"

namespace trial {
namespace {

constexpr int deepest = 8;
constexpr std::size_t most_enum = 16;
constexpr std::int64_t longest_made = 4'096;

std::string json_of(json::Value value) {
  std::string out;
  json::write(out, value);
  return out;
}

std::string_view type_of(json::Value schema) {
  const json::Value type = schema.find("type");
  if (type.is_string()) return type.string();
  for (const json::Value one : type.elements()) {
    if (one.string() != "null") return one.string();
  }
  return schema.find("properties") ? "object" : "string";
}

// A small whole number that a keyword gives, or `otherwise`.
std::int64_t count_of(json::Value schema, std::string_view key, std::int64_t otherwise) {
  const auto amount = base::Amount::parse(schema.find(key).number());
  if (!amount || amount->is_negative() || *amount > base::Amount::of(longest_made)) return otherwise;
  return static_cast<std::int64_t>(amount->raw() / base::Amount::scale);
}

Made text_of_length(std::int64_t n) { return Made::text(std::string(static_cast<std::size_t>(n), 'x')); }

}  // namespace

Made example_of(json::Value schema, int depth) {  // NOLINT(misc-no-recursion): bounded by `deepest`
  for (const std::string_view key : {"const", "default"}) {
    if (const json::Value value = schema.find(key)) return Made::raw(json_of(value));
  }
  if (const json::Value first = schema.find("enum").at(0)) return Made::raw(json_of(first));
  const std::string_view type = type_of(schema);
  if (type == "integer" || type == "number") {
    for (const std::string_view key : {"minimum", "maximum"}) {
      if (schema.find(key).is_number()) return Made::raw(std::string(schema.find(key).number()));
    }
    return Made::raw("1");
  }
  if (type == "boolean") return Made::raw("true");
  if (type == "null") return Made::raw("null");
  if (type == "array") {
    std::vector<Made> items;
    const std::int64_t n = std::min<std::int64_t>(count_of(schema, "minItems", 1), 16);
    for (std::int64_t i = 0; i < n && depth < deepest; ++i)
      items.push_back(example_of(schema.find("items"), depth + 1));
    return Made::array(std::move(items));
  }
  if (type == "object") {
    Made object = Made::object();
    for (const json::Value name : schema.find("required").elements()) {
      if (depth >= deepest || !name.is_string()) break;
      const json::Step step{json::Step::Kind::key, std::string(name.string()), 0};
      object.set({&step, 1}, example_of(schema.find("properties").find(name.string()), depth + 1));
    }
    return object;
  }
  return text_of_length(std::max<std::int64_t>(count_of(schema, "minLength", 1), 1));
}

std::vector<Change> changes_for(std::string_view property, json::Value schema, bool required) {
  std::vector<Change> out;
  json::Path path{"args", {{json::Step::Kind::key, std::string(property), 0}}};
  const auto add = [&](Made value) {
    if (out.size() + 10 >= most_changes) return;
    Change change;
    change.steps = path.steps;
    change.what = path.text() + " = " + value.json().substr(0, 60);
    change.value = std::move(value);
    out.push_back(std::move(change));
  };
  add(example_of(schema));
  std::size_t taken = 0;
  for (const json::Value one : schema.find("enum").elements()) {
    if (++taken > most_enum) break;
    add(Made::raw(json_of(one)));
  }
  for (const std::string_view key : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}) {
    const std::string_view number = schema.find(key).number();
    const auto amount = base::Amount::parse(number);
    if (number.empty() || !amount) continue;
    add(Made::raw(std::string(number)));
    for (const int by : {1, -1}) add(Made::raw((*amount + base::Amount::of(by)).text()));
  }
  for (const std::string_view key : {"minLength", "maxLength"}) {
    const std::int64_t n = count_of(schema, key, -1);
    if (n < 0) continue;
    for (const std::int64_t length : {n, n + 1, std::max<std::int64_t>(n - 1, 0)}) add(text_of_length(length));
  }
  std::vector<Change> types;
  add_types(types, path);
  if (!required) std::rotate(types.begin(), types.begin() + 1, types.end());
  out.insert(out.end(), types.begin(), types.end());
  return out;
}

}  // namespace trial
