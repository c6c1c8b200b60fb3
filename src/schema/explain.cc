// What is said about failures. Nothing here runs unless somebody wants to know.
#include <algorithm>

#include "base/strings.h"
#include "json/path.h"
#include "schema/evaluate.h"

namespace schema {
namespace {

constexpr std::size_t longest_value = 60;
constexpr std::size_t longest_limit = 120;

std::string path_of(const Where* where) {
  json::Path path;
  for (; where != nullptr; where = where->up) {
    json::Step step{where->is_key ? json::Step::Kind::key : json::Step::Kind::index, std::string(where->key),
                    where->index};
    path.steps.push_back(std::move(step));
  }
  std::reverse(path.steps.begin(), path.steps.end());
  std::string text = path.text();
  return text.starts_with('.') ? text.substr(1) : text;
}

std::string shown(std::string_view text, std::size_t longest) {
  // Cut before it is made printable: a value may be as long as a message.
  return base::printable(text.substr(0, 4 * longest), longest);
}

std::string type_names(TypeSet types) {
  std::vector<std::string_view> names;
  if ((types & type_null) != 0) names.emplace_back("null");
  if ((types & type_boolean) != 0) names.emplace_back("true or false");
  if ((types & type_number) == type_number) {
    names.emplace_back("a number");
  } else if ((types & type_integer) != 0) {
    names.emplace_back("a whole number");
  }
  if ((types & type_string) != 0) names.emplace_back("a string");
  if ((types & type_array) != 0) names.emplace_back("an array");
  if ((types & type_object) != 0) names.emplace_back("an object");
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace

bool Evaluator::fail_at(std::uint32_t place, std::string_view keyword, const Where* where, std::string message) {
  if (!explaining()) return false;
  if (failures_->size() >= most_) return false;
  failures_->push_back({path_of(where), program_.pointer(place, keyword), std::move(message)});
  return true;
}

bool Evaluator::fail(const Call& call, std::string_view keyword, std::string_view must) {
  return explaining() && fail_at(call.node.place, keyword, call.where, std::string(must));
}

bool Evaluator::fail_limit(const Call& call, std::string_view keyword, std::string_view must, std::string_view limit,
                           std::string_view is) {
  if (!explaining()) return false;
  std::string message(must);
  message += ' ';
  message += shown(limit, longest_limit);
  message += ", is ";
  message += shown(is, longest_value);
  fail_at(call.node.place, keyword, call.where, std::move(message));
  return true;
}

bool Evaluator::fail_type(const Call& call) {
  return explaining() && fail_limit(call, "type", "must be", type_names(call.node.types), call.value.raw());
}

bool Evaluator::fail_values(const Call& call, const ValueChecks& checks) {
  if (!explaining()) return false;
  if (checks.constant) return fail_limit(call, "const", "must be", checks.constant.raw(), call.value.raw());
  return fail_limit(call, "enum", "must be one of", checks.enumeration.raw(), call.value.raw());
}

std::string Program::pointer(std::uint32_t place, std::string_view keyword) const {
  std::vector<std::string_view> parts;
  for (; place != no_table; place = places[place].parent) parts.push_back(places[place].tokens);
  std::string out;
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
    if (!it->empty()) out.append("/").append(*it);
  }
  if (!keyword.empty()) out.append("/").append(keyword);
  return out;
}

std::string pointer_token(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace schema
