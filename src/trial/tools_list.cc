// JSON is tried first, as tolerantly as the proxy reads what servers send; then lines of JSON; then YAML.
#include "trial/tools_list.h"

#include <optional>

#include "base/strings.h"
#include "json/document.h"
#include "json/writer.h"
#include "yaml/tree.h"

namespace trial {
namespace {

// The list in the making: a page after the other.
class Pages {
 public:
  // A message, a result or a list. False: it is none that holds tools.
  bool add(json::Value value) {
    if (const json::Value result = value.find("result")) value = result;
    const json::Value cursor = value.find("nextCursor");
    if (const json::Value tools = value.find("tools")) value = tools;
    if (!value.is_array()) return false;
    found_ = true;
    goes_on_ = cursor.is_string();
    for (const json::Value tool : value.elements()) {
      ++count_;
      if (nameless_ == 0 && !tool.find("name").is_string()) nameless_ = count_;
      if (count_ > 1) out_ += ',';
      json::write(out_, tool);
    }
    return true;
  }

  base::Result<std::string> list() {
    if (!found_) {
      return base::fail("it holds no tools; it is neither a list of tools nor what tools/list gave: {\"tools\": […]}");
    }
    if (nameless_ > 0) {
      return base::fail("tool " + std::to_string(nameless_) + " of the list is no map with a \"name\"");
    }
    if (goes_on_) {
      return base::fail("the list goes on (nextCursor): put the answers with the other pages below it, a line each");
    }
    return out_ + ']';
  }

 private:
  std::string out_ = "[";
  std::size_t count_ = 0, nameless_ = 0;
  bool found_ = false, goes_on_ = false;
};

// Messages, a line each. Nothing: the first line is no message, so it is something else.
std::optional<base::Result<std::string>> from_lines(std::string_view text) {
  Pages pages;
  std::size_t number = 0, messages = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    if (base::trimmed(line).empty()) continue;
    json::Document document;
    if (const auto read = document.read(line, json::Profile::tolerant); !read) {
      if (messages == 0) return std::nullopt;
      return base::fail("line " + std::to_string(number) + " is not JSON: " + read.error().message);
    }
    ++messages;
    if (document.root().is_object()) pages.add(document.root());
  }
  return pages.list();
}

base::Result<std::string> from_yaml(std::string_view text) {
  yaml::Problems problems;
  const yaml::Tree tree = yaml::read_tree(text, problems);
  const auto list = problems.take();
  if (tree.root == nullptr || problems.has_errors()) {
    if (list.empty()) return base::fail("it cannot be read");
    return base::fail("line " + std::to_string(list[0].position.line) + ": " + list[0].message);
  }
  std::string written;
  yaml::write_json(written, *tree.root);
  json::Document document;
  if (const auto read = document.read(written, json::Profile::tolerant); !read) return base::fail(read.error().message);
  Pages pages;
  pages.add(document.root());
  return pages.list();
}

}  // namespace

base::Result<std::string> tools_of(std::string_view text) {
  const std::string_view begin = base::trimmed(text);
  if (begin.empty()) return base::fail("it is empty");
  json::Document document;
  const auto read = document.read(text, json::Profile::tolerant);
  if (read) {
    Pages pages;
    pages.add(document.root());
    return pages.list();
  }
  if (auto lines = from_lines(text)) return std::move(*lines);
  auto other = from_yaml(text);
  const bool meant_as_json = begin.front() == '{' || begin.front() == '[';
  if (!other && meant_as_json) return base::fail("it is not JSON: " + read.error().message);
  return other;
}

}  // namespace trial
