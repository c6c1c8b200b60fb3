// One edit is one rewriting of the text; several are done one after the other, each on the outcome of the one before.
#include "policy/edit.h"

#include "json/writer.h"

namespace policy {
namespace {

using Steps = std::span<const json::Step>;

bool write_edited(std::string& out, json::Value value, Steps steps, const std::string* json);

// NOLINTBEGIN(misc-no-recursion): bounded by the path's steps
bool write_object(std::string& out, json::Value value, Steps steps, const std::string* json) {
  const bool takes_out = json == nullptr && steps.size() == 1;
  const std::string& key = steps[0].key;
  json::Composer c(out);
  c.open();
  bool found = false, good = true;
  for (const json::Member m : value.members()) {
    if (m.key != key) {
      c.key(m.key).value(m.value);
      continue;
    }
    found = true;
    if (takes_out) continue;
    c.key(m.key);
    good = good && write_edited(out, m.value, steps.subspan(1), json);
  }
  if (!found && json != nullptr) {
    c.key(key);
    good = good && write_edited(out, {}, steps.subspan(1), json);
  }
  c.close();
  return good;
}

bool write_array(std::string& out, json::Value value, Steps steps, const std::string* json) {
  if (!value.is_array() || steps[0].index >= value.size()) return false;
  json::Composer c(out);
  c.open_array();
  std::uint32_t index = 0;
  bool good = true;
  for (const json::Value element : value.elements()) {
    if (index++ != steps[0].index) {
      c.value(element);
    } else if (json != nullptr || steps.size() > 1) {
      good = good && write_edited(out, element, steps.subspan(1), json);
    }
  }
  c.close_array();
  return good;
}

bool write_edited(std::string& out, json::Value value, Steps steps, const std::string* json) {
  if (!steps.empty()) {
    switch (steps[0].kind) {
      case json::Step::Kind::key:
        return write_object(out, value, steps, json);
      case json::Step::Kind::index:
        return write_array(out, value, steps, json);
      default:
        return false;
    }
  }
  if (json == nullptr) return false;
  json::Composer(out).raw(*json);
  return true;
}
// NOLINTEND(misc-no-recursion)

}  // namespace

std::optional<std::string> edited(json::Value params, std::span<const Edit> edits) {
  std::string text = "{}";
  if (params) json::write(text = {}, params);
  for (const Edit& edit : edits) {
    json::Document document;
    if (!document.read(text, json::Profile::strict)) return std::nullopt;
    std::string next;
    if (!write_edited(next, document.root(), edit.steps, edit.json ? &*edit.json : nullptr)) return std::nullopt;
    text = std::move(next);
  }
  return text;
}

}  // namespace policy
