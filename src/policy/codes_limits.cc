// Codes of limits and counters.
#include "policy/codes_rows.h"

namespace policy {

using code_rows::warning;

std::vector<Code> limit_codes() {
  return {
      warning("counter-without-limit", "a counter that limits nothing",
              "A state block counts, and nothing bounds what it counts. A limit is a condition on the counter: {path: "
              "state.<entry>.<counter>, op: lte, value: N}.",
              "tools:\n  t: {rules: [{state: {counter: n, window: day}}]}\n",
              "tools:\n  t: {rules: [{state: {counter: n, window: day}, require: {path: state.t.n, op: lte, value: "
              "5}}]}\n"),
      {"destructive-session-limit", yaml::Severity::warning, Silencing::depends,
       "a tool that deletes is bounded per session alone",
       "A session is the client's choice, and a new one starts afresh: a limit per session stops runaways, not "
       "attackers. "
       "Deny the tool, require something of its arguments, or add a limit that outlives the session, such as 5/day.\n\n"
       "A tool deletes if its name says so or, with --tools, if the server says destructiveHint.",
       "tools:\n  delete_file: {rules: [{rate_limit: {max: 3, window: 60}}]}\n",
       "tools:\n  delete_file: {rules: [{rate_limit: {max: 3, window: 60}}, {rate_limit: 5/day}]}\n", ""},
      warning(
          "limit-never-fires", "a limit that others always come before",
          "Another limit counts the same calls, or more of them, and admits fewer: this one refuses nothing. Or every "
          "single amount is bounded so low that the calls which are permitted cannot add up to the maximum. It looks "
          "like protection and is none, and the number in it is probably wrong.",
          "tools:\n  t: {rules: [{rate_limit: 10/minute}, {rate_limit: 1000/hour}]}\n",
          "tools:\n  t: {rules: [{rate_limit: 10/minute}, {rate_limit: 100/hour}]}\n"),
      warning("refund-on-error", "charges that the server can give back",
              "With refund: on_error a call is not counted if the server answers with an error. A server that acts and "
              "then "
              "fails makes such a limit worthless. undelivered, the default, gives back only what never reached the "
              "server.",
              "tools:\n  t: {rules: [{rate_limit: {max: 5, window: 60, refund: on_error}}]}\n",
              "tools:\n  t: {rules: [{rate_limit: {max: 5, window: 60}}]}\n"),
      warning(
          "state-read-only", "a counter is read and not reserved",
          "Only lte and lt directly under require (or conditions), on a counter of the same entry, reserve the call's "
          "own "
          "increment. Other conditions read the counter as it stands: calls made at the same time all read the same.",
          "tools:\n  t:\n    rules:\n      - {state: {counter: n, window: day}, require: {path: state.t.n, op: lte, "
          "value: 5}}\n  u: {rules: [{require: {path: state.t.n, op: lt, value: 3}}]}\n",
          "tools:\n  t:\n    rules:\n      - {state: {counter: n, window: day}, require: {path: state.t.n, op: lte, "
          "value: 5}}\n  u: {rules: [{rate_limit: 3/day}]}\n"),
      warning("zero-increment", "increment: 0 counts 1",
              "The classic proxy read 0 as 1, and so does this one, so that an old policy does not lose its limit.",
              "tools:\n  t:\n    rules:\n      - state: {counter: n, window: day, increment: 0}\n"
              "        require: {path: state.t.n, op: lte, value: 5}\n",
              "tools:\n  t:\n    rules:\n      - state: {counter: n, window: day, increment: 1}\n"
              "        require: {path: state.t.n, op: lte, value: 5}\n"),
  };
}

}  // namespace policy
