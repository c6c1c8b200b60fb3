// One function a type. What is asked too much of (hundreds of elements, many levels) gets something short, which the
// trial then refuses.
#include "policy/schema_sample.h"

#include <algorithm>

#include "base/decimal.h"
#include "json/writer.h"
#include "policy/sample.h"

namespace policy {
namespace {

constexpr int most_depth = 8;
constexpr std::size_t most_elements = 8;
constexpr std::size_t most_letters = 200;
constexpr std::size_t most_size = 4096;  // of one sample, about

std::string written(json::Value value) {
  std::string out;
  json::write(out, value);
  return out;
}

std::string text_sample(json::Value schema) {
  std::string text = "something";
  if (const json::Value pattern = schema.find("pattern"); pattern.is_string()) {
    if (auto found = sample(pattern.string())) text = std::move(*found);
  }
  const std::size_t least = small_size(schema.find("minLength"), most_letters);
  if (text.size() < least) text.append(least - text.size(), 'x');
  if (const json::Value most = schema.find("maxLength"); most.is_number() && !schema.find("pattern"))
    text.resize(std::min(text.size(), std::max(least, small_size(most, most_letters))));
  std::string out;
  json::write_string(out, text);
  return out;
}

std::string number_sample(json::Value schema) {
  const auto limit = [&](const char* key) { return schema.find(key).number(); };
  if (!limit("minimum").empty()) return std::string(limit("minimum"));
  if (!limit("exclusiveMinimum").empty()) return one_away(limit("exclusiveMinimum"), 1);
  if (!limit("maximum").empty()) return std::string(limit("maximum"));
  if (!limit("exclusiveMaximum").empty()) return one_away(limit("exclusiveMaximum"), -1);
  return limit("multipleOf").empty() ? "1" : std::string(limit("multipleOf"));
}

// NOLINTBEGIN(misc-no-recursion): bounded by most_depth
class Sampler {
 public:
  explicit Sampler(json::Value root) : root_(root) {}

  std::string of(json::Value schema, int depth) {
    if (depth > most_depth) return "null";
    const std::string_view reference = schema.find("$ref").string();
    if (reference.starts_with('#')) return of(at_pointer(root_, reference.substr(1)), depth + 1);
    if (const json::Value value = schema.find("const")) return written(value);
    if (const json::Value values = schema.find("enum"); values.at(0)) return written(values.at(0));
    const json::Value type = schema.find("type");
    if (!type) {
      for (const char* key : {"anyOf", "oneOf", "allOf"}) {
        if (const json::Value first = schema.find(key).at(0)) return of(first, depth + 1);
      }
    }
    return typed(type.is_array() ? type.at(0).string() : type.string(), schema, depth);
  }

 private:
  std::string typed(std::string_view type, json::Value schema, int depth) {
    if (type == "number" || type == "integer") return number_sample(schema);
    if (type == "boolean") return "true";
    if (type == "null") return "null";
    if (type == "array") return array(schema, depth);
    if (type == "object" || (type.empty() && schema.find("properties"))) return object(schema, depth);
    return text_sample(schema);
  }

  std::string array(json::Value schema, int depth) {
    const std::size_t count = small_size(schema.find("minItems"), most_elements);
    const std::string element = count == 0 ? "" : of(schema.find("items"), depth + 1);
    std::string out = "[";
    for (std::size_t i = 0; i < count && out.size() < most_size; ++i) out.append(i == 0 ? "" : ",").append(element);
    return out + ']';
  }

  std::string object(json::Value schema, int depth) {
    std::string out;
    json::Composer c(out);
    c.open();
    for (const json::Value name : schema.find("required").elements()) {
      if (!name.is_string() || out.size() > most_size) break;
      const std::string value = of(schema.find("properties").find(name.string()), depth + 1);
      c.key(name.string()).raw(value);
    }
    c.close();
    return out;
  }

  json::Value root_;
};
// NOLINTEND(misc-no-recursion)

// One step of a pointer, with ~1 and ~0 read.
std::string token_of(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '~' && i + 1 < text.size();
    out += !escape ? text[i] : text[++i] == '1' ? '/' : '~';
  }
  return out;
}

}  // namespace

std::string sample_value(json::Value schema, json::Value root) { return Sampler(root).of(schema, 0); }

json::Value at_pointer(json::Value root, std::string_view pointer) {
  json::Value at = root;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return {};
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (at.is_array()) {
      std::size_t index = 0;
      if (token.empty() || token.size() > 6) return {};
      for (const char c : token) {
        if (c < '0' || c > '9') return {};
        index = 10 * index + static_cast<std::size_t>(c - '0');
      }
      at = at.at(index);
    } else {
      at = at.find(token_of(token));
    }
  }
  return at;
}

std::string one_away(std::string_view number, int delta) {
  const auto amount = base::Amount::parse(number);
  return amount ? (*amount + base::Amount::of(delta)).text() : std::string(number);
}

std::size_t small_size(json::Value limit, std::size_t most) {
  const auto amount = limit.is_number() ? base::Amount::parse(limit.number()) : base::Amount();
  if (!amount || amount->is_negative()) return 0;
  return *amount > base::Amount::of(static_cast<std::int64_t>(most))
             ? most
             : static_cast<std::size_t>(amount->raw() / base::Amount::scale);
}

}  // namespace policy
