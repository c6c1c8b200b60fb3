// Copies an answer through the writer, leaving hidden tools out.
#include "tools/list_filter.h"

#include <algorithm>

#include "base/unicode.h"
#include "json/writer.h"

namespace tools {
namespace {

// A client that folds case would read "Tools" as tools and "Name" as name: such keys are held to the same rule.
bool is_hidden(json::Value tool, const std::function<bool(std::string_view)>& hidden) {
  if (!tool.is_object()) return true;
  bool named = false;
  for (const json::Member m : tool.members()) {
    if (!base::equal_folded(m.key, "name")) continue;
    if (!m.value.is_string() || hidden(m.value.string())) return true;
    named = named || m.key == "name";
  }
  return !named;
}

void write_tools(json::Composer& c, json::Value tools, const std::function<bool(std::string_view)>& hidden,
                 Filtered& count) {
  c.open_array();
  for (const json::Value tool : tools.elements()) {
    if (is_hidden(tool, hidden)) {
      ++count.removed;
    } else {
      ++count.kept;
      c.value(tool);
    }
  }
  c.close_array();
}

void write_result(json::Composer& c, json::Value result, const std::function<bool(std::string_view)>& hidden,
                  bool make_private, Filtered& count) {
  c.open();
  for (const json::Member m : result.members()) {
    c.key(m.key);
    if (base::equal_folded(m.key, "tools")) {
      write_tools(c, m.value, hidden, count);  // what is no list of tools cannot be filtered: an empty one
    } else if (make_private && m.key == "cacheScope") {
      c.string("private");
    } else {
      c.value(m.value);
    }
  }
  c.close();
}

}  // namespace

Filtered filter_list(std::string& out, json::Value message, const std::function<bool(std::string_view)>& hidden,
                     bool make_private) {
  Filtered count;
  json::Composer c(out);
  c.open();
  for (const json::Member m : message.members()) {
    c.key(m.key);
    if (m.key == "result" && m.value.is_object()) {
      write_result(c, m.value, hidden, make_private, count);
    } else {
      c.value(m.value);
    }
  }
  c.close();
  return count;
}

}  // namespace tools
