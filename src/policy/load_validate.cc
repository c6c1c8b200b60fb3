// A rule's `validate`: required_args, schema, args. The schemas themselves are read in load_schema.cc.
#include <algorithm>

#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view path_hint =
    "write the argument's path without args: amount, items[0].price, items[all].price, [\"any key\"]";

void read_whole(Loading& l, const Node& node, Validate& validate) {
  if (node.kind == Node::Kind::boolean) {
    if (node.boolean) {
      validate.whole = Validate::Whole::servers;
      return;
    }
    return l.error("bad-value", node.position, "schema is true or a schema, not false",
                   "take the key out to check nothing; action: deny refuses every call");
  }
  if (!node.is_map())
    return wrong_type(l, node, "schema", "true or a schema",
                      "true is the server's own schema of the tool; a schema is a map such as {properties: {...}}");
  auto schema = read_schema(l, node, "schema");
  if (!schema) return;
  validate.whole = Validate::Whole::written;
  validate.schema = std::move(*schema);
}

// "amount", "items[0].price", "[\"any key\"].x": below the arguments.
std::optional<json::Path> read_part_path(Loading& l, const NodeMember& member) {
  const auto bad = [&](const std::string& why) {
    l.error("bad-path", member.position, "args: " + quoted(member.key) + ": " + why, std::string(path_hint));
    return std::nullopt;
  };
  if (member.key.empty()) return bad("no argument is named");
  if (member.key.size() > 4096) return bad("the path is longer than 4096 bytes");
  const std::string text = std::string(member.key[0] == '[' ? "args" : "args.").append(member.key);
  auto path = json::Path::parse(text);
  // A column counts from the key's own beginning: parsing the key alone says the same of most mistakes.
  if (!path) {
    const auto alone = json::Path::parse(member.key);
    return bad(alone ? path.error().message : alone.error().message);
  }
  if (path->steps.size() > 1 && path->steps[0].key == "args" && member.key.starts_with("args"))
    return bad("the path begins below args already; an argument that is called args is written [\"args\"]");
  for (const json::Step& step : path->steps) {
    if (step.kind == json::Step::Kind::any) return bad("[any] does not belong here: a schema is for every element");
  }
  return std::move(*path);
}

void read_parts(Loading& l, const Node& node, Validate& validate) {
  if (!node.is_map()) return wrong_type(l, node, "args", "a map of paths and schemas");
  if (node.members.empty())
    return l.error("no-conditions", node.position, "args names no argument", "take the key out");
  for (const NodeMember& m : node.members) {
    auto path = read_part_path(l, m);
    if (!m.value->is_map()) {
      const bool type = m.value->is_text();
      wrong_type(l, *m.value, "args: " + quoted(m.key), "a schema, which is a map",
                 type ? "write {type: " + std::string(m.value->text) + "}" : "such as {type: number, maximum: 100}");
      continue;
    }
    auto schema = read_schema(l, *m.value, m.key);
    if (path && schema) validate.args.push_back({std::move(*path), std::move(*schema)});
  }
}

}  // namespace

void read_validate(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  constexpr std::string_view keys[] = {"required_args", "schema", "args"};
  if (!check_map(l, node, "validate", keys)) return;
  l.seen.catalogue = true;
  rule.validate.position = node.position;
  if (const Node* required = node.find("required_args"))
    rule.validate.required_args = read_bool(l, *required, "required_args").value_or(false);
  if (const Node* schema = node.find("schema")) read_whole(l, *schema, rule.validate);
  if (const Node* args = node.find("args")) read_parts(l, *args, rule.validate);
  if (scope.section != Section::tools)
    l.error("contradiction", node.position, "validate belongs to tools: only tools have an input schema");
}

}  // namespace policy
