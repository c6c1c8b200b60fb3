// Required arguments; see required_args.h.
#include "policy/required_args.h"

#include "base/strings.h"

namespace policy {
namespace {

constexpr std::size_t max_listed = 32;

}  // namespace

std::optional<std::string> missing_arguments(const tools::Definition& tool, json::Value arguments) {
  if (!tool.schema_readable)
    return "The schema of tool \"" + base::printable(tool.name) +
           "\" cannot be read, so its arguments cannot be checked";
  std::string missing;
  std::size_t count = 0;
  for (const auto& required : tool.required) {
    const json::Value value = arguments.find(required.name);
    if (value && (!value.is_null() || required.admits_null)) continue;
    if (++count > max_listed) continue;
    missing += missing.empty() ? "\"" : ", \"";
    missing += base::printable(required.name) + (value ? "\" (must not be null)" : "\"");
  }
  if (count == 0) return std::nullopt;
  if (count > max_listed) missing += " and " + std::to_string(count - max_listed) + " more";
  return (count == 1 ? "Missing required argument: " : "Missing required arguments: ") + missing;
}

}  // namespace policy
