// load(): text -> tree -> typed policy -> counters tied to conditions -> lint. Each step runs only if the ones before
// it left no error that would make its findings nonsense.
#include "policy/load.h"

#include "base/sha256.h"
#include "policy/loading.h"

namespace policy {
namespace {

// A page that was pasted without its indentation: says so once, with the text as it should be.
void offer_mended(std::string_view text, std::vector<Problem>& problems) {
  const std::string mended = mend_indentation(text);
  if (mended.empty()) return;
  for (Problem& p : problems) {
    if (p.severity != Severity::error) continue;
    Problem one = std::move(p);
    one.code = "lost-indentation";
    one.message = "the indentation of this page was lost: rules belong under a tool's name, and that under tools";
    one.hint = "it should read:\n" + mended;
    problems.clear();
    problems.push_back(std::move(one));
    return;
  }
}

bool has_line_rules(std::string_view text) {
  return text.starts_with("rules:") || text.find("\nrules:") != std::string_view::npos;
}

}  // namespace

Loaded load_plainly(std::string_view file, std::string_view text, const LoadOptions& options) {
  Loading l;
  l.lint = options.lint;
  Loaded out;
  Policy policy;
  policy.file = file;
  policy.digest = "sha256:" + base::to_hex(base::sha256(text));
  {
    const yaml::Tree tree = yaml::read_tree(text, l.problems);
    if (tree.root != nullptr) read_policy(l, *tree.root, policy);
  }
  if (!l.problems.has_errors()) resolve_state(l, policy);
  if (!l.problems.has_errors() && options.lint) lint(policy, l, options);
  if (!l.problems.has_errors() && options.compat) list_compat(policy, l.compat);
  const bool valid = !l.problems.has_errors();
  const bool with_tools = options.tools != nullptr && policy.servers.empty();
  out.silenced = l.silences.apply(l.problems, options.lint, with_tools);
  out.problems = l.problems.take();
  out.compat = l.compat.take();
  if (valid) out.policy = std::move(policy);
  return out;
}

Loaded load(std::string_view file, std::string_view text, const LoadOptions& options) {
  Loaded out = load_plainly(file, text, options);
  if (out.policy) return out;
  bool lost = has_line_rules(text);
  for (const Problem& p : out.problems) lost = lost || p.code == "lost-indentation";
  if (lost) offer_mended(text, out.problems);
  return out;
}

}  // namespace policy
