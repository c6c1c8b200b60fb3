// Reading a schema for what its arguments are called and what they may be. No validation: the room `schema` does that.
#include "classify/arguments.h"

#include <algorithm>

#include "classify/lexicon.h"
#include "classify/names.h"

namespace classify {
namespace {

constexpr int max_depth = 8;
constexpr std::size_t max_steps = 4096, max_values = 512;

class Reader {
 public:
  explicit Reader(json::Value root) : root_(root) {}

  void object(json::Value schema, const std::string& pointer, int depth) {
    if (!step(schema, depth)) return;
    for (const json::Member member : schema.find("properties").members()) {
      if (++steps_ > max_steps || arguments_.size() >= max_arguments) return;
      argument(member, pointer + "/properties/" + std::string(member.key.substr(0, 128)), depth);
    }
    below(schema, pointer, depth);
  }

  std::vector<Argument> take() { return std::move(arguments_); }

 private:
  bool step(json::Value& schema, int depth) {
    if (depth > max_depth || ++steps_ > max_steps) return false;
    schema = referred(schema);
    return schema.is_object();
  }

  // Follows "#/a/b" within the schema; a few hops, so a circle ends.
  json::Value referred(json::Value schema) const {
    for (int hops = 0; hops < 4; ++hops) {
      const std::string_view ref = schema.find("$ref").string();
      if (!ref.starts_with("#/") || ref.size() > 256) break;
      json::Value at = root_;
      for (std::string_view rest = ref.substr(2); at && !rest.empty();) {
        const std::size_t slash = rest.find('/');
        at = at.find(rest.substr(0, slash));
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
      }
      if (!at) break;
      schema = at;
    }
    return schema;
  }

  void argument(const json::Member& member, const std::string& pointer, int depth) {
    Argument out;
    out.pointer = pointer;
    out.name = member.key;
    out.words = split_name(member.key);
    for (const std::string& word : out.words) out.joined += word;
    json::Value schema = member.value;
    if (step(schema, depth + 1)) {
      out.description = member.value.find("description").string();
      if (out.description.empty()) out.description = schema.find("description").string();
      kinds(schema, out, 0);
    }
    arguments_.push_back(std::move(out));
    object(schema, pointer, depth + 1);
  }

  // Which kinds of value it takes and which strings, its alternatives included.
  void kinds(json::Value schema, Argument& out, int depth) {
    if (depth > 3 || !step(schema, 0)) return;
    const json::Value type = schema.find("type");
    const auto kind = [&](std::string_view name) {
      out.is_boolean |= name == "boolean";
      out.is_number |= name == "number" || name == "integer";
      out.is_array |= name == "array";
      out.is_text |= name == "string";
      out.is_object |= name == "object";
    };
    kind(type.string());
    for (const json::Value one : type.elements()) kind(one.string());
    value(schema.find("const"), out);
    for (const json::Value one : schema.find("enum").elements()) value(one, out);
    for (const char* key : {"anyOf", "oneOf", "allOf"}) {
      for (const json::Value branch : schema.find(key).elements()) kinds(branch, out, depth + 1);
    }
    if (const json::Value items = schema.find("items"); items.is_object()) {
      Argument element;
      kinds(items, element, depth + 1);
      out.values.insert(out.values.end(), element.values.begin(), element.values.end());
      out.more_values |= element.more_values;
    }
  }

  void value(json::Value v, Argument& out) {
    if (!v.is_string()) return;
    if (out.values.size() >= max_values || ++steps_ > max_steps) {
      out.more_values = true;
    } else if (std::ranges::find(out.values, v.string()) == out.values.end()) {
      out.values.push_back(v.string());
    }
  }

  void below(json::Value schema, const std::string& pointer, int depth) {
    for (const char* key : {"allOf", "anyOf", "oneOf"}) {
      std::size_t i = 0;
      for (const json::Value branch : schema.find(key).elements()) {
        if (steps_ > max_steps || arguments_.size() >= max_arguments) return;
        object(branch, pointer + '/' + key + '/' + std::to_string(i++), depth + 1);
      }
    }
    if (const json::Value items = schema.find("items"); items.is_object()) object(items, pointer + "/items", depth + 1);
  }

  json::Value root_;
  std::vector<Argument> arguments_;
  std::size_t steps_ = 0;
};

}  // namespace

std::vector<Argument> read_arguments(json::Value schema) {
  Reader reader(schema);
  reader.object(schema, "", 0);
  return reader.take();
}

bool is_named(const Argument& argument, std::string_view context) {
  if (argument.words.empty()) return false;
  return matches(context, argument.joined) || matches(context, argument.words.back());
}

}  // namespace classify
