// Leaves are tried one by one; any, all and not put their fixes together.
#include "policy/trial_call.h"

#include <algorithm>

#include "base/strings.h"
#include "policy/condition.h"
#include "policy/witness.h"

namespace policy {
namespace {

constexpr std::size_t most_fixes = 8;

bool same_steps(const std::vector<json::Step>& a, const std::vector<json::Step>& b) {
  return std::ranges::equal(a, b, [](const json::Step& x, const json::Step& y) {
    return x.kind == y.kind && x.key == y.key && x.index == y.index;
  });
}

// From params; nothing if the call's name or another thing that is not an argument would change.
std::vector<json::Step> steps_from_params(const std::string& root, const std::vector<json::Step>& steps) {
  std::vector<json::Step> out;
  if (root == "args") {
    out.push_back({json::Step::Kind::key, "arguments", 0});
  } else if (root != "params" || steps.empty() || steps[0].kind != json::Step::Kind::key || steps[0].key == "name" ||
             steps[0].key == "uri" || steps[0].key == "ref" || steps[0].key == "_meta") {
    return out;
  }
  out.insert(out.end(), steps.begin(), steps.end());
  return out;
}

std::string part_words(const std::string& path, const Witness& w) {
  if (!w.json) return path + ' ' + w.words;
  const std::string value = base::printable(*w.json, 60);
  if (!w.words.empty() && w.words.ends_with(value)) return path + ' ' + w.words;
  return path + ": " + value + (w.words.empty() ? "" : " (" + w.words + ")");
}

bool comes_true(const TracedCondition& t, bool wanted, const Facts& facts, const Fix& fix) {
  const ChangedCall changed(facts, edits_of(fix));
  if (!changed.good()) return false;
  json::Document empty;
  if (!empty.read("{}", json::Profile::strict)) return false;
  Reader reader(changed.facts(), facts.subjects.empty() ? nullptr : facts.subjects.data(), empty.root());
  return evaluate(*t.compiled, reader, t.reading) == truth_of(wanted);
}

void fixes_of_leaf(const TracedCondition& t, bool wanted, const Facts& facts, std::vector<Fix>& out) {
  const json::Path& path = t.source->path;
  const json::Value document = path.root == "args" ? facts.arguments : facts.params;
  const auto offer = [&](Fix fix) {
    if (out.size() < most_fixes && comes_true(t, wanted, facts, fix)) out.push_back(std::move(fix));
  };
  if (!path.quantified()) {
    const auto steps = steps_from_params(path.root, path.steps);
    if (steps.empty()) return;
    for (const Witness& w : witnesses(*t.source, wanted, json::follow(document, path))) {
      offer({{{steps, w.json}, part_words(path.text(), w)}});
    }
    return;
  }
  if (t.elements.empty()) return;
  const json::Value first = json::follow(document, json::Path{path.root, t.elements[0].steps});
  for (const Witness& w : witnesses(*t.source, wanted, first)) {
    Fix all;
    for (const TracedElement& e : t.elements) {
      const auto steps = steps_from_params(path.root, e.steps);
      if (!steps.empty()) all.push_back({{steps, w.json}, part_words(e.path, w)});
    }
    if (all.empty()) continue;
    offer({all.front()});
    if (all.size() > 1) offer(all);
  }
}

}  // namespace

Fix joined(const Fix& first, const Fix& then) {
  Fix out;
  for (const Part& p : first) {
    const bool replaced =
        std::ranges::any_of(then, [&](const Part& q) { return same_steps(p.edit.steps, q.edit.steps); });
    if (!replaced) out.push_back(p);
  }
  out.insert(out.end(), then.begin(), then.end());
  return out;
}

std::string words_of(const Fix& fix) {
  std::string out;
  for (const Part& p : fix) out += (out.empty() ? "" : ", and ") + p.words;
  return out;
}

std::vector<Edit> edits_of(const Fix& fix) {
  std::vector<Edit> out;
  for (const Part& p : fix) out.push_back(p.edit);
  return out;
}

ChangedCall::ChangedCall(const Facts& facts, const std::vector<Edit>& edits) : facts_(facts) {
  auto text = edited(facts.params, edits);
  if (!text) return;
  text_ = std::move(*text);
  if (!document_.read(text_, json::Profile::strict)) return;
  facts_.params = document_.root();
  const mcp::Ruling ruling = facts.known == nullptr ? mcp::Ruling::plumbing : facts.known->ruling;
  const bool takes_arguments = ruling == mcp::Ruling::tool || ruling == mcp::Ruling::prompt;
  if (takes_arguments) facts_.arguments = facts_.params.find("arguments");
  good_ = true;
}

void fixes_of(const TracedCondition& t, bool wanted, const Facts& facts,  // NOLINT(misc-no-recursion): as deep as rules
              std::vector<Fix>& out) {
  if (t.truth == truth_of(wanted)) return;
  switch (t.source->kind) {
    case Condition::Kind::compare:
      return fixes_of_leaf(t, wanted, facts, out);
    case Condition::Kind::negate:
      return fixes_of(t.children.front(), !wanted, facts, out);
    case Condition::Kind::any:
    case Condition::Kind::all:
      break;
  }
  // One of them is enough, or all of them are needed.
  const bool one = (t.source->kind == Condition::Kind::any) == wanted;
  Fix together;
  bool complete = true;
  for (const TracedCondition& child : t.children) {
    if (child.truth == truth_of(wanted)) continue;
    std::vector<Fix> found;
    fixes_of(child, wanted, facts, found);
    if (one) {
      for (Fix& f : found) {
        if (out.size() < most_fixes) out.push_back(std::move(f));
      }
    } else if (found.empty()) {
      complete = false;
    } else {
      together = joined(together, found.front());
    }
  }
  if (!one && complete && !together.empty() && comes_true(t, wanted, facts, together)) out.push_back(together);
}

}  // namespace policy
