// From the lists of a server to a report. A definition is read tolerantly, as the proxy reads it: of what has the wrong
// type only that part is missing.
#include "catalog/report.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "json/document.h"
#include "json/writer.h"
#include "tools/digest.h"

namespace catalog {
namespace {

constexpr std::size_t most_choices = 12;

std::string type_of(json::Value schema) {
  std::string out;
  const auto add = [&out](std::string_view part) { out.append(out.empty() ? "" : " | ").append(part); };
  if (const json::Value choices = schema.find("enum"); choices.is_array()) {
    std::size_t count = 0;
    for (const json::Value choice : choices.elements()) {
      if (++count > most_choices) break;
      std::string written;
      json::write(written, choice);
      add(written);
    }
    if (count > most_choices) add("…");
    if (count > 0) return out;
  }
  if (const json::Value constant = schema.find("const")) {
    json::write(out, constant);
    return out;
  }
  const json::Value type = schema.find("type");
  if (type.is_string()) add(type.string());
  for (const json::Value one : type.elements())
    if (one.is_string()) add(one.string());
  if (type.is_string() && type.string() == "array") {
    if (const std::string_view of = schema.find("items").find("type").string(); !of.empty())
      return "array of " + std::string(of);
  }
  if (out.empty()) {
    for (const std::string_view word : {"anyOf", "oneOf"}) {
      for (const json::Value one : schema.find(word).elements()) {
        if (const std::string_view t = one.find("type").string(); !t.empty()) add(t);
      }
    }
  }
  return out.empty() ? "any" : out;
}

void read_parameters(json::Value schema, Tool& out) {
  std::set<std::string_view> missing;  // required, and not described
  for (const json::Value name : schema.find("required").elements())
    if (name.is_string() && missing.insert(name.string()).second) out.required.emplace_back(name.string());
  const std::set<std::string_view> required = missing;
  std::vector<Parameter> others;
  for (const json::Member member : schema.find("properties").members()) {
    missing.erase(member.key);
    Parameter p;
    p.name = member.key;
    p.type = type_of(member.value);
    p.description = member.value.find("description").string();
    p.required = required.contains(member.key);
    (p.required ? out.parameters : others).push_back(std::move(p));
  }
  // It is a parameter all the same.
  for (const std::string& name : out.required) {
    if (missing.contains(name))
      out.parameters.push_back({.name = name, .type = "any", .description = {}, .required = true});
  }
  std::ranges::move(others, std::back_inserter(out.parameters));
}

// A list's entries, read: those that are objects.
std::vector<std::unique_ptr<json::Document>> read_entries(const std::vector<std::string>& texts, std::string_view list,
                                                          std::vector<std::string>& notes) {
  std::vector<std::unique_ptr<json::Document>> out;
  for (const std::string& text : texts) {
    auto document = std::make_unique<json::Document>();
    if (document->read(text, json::Profile::tolerant) && document->root().is_object())
      out.push_back(std::move(document));
  }
  const std::size_t odd = texts.size() - out.size();
  if (odd == 1) notes.push_back("1 entry of its " + std::string(list) + " is no object");
  if (odd > 1) notes.push_back(std::to_string(odd) + " entries of its " + std::string(list) + " are no objects");
  return out;
}

std::string title_of(json::Value entry) {
  const std::string_view own = entry.find("title").string();
  return std::string(own.empty() ? entry.find("annotations").find("title").string() : own);
}

Tool read_tool(json::Value entry, classify::Context context) {
  Tool tool;
  tool.name = entry.find("name").string();
  tool.title = title_of(entry);
  tool.description = entry.find("description").string();
  json::write(tool.json, entry);
  tool.declared_destructive = entry.find("annotations").find("destructiveHint").boolean();
  read_parameters(entry.find("inputSchema"), tool);
  tool.poison = tools::signs_of(entry, *context.signs);
  context.found = &tool.poison;
  tool.assessment = classify::assess(entry, context);
  tool.digest = tools::digest_of(entry);
  return tool;
}

void sum_up(Item& item) {
  for (const tools::Sign& sign : item.poison) {
    const auto risk =
        sign.kind == tools::Sign::Kind::steers_tools ? classify::Risk::mentions_tool : classify::risk_of(sign.kind);
    const std::string argument = sign.kind == tools::Sign::Kind::mentions_tool ? sign.words : "";
    const auto same = [&](const classify::Flag& f) { return f.risk == *risk && f.argument == argument; };
    if (risk && std::ranges::none_of(item.signs, same)) item.signs.push_back({*risk, argument});
  }
}

}  // namespace

std::string_view text(Item::Kind kind) {
  constexpr std::string_view words[] = {"prompt", "resource", "resource template", "instructions"};
  return words[static_cast<std::size_t>(kind)];
}

classify::Severity Report::worst() const {
  auto worst = classify::Severity::low;
  for (const Tool& tool : tools) worst = std::max(worst, tool.assessment.severity);
  return worst;
}

Report make_report(Source source) {
  Report report;
  const auto tool_texts = std::exchange(source.tools, {});
  const auto prompts = std::exchange(source.prompts, {});
  const auto resources = std::exchange(source.resources, {});
  const auto templates = std::exchange(source.templates, {});
  report.server = std::move(source);
  std::vector<std::string>& notes = report.server.notes;

  const auto definitions = read_entries(tool_texts, "tools", notes);
  std::vector<std::string_view> names;
  names.reserve(definitions.size());
  for (const auto& definition : definitions) names.push_back(definition->root().find("name").string());
  const tools::SignContext signs{names};
  const classify::Context context{.tool_names = names, .signs = &signs};
  for (const auto& definition : definitions) report.tools.push_back(read_tool(definition->root(), context));
  for (const Tool& tool : report.tools) {
    ++report.counts.of_class[static_cast<std::size_t>(tool.assessment.of)];
    ++report.counts.of_severity[static_cast<std::size_t>(tool.assessment.severity)];
  }

  const auto add = [&](Item item, std::vector<tools::Sign> poison) {
    item.poison = std::move(poison);
    sum_up(item);
    report.items.push_back(std::move(item));
  };
  const auto add_list = [&](const std::vector<std::string>& texts, Item::Kind kind, std::string_view list,
                            std::string_view name) {
    for (const auto& entry : read_entries(texts, list, notes)) {
      const json::Value v = entry->root();
      Item item;
      item.kind = kind;
      item.name = v.find(name).string();
      item.title = title_of(v);
      item.description = v.find("description").string();
      add(std::move(item),
          kind == Item::Kind::prompt ? tools::signs_of_prompt(v, signs) : tools::signs_of_resource(v, signs));
    }
  };
  if (const std::string& said = report.server.instructions; !said.empty()) {
    Item item;
    item.kind = Item::Kind::instructions;
    item.description = said;
    add(std::move(item), tools::signs_of_instructions(said, signs));
  }
  add_list(prompts, Item::Kind::prompt, "prompts", "name");
  add_list(resources, Item::Kind::resource, "resources", "uri");
  add_list(templates, Item::Kind::resource_template, "resource templates", "uriTemplate");
  return report;
}

}  // namespace catalog
