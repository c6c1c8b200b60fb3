// Each step goes through a Stage; a case has one of its own. A case goes on after a failure, so that one run shows all
// of them.
#include "trial/run_case.h"

#include <algorithm>

#include "audit/time_text.h"
#include "base/strings.h"
#include "policy/rule_text.h"
#include "trial/rules.h"
#include "trial/stage.h"

namespace trial {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return "[" + out + "]";
}

std::string findings_text(const Seen& seen) {
  std::string out;
  for (const SeenFinding& f : seen.shadow) out.append(out.empty() ? "" : "\n").append(f.rule + ": " + f.message);
  return out;
}

std::string ms_text(std::int64_t ms) { return std::to_string(ms) + "ms"; }

// A text that was expected whole.
void equal(std::vector<Difference>& out, const char* field, const std::optional<std::string>& expected,
           const std::string& seen) {
  if (expected && *expected != seen) out.push_back({field, *expected, seen});
}

// A text of which a part was expected.
void holds(std::vector<Difference>& out, const char* field, const std::optional<std::string>& expected,
           const std::string& seen) {
  if (expected && seen.find(*expected) == std::string::npos) out.push_back({field, "… " + *expected + " …", seen});
}

std::vector<Difference> differences(const Expected& e, const Seen& seen) {
  std::vector<Difference> out;
  if (e.decision != seen.decision) {
    out.push_back({"expect", decision_word(e.decision), decision_word(seen.decision)});
  }
  equal(out, "rule", e.rule, seen.rule);
  equal(out, "reason", e.reason, seen.reason);
  holds(out, "message", e.message, seen.message);
  holds(out, "condition", e.condition, seen.condition);
  if (e.retry_after_ms && e.retry_after_ms != seen.retry_after_ms) {
    out.push_back(
        {"retry_after", ms_text(*e.retry_after_ms), seen.retry_after_ms ? ms_text(*seen.retry_after_ms) : ""});
  }
  if (e.shadow == "none") {
    if (!seen.shadow.empty()) out.push_back({"shadow", "none", findings_text(seen)});
  } else {
    holds(out, "shadow", e.shadow, findings_text(seen));
  }
  return out;
}

class CaseRun {
 public:
  CaseRun(const Prepared& prepared, const Case& one, const RunOptions& options, Coverage& coverage)
      : prepared_(prepared),
        case_(one),
        options_(options),
        coverage_(coverage),
        stage_({.server_name = prepared.file.server,
                .tools = prepared.tools,
                .initialized = prepared.file.initialized,
                .start = one.start},
               prepared.policies[0].snapshot) {
    result_.name = one.name;
    result_.position = one.position;
    use(prepared.policies[0]);
  }

  CaseResult run() {
    for (const Step& step : case_.steps) {
      ++result_.steps;
      take(step);
    }
    return std::move(result_);
  }

 private:
  void use(const LoadedPolicy& policy) {
    policy_ = &policy;
    rules_.clear();
    each_rule(policy.model, [&](const std::string& id, const policy::Rule& rule) {
      rules_.emplace(id, &rule);
      if (policy.own_file && can_refuse(rule)) coverage_.rules[policy.file][id] = rule.position.line;
    });
  }

  void take(const Step& step) {
    const bool alone = step.kind == Step::Kind::message;
    if (step.session) stage_.enter_session(*step.session);
    if (step.identity) stage_.enter_identity(*step.identity);
    if (pass_time(step)) act(step);
    if (alone) {  // session and identity were this message's
      stage_.enter_session(session_);
      stage_.enter_identity(identity_);
      return;
    }
    session_ = step.session.value_or(session_);
    identity_ = step.identity.value_or(identity_);
  }

  bool pass_time(const Step& step) {
    const base::WallTime until = step.until.value_or(stage_.now() + step.advance);
    if (until >= last_moment()) return fail(step, "the clock cannot go beyond the year 2200"), false;
    if (until == stage_.now()) return true;
    if (const auto moved = stage_.advance_to(until); !moved) {
      return fail(step, moved.error().message + "; start: at the top of the file sets it"), false;
    }
    return true;
  }

  static base::WallTime last_moment() { return base::WallTime(std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)); }

  void act(const Step& step) {
    switch (step.kind) {
      case Step::Kind::message:
        return message(step);
      case Step::Kind::finish:
        if (!stage_.finish(step.answer)) fail(step, "no call of this session waits for its answer");
        return;
      case Step::Kind::reload:
        use(prepared_.policies[step.policy]);
        return stage_.reload(policy_->snapshot);
      case Step::Kind::list: {
        const std::vector<std::string> names = stage_.listed_tools();
        if (names == step.names) return;
        const bool none = prepared_.tools == "[]";
        return fail(step, none ? "the server of this test has no tools: give it some with tools:" : "",
                    {{"list", joined(step.names), joined(names)}});
      }
      case Step::Kind::move:
        return;
    }
  }

  const Seen& send(const Step& step) {
    switch (step.shape) {
      case Step::Shape::request:
        return stage_.request(step.text, step.answer);
      case Step::Shape::client_line:
        return stage_.client_line(step.text, step.answer);
      case Step::Shape::server_request:
        return stage_.server_request(step.text);
      case Step::Shape::server_line:
        break;
    }
    return stage_.server_line(step.text);
  }

  // Of repeated messages the first that is wrong is shown, and the others are played.
  void message(const Step& step) {
    bool failed = false;
    for (std::uint32_t i = 0; i < step.repeat; ++i) {
      const Seen& seen = send(step);
      note_refusals(seen);
      std::vector<Difference> found = differences(step.expected, seen);
      if (options_.trace && (i == 0 || i + 1 == step.repeat)) trace(step, seen);
      if ((found.empty() && seen.broken.empty()) || failed) continue;
      failed = true;
      fail(step, step.repeat == 1 ? "" : "call " + std::to_string(i + 1) + " of " + std::to_string(step.repeat),
           std::move(found), &seen);
    }
  }

  void note_refusals(const Seen& seen) {
    if (!policy_->own_file) return;
    if (!seen.rule.empty()) coverage_.refused.emplace(policy_->file, seen.rule);
    for (const SeenFinding& finding : seen.shadow) coverage_.refused.emplace(policy_->file, finding.rule);
  }

  void trace(const Step& step, const Seen& seen) {
    std::string text = prepared_.name + ":" + std::to_string(step.position.line) + ": " + step.title + ": " +
                       decision_word(seen.decision);
    if (!seen.rule.empty()) text += ", " + seen.rule;
    if (!seen.message.empty()) text += ": " + seen.message;
    result_.trace.push_back(std::move(text));
  }

  void fail(const Step& step, std::string note, std::vector<Difference> found = {}, const Seen* seen = nullptr) {
    if (result_.failures.size() == CaseResult::max_failures) {
      ++result_.more_failures;
      return;
    }
    Failure& f = result_.failures.emplace_back();
    f.position = step.position;
    f.step = step.title;
    f.note = std::move(note);
    f.differences = std::move(found);
    if (seen == nullptr) return;
    f.broken = seen->broken;
    f.line = seen->line;
    f.why = why(step, *seen);
    f.why.nothing = seen->decision == Decision::allow;
  }

  Why why(const Step& step, const Seen& seen) {
    Why out;
    out.rule = seen.rule;
    out.condition = seen.condition;
    out.message = seen.message;
    if (seen.limit) {
      out.limit = "its counter held " + seen.limit_held + (seen.limit->max.empty() ? "" : " of " + seen.limit->max) +
                  ", the call asked for " + seen.limit->amount;
      if (seen.retry_after_ms) {
        out.limit += "; it fits again in " + audit::show_duration(static_cast<double>(*seen.retry_after_ms) * 1e6);
      }
    }
    add_rule(out, seen.rule.empty() && step.expected.rule ? *step.expected.rule : seen.rule, seen.sent);
    if (!step.tool.empty() && policy_->own_file) out.command = explain_command(step);
    return out;
  }

  // The rule's own words. If none decided, those of the rule that should have.
  void add_rule(Why& out, const std::string& id, const std::string& sent) {
    const auto found = rules_.find(id);
    if (found == rules_.end()) return;
    const policy::Rule& rule = *found->second;
    out.rule = id;
    const std::uint32_t line = rule.position.line + policy_->line_offset;
    out.place = policy_->file + (policy_->placed ? ":" + std::to_string(line) : std::string());
    out.rule_text = policy::rule_text(policy_->text, rule.position);
    json::Document document;
    if (document.read(sent, json::Profile::tolerant)) out.values = values_of(rule, document.root());
  }

  std::string explain_command(const Step& step) {
    std::string out = "intercept explain -c " + shell_word(policy_->file) + " --tool " + shell_word(step.tool);
    if (!step.arguments.empty() && step.arguments != "{}") out += " --args " + shell_word(step.arguments);
    if (!prepared_.file.server.empty()) out += " --server-name " + shell_word(prepared_.file.server);
    if (!prepared_.tools_file.empty()) out += " --tools " + shell_word(prepared_.tools_file);
    const std::string& who = step.identity ? *step.identity : identity_;
    if (who != "local") out += " --identity " + shell_word(who);
    const std::string& where = step.session ? *step.session : session_;
    if (where != "first") out += " --session " + shell_word(where);
    return out + " --at " + base::rfc3339(stage_.now().time_since_epoch().count());
  }

  const Prepared& prepared_;
  const Case& case_;
  const RunOptions& options_;
  Coverage& coverage_;
  Stage stage_;
  CaseResult result_;
  const LoadedPolicy* policy_ = nullptr;
  std::map<std::string, const policy::Rule*> rules_;  // of policy_, by id
  std::string session_ = "first", identity_ = "local";
};

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+=";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

CaseResult run_case(const Prepared& prepared, const Case& one, const RunOptions& options, Coverage& coverage) {
  return CaseRun(prepared, one, options, coverage).run();
}

CaseResult run_invalid(const Prepared& prepared) {
  CaseResult result;
  result.position = prepared.file.invalid_at;
  result.steps = 1;
  const std::string& expected = prepared.file.invalid.value();
  if (prepared.refused.find(expected) != std::string::npos) return result;
  Failure& f = result.failures.emplace_back();
  f.position = prepared.file.invalid_at;
  f.step = "invalid";
  f.differences = {
      {"problems", "… " + expected + " …", prepared.refused.empty() ? "the policy loads" : prepared.refused}};
  return result;
}

}  // namespace trial
