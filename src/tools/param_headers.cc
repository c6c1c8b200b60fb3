// The walk over an inputSchema that collects annotations and finds those that stand where none may.
#include "tools/param_headers.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"

namespace tools {
namespace {

constexpr std::string_view annotation = "x-mcp-header";

// What holds schemas apart from "properties". An annotation below them is not statically reachable.
constexpr std::array<std::string_view, 14> single_or_list{"items",
                                                          "prefixItems",
                                                          "contains",
                                                          "additionalProperties",
                                                          "unevaluatedProperties",
                                                          "unevaluatedItems",
                                                          "not",
                                                          "propertyNames",
                                                          "if",
                                                          "then",
                                                          "else",
                                                          "oneOf",
                                                          "anyOf",
                                                          "allOf"};
constexpr std::array<std::string_view, 4> by_name{"patternProperties", "dependentSchemas", "$defs", "definitions"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_without_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

// tchar of RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::string_view("!#$%&'*+-.^_`|~").contains(c));
  });
}

std::optional<ParamHeader::Type> type_of(json::Value type) {
  if (type.string() == "string") return ParamHeader::Type::string;
  if (type.string() == "integer") return ParamHeader::Type::integer;
  if (type.string() == "boolean") return ParamHeader::Type::boolean;
  if (type.string() == "number") return ParamHeader::Type::number;
  return std::nullopt;
}

class Walk {
 public:
  // False: invalid, and problem_ says why.
  bool visit(json::Value schema, bool reachable) {
    if (!schema.is_object()) return true;
    if (const json::Value mark = schema.find(annotation); mark && !take(mark, schema, reachable)) return false;
    for (const json::Member m : schema.find("properties").members()) {
      if (!below(m.key, m.value, reachable)) return false;
    }
    for (const std::string_view key : single_or_list) {
      const json::Value part = schema.find(key);
      if (part.is_object() && !below(key, part, false)) return false;
      for (const json::Value one : part.elements()) {
        if (!below(key, one, false)) return false;
      }
    }
    for (const std::string_view key : by_name) {
      for (const json::Member m : schema.find(key).members()) {
        if (!below(key, m.value, false)) return false;
      }
    }
    return true;
  }

  ParamHeaders done(bool valid) {
    if (!valid) {
      return {{}, std::move(problem_)};
    }
    return {std::move(list_), std::move(number_problem_)};
  }

 private:
  bool below(std::string_view key, json::Value schema, bool reachable) {
    path_.emplace_back(key);
    const bool valid = visit(schema, reachable);
    path_.pop_back();
    return valid;
  }

  bool take(json::Value mark, json::Value schema, bool reachable) {
    if (!reachable || path_.empty()) return fail("may stand on properties alone that are reached by properties alone");
    if (!mark.is_string() || !is_token(mark.string())) return fail("must be the name of a header, a token (RFC 9110)");
    const auto type = type_of(schema.find("type"));
    if (!type) return fail("may stand on properties of type string, integer or boolean alone");
    if (*type == ParamHeader::Type::number && number_problem_.empty()) {
      number_problem_ = at() + " may not stand on properties of type number";
    }
    std::string name = std::string(param_header_prefix) + std::string(mark.string());
    const bool taken =
        std::ranges::any_of(list_, [&](const ParamHeader& other) { return equal_without_case(other.name, name); });
    if (taken) return fail("has a name that another property has too (names have no case)");
    if (list_.size() == max_param_headers) return fail("stands on too many properties");
    list_.push_back({.path = path_, .name = std::move(name), .type = *type});
    return true;
  }

  std::string at() const {
    std::string where;
    for (const std::string& key : path_) where += "/" + key;
    return "x-mcp-header at " + base::printable(where.empty() ? "/" : where, 100);
  }

  bool fail(std::string_view why) {
    problem_ = at() + " " + std::string(why);
    return false;
  }

  std::vector<std::string> path_;
  std::vector<ParamHeader> list_;
  std::string problem_, number_problem_;
};

}  // namespace

bool ParamHeaders::names(std::string_view header) const {
  const auto plain = [](char c) { return c == '_' ? '-' : lower(c); };
  return std::ranges::any_of(
      list, [&](const ParamHeader& one) { return std::ranges::equal(one.name, header, {}, plain, plain); });
}

ParamHeaders read_param_headers(json::Value input_schema) {
  Walk walk;
  const bool valid = walk.visit(input_schema, true);
  return walk.done(valid);
}

}  // namespace tools
