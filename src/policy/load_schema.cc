// JSON Schemas that stand in a policy. They are compiled here, once for equal ones, so that a schema which cannot be
// used is an error of the file, shown where it stands, and not a surprise at the first call. Keywords that JSON Schema
// does not have check nothing, which is rarely meant by whoever wrote them: they are warned about.
#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "json/document.h"
#include "policy/loading.h"

namespace policy {
namespace {

// What stands under a keyword.
enum class Below : std::uint8_t {
  value,    // nothing that is a schema
  schema,   // a schema or a list of them
  schemas,  // a map of schemas
};

struct Keyword {
  std::string_view name;
  Below below;
};

constexpr Keyword keywords[] = {
    {"$anchor", Below::value},
    {"$comment", Below::value},
    {"$defs", Below::schemas},
    {"$dynamicAnchor", Below::value},
    {"$dynamicRef", Below::value},
    {"$id", Below::value},
    {"$recursiveAnchor", Below::value},
    {"$recursiveRef", Below::value},
    {"$ref", Below::value},
    {"$schema", Below::value},
    {"$vocabulary", Below::value},
    {"additionalItems", Below::schema},
    {"additionalProperties", Below::schema},
    {"allOf", Below::schema},
    {"anyOf", Below::schema},
    {"const", Below::value},
    {"contains", Below::schema},
    {"contentEncoding", Below::value},
    {"contentMediaType", Below::value},
    {"contentSchema", Below::schema},
    {"default", Below::value},
    {"definitions", Below::schemas},
    {"dependencies", Below::schemas},
    {"dependentRequired", Below::value},
    {"dependentSchemas", Below::schemas},
    {"deprecated", Below::value},
    {"description", Below::value},
    {"else", Below::schema},
    {"enum", Below::value},
    {"examples", Below::value},
    {"exclusiveMaximum", Below::value},
    {"exclusiveMinimum", Below::value},
    {"format", Below::value},
    {"id", Below::value},
    {"if", Below::schema},
    {"items", Below::schema},
    {"maxContains", Below::value},
    {"maxItems", Below::value},
    {"maxLength", Below::value},
    {"maxProperties", Below::value},
    {"maximum", Below::value},
    {"minContains", Below::value},
    {"minItems", Below::value},
    {"minLength", Below::value},
    {"minProperties", Below::value},
    {"minimum", Below::value},
    {"multipleOf", Below::value},
    {"not", Below::schema},
    {"nullable", Below::value},
    {"oneOf", Below::schema},
    {"pattern", Below::value},
    {"patternProperties", Below::schemas},
    {"prefixItems", Below::schema},
    {"properties", Below::schemas},
    {"propertyNames", Below::schema},
    {"readOnly", Below::value},
    {"required", Below::value},
    {"then", Below::schema},
    {"title", Below::value},
    {"type", Below::value},
    {"unevaluatedItems", Below::schema},
    {"unevaluatedProperties", Below::schema},
    {"uniqueItems", Below::value},
    {"writeOnly", Below::value},
};

const Keyword* find_keyword(std::string_view name) {
  const auto found = std::ranges::lower_bound(keywords, name, {}, &Keyword::name);
  return found != std::end(keywords) && found->name == name ? found : nullptr;
}

std::string_view nearest_keyword(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Keyword& k : keywords) names.push_back(k.name);
  return base::nearest(name, names);
}

// Bare words that are ambiguous and values that were left out, anywhere in the schema. Recursion is bounded by
// TreeBudget::depth.
bool check_values(Loading& l, const Node& node) {  // NOLINT(misc-no-recursion)
  if (node.kind == Node::Kind::ambiguous) {
    ambiguous_value(l, node);
    return false;
  }
  if (node.kind == Node::Kind::null && !node.written) {
    l.error("missing-value", node.position, "nothing stands here", "write null, {} or \"\"");
    return false;
  }
  bool good = true;
  for (const Node* item : node.items) good = check_values(l, *item) && good;
  for (const NodeMember& m : node.members) good = check_values(l, *m.value) && good;
  return good;
}

void warn_of_keyword(Loading& l, const NodeMember& m) {
  if (m.key == "format") {
    l.problems.note("format-unchecked", m.position, "format checks nothing: to a validator it is a comment",
                    "write a pattern, or a condition such as url_host_in, path_within or cidr_in");
  }
  if (m.key.starts_with("x-") || find_keyword(m.key) != nullptr) return;
  const std::string_view near = nearest_keyword(m.key);
  l.problems.warn(
      "unknown-schema-keyword", m.position, quoted(m.key) + " is no keyword of JSON Schema and checks nothing",
      near.empty() ? "a property stands under properties: {NAME: {...}}" : "did you mean " + std::string(near) + "?");
}

// Keywords without a meaning, in the schema and those below it.
void check_keywords(Loading& l, const Node& schema) {  // NOLINT(misc-no-recursion)
  for (const Node* item : schema.items) check_keywords(l, *item);
  for (const NodeMember& m : schema.members) {
    warn_of_keyword(l, m);
    const Keyword* keyword = find_keyword(m.key);
    if (keyword == nullptr || keyword->below == Below::value) continue;
    if (keyword->below == Below::schema) {
      check_keywords(l, *m.value);
      continue;
    }
    for (const NodeMember& part : m.value->members) {
      if (part.value->is_map()) check_keywords(l, *part.value);
    }
  }
}

// A map of properties where a schema should stand: no key of it is a keyword. Properties may be called title.
bool is_no_schema(const Node& node) {
  constexpr std::string_view texts[] = {"title", "description", "format", "$comment", "pattern"};
  return !node.members.empty() && std::ranges::none_of(node.members, [&](const NodeMember& m) {
    const bool property = m.value->is_map() && std::ranges::find(texts, m.key) != std::end(texts);
    return m.key.starts_with("x-") || (find_keyword(m.key) != nullptr && !property);
  });
}

std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    out += !escape ? token[i] : token[++i] == '1' ? '/' : '~';
  }
  return out;
}

// Where a JSON pointer leads in the text; as near as it gets, if it leads to what is not written. What is wrong with a
// pattern is shown at the pattern, which may be a key.
Position place_of(const Node& schema, std::string_view pointer) {
  const Node* node = &schema;
  Position position = schema.position;
  bool patterns = false;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string token = unescaped(pointer.substr(0, end));
    pointer.remove_prefix(end);
    if (node->is_list()) {
      std::size_t index = 0;
      const auto [last, error] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (error != std::errc() || last != token.data() + token.size() || index >= node->items.size()) return position;
      node = node->items[index];
      position = node->position;
      continue;
    }
    const auto member = std::ranges::find(node->members, token, &NodeMember::key);
    if (member == node->members.end()) return position;
    node = member->value;
    position = patterns && pointer.empty() ? member->position : node->position;
    patterns = token == "patternProperties";
  }
  return position;
}

void report(Loading& l, const Node& node, std::string_view what, const schema::CompileError& error) {
  const bool malformed = error.kind == schema::CompileError::Kind::malformed;
  const std::string where = error.pointer.empty() ? "" : base::printable(error.pointer, 80) + ' ';
  l.error(malformed ? "bad-schema" : "unsupported-schema", place_of(node, error.pointer),
          std::string(what) + ": " + where + error.message,
          malformed ? "schemas are read as JSON Schema 2020-12 or draft-07"
                    : "nothing can be decided by this, and every call would be refused");
}

}  // namespace

std::optional<WrittenSchema> read_schema(Loading& l, const Node& node, std::string_view what) {
  if (!check_values(l, node)) return std::nullopt;
  const std::string name = base::printable(what, 80);
  if (is_no_schema(node)) {
    const std::string key = base::printable(node.members[0].key, 40);
    const std::string_view near = nearest_keyword(node.members[0].key);
    l.error("bad-schema", node.members[0].position, name + ": none of these keys is a keyword of JSON Schema",
            near.empty() ? "arguments stand under properties: {" + key + ": {...}}"
                         : "did you mean " + std::string(near) + "?");
    return std::nullopt;
  }
  WrittenSchema schema;
  schema.position = node.position;
  yaml::write_json(schema.json, node);
  auto& compiled = l.schemas[schema.json];
  if (compiled == nullptr) {
    json::Document document;
    if (const auto read = document.read(schema.json, json::Profile::tolerant); !read) {
      l.error("bad-schema", node.position, name + ": " + read.error().message);
      return std::nullopt;
    }
    auto made = schema::Schema::compile(document.root());
    if (!made) {
      report(l, node, name, made.error());
      return std::nullopt;
    }
    compiled = std::move(*made);
  }
  check_keywords(l, node);
  schema.compiled = compiled;
  return schema;
}

}  // namespace policy
