// Properties of loading a policy, on any text:
// - nothing crashes and nothing hangs; the same text gives the same answer;
// - there is a policy if and only if no problem is an error, and every problem has a code and a place in the text;
// - what is shown of a problem holds no control character but line feeds;
// - what loads can be lowered, or lowering says why not; its operators and counters are complete;
// - the text that a page without indentation is mended to loads.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "policy/evaluate.h"
#include "policy/load.h"

namespace {

using policy::Loaded;
using policy::Problem;
using policy::Severity;

void check_problem(const Problem& p, std::string_view text, std::size_t lines) {
  FUZZ_CHECK(!p.code.empty() && !p.message.empty());
  FUZZ_CHECK(p.position.line <= lines);
  const std::string shown = yaml::render(p, "p", text, false);
  FUZZ_CHECK(std::none_of(shown.begin(), shown.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && c != '\n') || u == 0x7F;
  }));
}

void check_entries(const std::vector<policy::Entry>& entries) {
  for (const policy::Entry& entry : entries) {
    FUZZ_CHECK(!entry.pattern.empty() && entry.position.line > 0);
    for (const policy::Rule& rule : entry.rules) {
      FUZZ_CHECK(!rule.label.empty());
      const bool denies = rule.action == policy::Action::deny;
      FUZZ_CHECK(!denies || (rule.require.empty() && rule.limits.empty() && !rule.validate.checks_something()));
      for (const policy::Limit& limit : rule.limits) {
        FUZZ_CHECK(!limit.counter.empty() && !limit.increment.is_negative());
        FUZZ_CHECK(limit.max || limit.kind == policy::Limit::Kind::state);
        FUZZ_CHECK((limit.window.seconds > 0) != (limit.window.type == limits::WindowType::lease));
      }
    }
  }
}

void check_ruleset(const policy::Ruleset& rules) {
  for (const auto* entries : {&rules.tools, &rules.resources, &rules.prompts, &rules.methods}) check_entries(*entries);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64 * 1024) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Loaded loaded = policy::load("p", text);
  const auto is_error = [](const Problem& p) { return p.severity == Severity::error; };
  FUZZ_CHECK(loaded.policy.has_value() == std::none_of(loaded.problems.begin(), loaded.problems.end(), is_error));
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const Problem& p : loaded.problems) {
    check_problem(p, text, lines);
    const std::size_t hint = p.hint.find("it should read:\n");
    if (p.code == "lost-indentation" && hint == 0) FUZZ_CHECK(policy::load("p", p.hint.substr(16)).policy.has_value());
  }
  for (const Problem& p : loaded.compat) check_problem(p, text, lines);

  const Loaded again = policy::load("p", text);
  FUZZ_CHECK(again.problems.size() == loaded.problems.size() && again.policy.has_value() == loaded.policy.has_value());
  if (!loaded.policy) return 0;
  check_ruleset(loaded.policy->rules);
  for (const policy::ServerRules& server : loaded.policy->servers) check_ruleset(server.rules);
  const auto lowered = policy::lower(*loaded.policy, {});
  FUZZ_CHECK(lowered.has_value() || !lowered.error().message.empty());
  return 0;
}
