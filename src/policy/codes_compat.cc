// Codes of the notes of --compat: what is decided more strictly here than where a document came from.
#include "policy/codes.h"

namespace policy {
namespace {

Code note(std::string_view name, std::string_view title, std::string_view explanation, std::string_view example,
          std::string_view mended) {
  return {name, yaml::Severity::note, Silencing::never, title, explanation, example, mended, "", true};
}

}  // namespace

std::vector<Code> compat_codes() {
  constexpr std::string_view nothing = "tools:\n  t: {}\n";
  return {
      note("amounts", "amounts are exact",
           "Missing, negative, non-numeric, over-precise and too large amounts are refused with the argument's name. "
           "Elsewhere some of them counted as zero.",
           "tools:\n  t: {rules: [{limits: [{counter: n, window: day, max: 5, increment_from: args.n, refund: "
           "on_error}]}]}\n",
           nothing),
      note("approvals", "calls that would wait for a person are refused", "This version has no approvals.",
           "tools:\n  t: {rules: [{action: require_approval}]}\n", nothing),
      note("counted-always", "a counter without its own limit is charged as well",
           "The counter is charged whenever its rule is passed, not only where the same rule limits it.",
           "tools:\n  t: {rules: [{state: {counter: n, window: day, refund: on_error}}]}\n", nothing),
      note("default-deny", "default: deny covers more than tools",
           "It also refuses resources, prompts, and methods that no published revision knows. default: {tools: deny} "
           "is for "
           "tools alone.",
           "default: deny\n", "default: {tools: deny}\n"),
      note("entry-glob", "an entry with a star is a glob",
           "Its rules apply to every tool that it matches, not to one of that name.", "tools:\n  \"get_*\": {}\n",
           nothing),
      note("hide-glob", "a hidden name with a star is a glob",
           "It hides every tool that it matches, not one of that name.", "hide: [\"get_*\"]\n", nothing),
      note("refund", "errors of the server give nothing back",
           "A charge is given back only if the call never reached the server. refund: on_error also gives it back when "
           "the "
           "server reports an error, and lets a server that acts and then fails exceed the limit.",
           "tools:\n  t: {rules: [{rate_limit: {max: 5, window: 60}}]}\n", nothing),
      note("required-args", "null and unknown tools do not pass",
           "A tool that the server does not list is refused, and null counts as missing unless the schema admits it.",
           "tools:\n  t: {rules: [{validate: {required_args: true}}]}\n", nothing),
      note("reserved", "the call's own increment counts",
           "The counter is checked with the call's own increment added, not before it.",
           "tools:\n  t:\n    rules:\n      - {state: {counter: n, window: day, refund: on_error}, require: {path: "
           "state.t.n, op: lte, value: 5}}\n"
           "      - {require: {path: state.t.n, op: lte, value: 3}}\n",
           nothing),
      note("schema", "unknown tools and schemas of no use do not pass",
           "A tool that the server does not list is refused, and so is one whose schema cannot be used.",
           "tools:\n  t: {rules: [{validate: {schema: true}}]}\n", nothing),
      note("sliding", "windows slide",
           "No interval of the window's length ever admits more than the maximum, where calendar windows admit twice "
           "as much "
           "at their border.",
           "tools:\n  t: {rules: [{rate_limit: {max: 5, window: hour, scope: identity, refund: on_error}}]}\n",
           nothing),
      note("types", "values are compared by type",
           "5 and \"5\", true and \"true\" do not equal each other in a requirement. coerce: true joins numbers and "
           "their "
           "text.",
           "tools:\n  t: {rules: [{require: {path: args.n, op: eq, value: 5}}]}\n", nothing),
      note("undecided", "a denial also applies where a condition cannot be decided",
           "A value of another type, numeric text, and under negative operators a missing value count as met in a "
           "restriction.",
           "tools:\n  t: {rules: [{action: deny, when: {path: args.n, op: gt, value: 5}}]}\n", nothing),
  };
}

}  // namespace policy
