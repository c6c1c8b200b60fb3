// Names of operators.
#include "policy/model.h"

#include <array>
#include <string_view>

namespace policy {
namespace {

constexpr std::array<const char*, 22> names = {
    "eq",      "neq",    "lt",       "lte",         "gt",          "gte",         "between",
    "in",      "not_in", "contains", "starts_with", "ends_with",   "glob",        "regex",
    "matches", "exists", "type",     "length",      "path_within", "url_host_in", "url_scheme_in",
    "cidr_in",
};
static_assert(static_cast<std::size_t>(Op::cidr_in) + 1 == names.size());

}  // namespace

const char* op_name(Op op) { return names[static_cast<std::size_t>(op)]; }

std::optional<Op> find_op(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) return static_cast<Op>(i);
  return std::nullopt;
}

std::string rule_id(std::string_view prefix, std::string_view section, const Entry& entry, const Rule& rule) {
  constexpr std::string_view of_all_tools = "all_tools/";  // family C: a rule of "*" that stands elsewhere
  std::string id(prefix);
  if (!rule.label.starts_with(of_all_tools)) id.append(section).append("/").append(entry.pattern).append("/");
  return id += rule.label;
}

}  // namespace policy
