// Codes of findings that need the server's tools: intercept validate --tools FILE.
#include "policy/codes.h"

namespace policy {
namespace {

constexpr std::string_view tools_list =
    R"({"tools": [{"name": "create_charge", "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"},
"currency": {"type": "string", "enum": ["eur", "usd"]}, "note": {"type": "string"}}, "required": ["amount"]}},
{"name": "delete_charge", "annotations": {"destructiveHint": true}, "inputSchema": {"type": "object"}}]})";

Code warning(std::string_view name, std::string_view title, std::string_view explanation, std::string_view example,
             std::string_view mended) {
  return {name, yaml::Severity::warning, Silencing::with_tools, title, explanation, example, mended, tools_list};
}

}  // namespace

std::vector<Code> tools_codes() {
  return {
      warning("destructive-unruled", "a tool that deletes, and no rule looks at it",
              "default: allow permits what no entry names. The server says of these tools that they destroy "
              "(destructiveHint), or their names do. Write default: deny and name what is permitted, or give each an "
              "entry; "
              "an empty one ({}) says that it is meant.",
              "tools:\n  create_charge: {rules: [{rate_limit: 5/hour}]}\n",
              "default: deny\ntools:\n  create_charge: {rules: [{rate_limit: 5/hour}]}\n"),
      warning("glob-matches-nothing", "a glob that matches no tool",
              "No tool of the list has a name that the glob matches, so that its rules apply to nothing. Names are "
              "compared "
              "byte for byte, and only * is special.",
              "default: deny\ntools:\n  \"charge_*\": {rules: [{rate_limit: 5/hour}]}\n",
              "default: deny\ntools:\n  \"*_charge\": {rules: [{rate_limit: 5/hour}]}\n"),
      warning(
          "not-in-enum", "a value that the schema does not list",
          "The tool's schema lists the values of this argument, and this is none of them. A requirement that asks for "
          "it "
          "is met by no call that fits the schema; a denial of it denies nothing.",
          "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.currency, op: eq, value: EUR}}]}\n",
          "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.currency, op: eq, value: eur}}]}\n"),
      warning("type-mismatch", "a comparison with another type",
              "The argument's type in the tool's schema is none that the operator or value can match: a number that is "
              "compared with text, text with a bound. A requirement then refuses every call, and what a denial does "
              "hangs on "
              "the reading of doubt. In a requirement 5 and \"5\" are different; coerce: true joins them.",
              "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.note, op: lte, value: 5}}]}\n",
              "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.note, op: length, value: {lte: "
              "5}}}]}\n"),
      warning("unknown-argument", "an argument that the tool does not have",
              "The tool's schema has no such property. A requirement on it refuses every call that fits the schema, a "
              "denial "
              "never applies, and an amount that is missing is refused. The name is probably misspelt, or the server "
              "changed.",
              "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.amout, op: lte, value: 5}}]}\n",
              "default: deny\ntools:\n  create_charge: {rules: [{require: {path: args.amount, op: lte, value: 5}}]}\n"),
      warning("unknown-tool", "a tool that the server does not have",
              "No tool of the list has this name, so that the entry's rules apply to nothing. Names are compared byte "
              "for byte: "
              "case, dots and prefixes matter.",
              "default: deny\ntools:\n  create_charges: {rules: [{rate_limit: 5/hour}]}\n",
              "default: deny\ntools:\n  create_charge: {rules: [{rate_limit: 5/hour}]}\n"),
  };
}

}  // namespace policy
