// How two schemas differ, by path: arguments that come, go, are required or not, and every keyword that has another
// value. What is no schema (annotations, _meta) is compared the same way: its members are keywords.
#include <algorithm>
#include <set>

#include "catalog/lock_changes.h"
#include "json/writer.h"
#include "tools/sign_text.h"

namespace catalog {
namespace {

constexpr std::size_t most_lines = 200;
constexpr std::size_t most_shown = 400;  // code points of a value

std::string canonical(json::Value v) {
  std::string out;
  json::write_canonical(out, v);
  return out;
}

std::string value_text(json::Value v) {
  std::string out;
  json::write(out, v);
  return tools::visible(out, most_shown);
}

std::string type_text(json::Value schema) {
  const json::Value type = schema.find("type");
  if (type.is_string()) return tools::visible(type.string(), 40);
  return type ? value_text(type) : std::string("any");
}

class SchemaDiff {
 public:
  explicit SchemaDiff(std::vector<std::string>& lines) : lines_(lines), end_(lines.size() + most_lines) {}

  // `path`: of the argument, "a.b"; "" for the whole.
  void compare(const std::string& label, const std::string& path, json::Value was,  // NOLINT(misc-no-recursion)
               json::Value is) {
    if (!was.is_object() || !is.is_object()) return replaced(label, was, is);
    std::set<std::string_view> keys;
    for (const json::Member m : was.members()) keys.insert(m.key);
    for (const json::Member m : is.members()) keys.insert(m.key);
    for (const std::string_view key : keys) keyword(label, path, key, was, is);
  }

 private:
  void say(std::string line) {
    if (lines_.size() < end_) return lines_.push_back(std::move(line));
    if (lines_.size() == end_) lines_.emplace_back("… and more, which is not shown");
  }

  static std::string argument(const std::string& path) { return "argument \"" + path + '"'; }

  void replaced(const std::string& label, json::Value was, json::Value is) {
    if (!was) return say(label + ": new: " + value_text(is));
    if (!is) return say(label + ": gone, it was " + value_text(was));
    if (canonical(was) != canonical(is)) say(label + ": " + value_text(was) + " -> " + value_text(is));
  }

  void keyword(const std::string& label, const std::string& path, std::string_view key,  // NOLINT(misc-no-recursion)
               json::Value was_schema, json::Value is_schema) {
    const json::Value was = was_schema.find(key), is = is_schema.find(key);
    if (was && is && canonical(was) == canonical(is)) return;
    const auto fits = [&](auto test) { return (!was || test(was)) && (!is || test(is)); };
    if (key == "properties" && fits([](json::Value v) { return v.is_object(); })) {
      return properties(path, was, is, is_schema.find("required"));
    }
    if (key == "required" && fits([](json::Value v) { return v.is_array(); })) {
      return required(path, was, is, was_schema.find("properties"), is_schema.find("properties"));
    }
    const std::string name = tools::visible(key, 80);
    if ((key == "description" || key == "title") && fits([](json::Value v) { return v.is_string(); })) {
      return say(name + " of " + label + ": " + word_diff(was.string(), is.string()));
    }
    if (was.is_object() && is.is_object()) return compare(label + " / " + name, path, was, is);
    replaced(label + ": " + name, was, is);
  }

  void properties(const std::string& path, json::Value was, json::Value is,  // NOLINT(misc-no-recursion)
                  json::Value required) {
    for (const json::Member m : is.members()) {
      const std::string child = (path.empty() ? "" : path + '.') + tools::visible(m.key, 80);
      const json::Value old = was.find(m.key);
      if (old) {
        compare(argument(child), child, old, m.value);
        continue;
      }
      const bool needed = std::ranges::any_of(required.elements(), [&](json::Value v) { return v.string() == m.key; });
      std::string line = "new " + argument(child) + " (" + type_text(m.value) + (needed ? ", required)" : ")");
      if (const std::string_view text = m.value.find("description").string(); !text.empty()) {
        line += ": " + tools::visible(text, most_shown);
      }
      say(std::move(line));
    }
    for (const json::Member m : was.members()) {
      if (!is.find(m.key)) say(argument((path.empty() ? "" : path + '.') + tools::visible(m.key, 80)) + " is gone");
    }
  }

  // Of arguments that came or went it is said there.
  void required(const std::string& path, json::Value was, json::Value is, json::Value was_properties,
                json::Value is_properties) {
    const auto names = [](json::Value list) {
      std::set<std::string_view> out;
      for (const json::Value v : list.elements()) out.insert(v.string());
      return out;
    };
    const std::set<std::string_view> before = names(was), after = names(is);
    bool said = false;
    const auto tell = [&](std::string_view name, json::Value properties, const char* what) {
      said = true;
      if (!properties.find(name) && (was_properties.find(name) || is_properties.find(name))) return;
      say(argument((path.empty() ? "" : path + '.') + tools::visible(name, 80)) + what);
    };
    for (const std::string_view name : after) {
      if (!before.contains(name)) tell(name, was_properties, " is required now");
    }
    for (const std::string_view name : before) {
      if (!after.contains(name)) tell(name, is_properties, " is no longer required");
    }
    if (!said) say("the order of required arguments changed");
  }

  std::vector<std::string>& lines_;
  std::size_t end_;
};

}  // namespace

void schema_changes(std::vector<std::string>& lines, std::string_view what, json::Value before, json::Value after) {
  SchemaDiff(lines).compare(tools::visible(what, 80), "", before, after);
}

}  // namespace catalog
