// Calls are listed whole, unless listing each argument's values says the same (every combination was seen), or
// combinations may be generalised.
#include "trial/suggest_arguments.h"

#include <map>

#include "base/strings.h"
#include "json/path.h"
#include "yaml/quoted.h"

namespace trial {
namespace {

std::string counted(std::uint64_t n, std::string_view word) {
  return std::to_string(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

std::string shown(std::string_view name) { return '"' + base::printable(name, 80) + '"'; }

std::string path_of(const std::string& key) {
  return yaml::quoted_text(json::Path{"args", {{json::Step::Kind::key, key, 0}}}.text());
}

// One call's arguments without secrets: text -> how often. The text is a list item of `enum`, `anyOf` or `any`.
using Calls = std::map<std::string, std::uint64_t>;

class Arguments {
 public:
  Arguments(const ObservedArguments& seen, const SuggestOptions& options, const std::string& what)
      : seen_(seen), options_(options), what_(what) {}

  ArgumentRules for_tool() {
    if (seen_.unknown > 0 || (seen_.keys_only > 0 && seen_.too_many_keys)) {
      note("any arguments are admitted: the log does not say what they were (run the proxy with --log-args full)");
      return std::move(out_);
    }
    if (seen_.keys_only > 0) {
      only_keys();
    } else if (!seen_.whole.too_many() && !every_combination()) {
      whole_calls();
    } else if (seen_.too_many_keys) {
      need(Generalise::types, "types", "too many different arguments", "admits any arguments");
    } else {
      each_argument();
    }
    return std::move(out_);
  }

  ArgumentRules for_prompt() {
    if (seen_.unknown + seen_.keys_only > 0) {
      note("any arguments are admitted: the log does not say what they were (run the proxy with --log-args full)");
      return std::move(out_);
    }
    Calls calls;
    bool listable = !seen_.whole.too_many() && !seen_.too_many_keys;
    for (const auto& [key, call] : seen_.whole.seen()) listable = listable && add_prompt_call(call, calls);
    if (!listable) {
      need(Generalise::types, "types", "too many different arguments, or some that conditions cannot name",
           "admits any arguments");
      return std::move(out_);
    }
    out_.lines.emplace_back("- name: arguments seen");
    out_.lines.emplace_back("  require:");
    out_.lines.emplace_back("    - any:");
    for (const auto& [text, count] : calls) add_call("        - " + text, count);
    say_secrets();
    return std::move(out_);
  }

 private:
  bool may(Generalise g) const { return options_.generalise.contains(g); }
  void note(const std::string& text) { out_.notes.push_back(what_ + ": " + text); }
  // True if the generalisation was asked for; otherwise says that it is needed.
  bool need(Generalise g, const char* word, const std::string& why, const std::string& admits) {
    if (may(g)) {
      note(why + ": " + admits + " (--generalise " + word + ")");
      return true;
    }
    out_.needed.push_back(what_ + ": " + why + "; --generalise " + word + " " + admits);
    return false;
  }
  void add_call(const std::string& text, std::uint64_t count) {
    out_.lines.push_back(text + "  # " + counted(count, "call"));
  }
  void begin_schema() {
    out_.lines.emplace_back("- name: arguments seen");
    out_.lines.emplace_back("  validate:");
    out_.lines.emplace_back("    schema:");
    out_.lines.emplace_back("      type: object");
  }
  void say_secrets() {
    for (const auto& [name, key] : seen_.keys) {
      if (key.secret)
        note("argument " + shown(name) + " looks like a secret: its values are not written; any are admitted");
    }
  }
  bool has_secrets() const {
    for (const auto& [name, key] : seen_.keys) {
      if (key.secret) return true;
    }
    return false;
  }
  static std::string types_of(const ObservedKey& key) {
    std::string out;
    for (const std::string& type : key.types) {
      if (type == "integer" && key.types.contains("number")) continue;
      out.append(out.empty() ? "" : ", ").append(type);
    }
    return "{type: [" + out + "]}";
  }

  // Nothing but what was seen is admitted by listing each argument's values.
  bool every_combination() const {
    if (seen_.too_many_keys || has_secrets()) return false;
    std::uint64_t product = 1;
    for (const auto& [name, key] : seen_.keys) {
      product *= key.values.seen().size() + (key.count < seen_.full ? 1 : 0);
      if (key.values.too_many() || product > seen_.whole.seen().size()) return false;
    }
    return product == seen_.whole.seen().size();
  }

  // A schema for exactly these arguments, but for secrets.
  std::string schema_of_call(json::Value arguments) const {
    std::string required, properties;
    for (const json::Member member : arguments.members()) {
      const auto key = seen_.keys.find(member.key);
      const bool secret = key != seen_.keys.end() && key->second.secret;
      required.append(required.empty() ? "" : ", ").append(yaml::quoted_text(member.key));
      properties.append(properties.empty() ? "" : ", ").append(yaml::quoted_text(member.key)).append(": ");
      properties += secret ? types_of(key->second) : "{const: " + yaml::flow_value(member.value) + "}";
    }
    return "{required: [" + required + "], additionalProperties: false, properties: {" + properties + "}}";
  }

  void whole_calls() {
    const bool secrets = has_secrets();
    Calls calls;
    for (const auto& [canonical, call] : seen_.whole.seen()) {
      json::Document document;
      if (!document.read(call.text, json::Profile::strict)) continue;
      calls[secrets ? schema_of_call(document.root()) : yaml::flow_value(document.root())] += call.count;
    }
    begin_schema();
    out_.lines.emplace_back(secrets ? "      anyOf:" : "      enum:");
    for (const auto& [text, count] : calls) add_call("        - " + text, count);
    say_secrets();
  }

  void only_keys() {
    begin_schema();
    out_.lines.emplace_back("      additionalProperties: false");
    require_keys(seen_.full + seen_.keys_only);
    out_.lines.push_back(seen_.keys.empty() ? "      properties: {}" : "      properties:");
    for (const auto& [name, key] : seen_.keys) add_call("        " + yaml::quoted_text(name) + ": {}", key.count);
    note("any values are admitted: the log holds the names of arguments alone (run the proxy with --log-args full)");
  }

  void require_keys(std::uint64_t calls) {
    std::string required;
    for (const auto& [name, key] : seen_.keys) {
      if (key.count == calls) required.append(required.empty() ? "" : ", ").append(yaml::quoted_text(name));
    }
    out_.lines.push_back("      required: [" + required + "]");
  }

  void each_argument() {
    if (seen_.whole.too_many() && seen_.keys.size() > 1) {
      need(Generalise::combinations, "combinations",
           "more than " + std::to_string(options_.values) + " different calls",
           "admits each argument's values whatever the others are");
    }
    begin_schema();
    out_.lines.emplace_back("      additionalProperties: false");
    require_keys(seen_.full);
    out_.lines.push_back(seen_.keys.empty() ? "      properties: {}" : "      properties:");
    std::vector<std::string> paths;
    for (const auto& [name, key] : seen_.keys) {
      std::string line = "        " + yaml::quoted_text(name) + ": " + schema_of(name, key, paths);
      line += "  # " + counted(key.count, "call");
      if (!key.secret && !key.values.too_many()) line += ", " + counted(key.values.seen().size(), "value");
      out_.lines.push_back(std::move(line));
    }
    out_.lines.insert(out_.lines.end(), paths.begin(), paths.end());
    say_secrets();
  }

  // `paths` gets the rules for what a schema cannot say.
  std::string schema_of(const std::string& name, const ObservedKey& key, std::vector<std::string>& paths) {
    if (key.secret) return types_of(key);
    if (!key.values.too_many()) return listed(key);
    const std::string why =
        "argument " + shown(name) + " has more than " + std::to_string(options_.values) + " different values";
    const bool numbers = !key.types.contains("string") && key.least &&
                         key.types.size() == (key.types.contains("integer") && key.types.contains("number") ? 2U : 1U);
    if (numbers) {
      need(Generalise::ranges, "ranges", why, "admits " + *key.least + " to " + *key.most);
      const char* const type = key.types.contains("number") ? "number" : "integer";
      return std::string("{type: ") + type + ", minimum: " + *key.least + ", maximum: " + *key.most + "}";
    }
    if (key.types.size() == 1 && key.types.contains("string")) return texts(name, key, why, paths);
    need(Generalise::types, "types", why, "admits any " + types_of(key));
    return types_of(key);
  }

  static std::string listed(const ObservedKey& key) {
    std::string values;
    for (const auto& [canonical, value] : key.values.seen()) {
      json::Document document;
      if (!document.read(value.text, json::Profile::strict)) continue;
      values.append(values.empty() ? "" : ", ").append(yaml::flow_value(document.root()));
    }
    return "{enum: [" + values + "]}";
  }

  std::string texts(const std::string& name, const ObservedKey& key, const std::string& why,
                    std::vector<std::string>& paths) {
    const bool below = key.all_paths && key.directory && !key.directory->empty();
    if (below && (may(Generalise::paths) || !may(Generalise::lengths))) {
      if (!need(Generalise::paths, "paths", why, "admits paths below " + shown(*key.directory))) return "{}";
      const std::string within =
          "{path: " + path_of(name) + ", op: path_within, value: " + yaml::quoted_text(*key.directory) + "}";
      const bool optional = key.count < seen_.full;
      paths.emplace_back("- name: " + yaml::quoted_text("paths of " + name));
      paths.push_back(optional ? "  require: {any: [{path: " + path_of(name) + ", op: exists, value: false}, " +
                                     within + "]}"
                               : "  require: " + within);
      return "{type: string}";
    }
    const std::string range = std::to_string(key.shortest) + " to " + std::to_string(key.longest) + " characters";
    need(Generalise::lengths, "lengths", why, "admits texts of " + range);
    return "{type: string, minLength: " + std::to_string(key.shortest) + ", maxLength: " + std::to_string(key.longest) +
           "}";
  }

  // A prompt's call as a condition; false: conditions cannot say it.
  bool add_prompt_call(const Distinct::Seen& call, Calls& calls) const {
    json::Document document;
    if (!document.read(call.text, json::Profile::strict) || !document.root().is_object()) return false;
    std::string all;
    std::size_t count = 0;
    for (const json::Member member : document.root().members()) {
      const std::string name(member.key);
      const auto key = seen_.keys.find(name);
      const bool secret = key != seen_.keys.end() && key->second.secret;
      if (secret && !member.value.is_string()) return false;
      if (member.value.is_array() || member.value.is_object() || member.value.is_null()) return false;
      ++count;
      all.append(", {path: ").append(path_of(name));
      all += secret ? ", op: type, value: string}" : ", op: eq, value: " + yaml::flow_value(member.value) + "}";
    }
    if (count == 0) {
      calls["{path: params.arguments, op: exists, value: false}"] += call.count;
      calls["{path: params.arguments, op: length, value: 0}"] += call.count;
    } else {
      calls["all: [{path: params.arguments, op: length, value: " + std::to_string(count) + "}" + all + "]"] +=
          call.count;
    }
    return true;
  }

  const ObservedArguments& seen_;
  const SuggestOptions& options_;
  const std::string& what_;
  ArgumentRules out_;
};

}  // namespace

ArgumentRules tool_arguments(const ObservedArguments& seen, const SuggestOptions& options, const std::string& what) {
  return Arguments(seen, options, what).for_tool();
}

ArgumentRules prompt_arguments(const ObservedArguments& seen, const SuggestOptions& options, const std::string& what) {
  return Arguments(seen, options, what).for_prompt();
}

}  // namespace trial
