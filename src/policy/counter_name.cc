// The reverse of append_key_part: a separator ends each part, "\u" is a separator within one, "\\" a backslash.
#include "policy/counter_name.h"

#include <vector>

#include "base/strings.h"

namespace policy {
namespace {

constexpr char separator = '\x1f';
constexpr std::string_view shadow_mark = "shadow\x1f\x1f";

std::optional<std::vector<std::string>> parts_of(std::string_view key) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == separator) {
      parts.emplace_back();
    } else if (key[i] == '\\') {
      ++i;
      if (i == key.size() || (key[i] != 'u' && key[i] != '\\')) return std::nullopt;
      parts.back() += key[i] == 'u' ? separator : '\\';
    } else {
      parts.back() += key[i];
    }
  }
  if (!parts.back().empty()) return std::nullopt;  // the last separator ends the last part
  parts.pop_back();
  return parts;
}

}  // namespace

std::optional<CounterName> parse_counter_key(std::string_view key) {
  CounterName out;
  out.shadow = key.starts_with(shadow_mark);
  if (out.shadow) key.remove_prefix(shadow_mark.size());
  auto parts = parts_of(key);
  if (!parts || parts->size() != 8) return std::nullopt;
  std::string* const fields[] = {&out.server,  &out.section, &out.entry, &out.kind,
                                 &out.counter, &out.window,  &out.scope, &out.scope_value};
  for (std::size_t i = 0; i < parts->size(); ++i) *fields[i] = std::move((*parts)[i]);
  return out;
}

std::string CounterName::text() const {
  std::string out;
  if (!server.empty()) out += base::printable(server) + "  ";
  out += section + '/' + base::printable(entry) + "  ";
  if (kind == "rate") {
    out += "rate limit";
  } else if (kind == "spend") {
    out += "spend limit on " + base::printable(counter.starts_with("_spend_") ? counter.substr(7) : counter);
  } else if (kind == "concurrency") {
    out += "concurrency";
  } else {
    out += "counter " + base::printable(counter);
  }
  if (scope != "entry" && scope != "global") out += "  " + scope + ' ' + base::printable(scope_value);
  if (scope == "global") out += "  global";
  if (shadow) out += "  (shadow)";
  return out;
}

}  // namespace policy
