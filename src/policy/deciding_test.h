// For tests of the decision: a policy from YAML text, a call from JSON text, the verdict.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "limits/memory_store.h"
#include "mcp/methods.h"
#include "policy/evaluate.h"
#include "policy/load.h"

namespace policy {

inline std::shared_ptr<const Snapshot> lowered(std::string_view yaml, const std::string& server = "") {
  Loaded loaded = load("policy.yaml", yaml);
  for (const Problem& p : loaded.problems) {
    if (p.severity == Severity::error)
      ADD_FAILURE() << p.code << " " << p.position.line << ": " << p.message << "\n" << yaml;
  }
  if (!loaded.policy) return nullptr;
  auto snapshot = lower(*loaded.policy, {server});
  if (!snapshot) {
    ADD_FAILURE() << snapshot.error().message;
    return nullptr;
  }
  return *snapshot;
}

// One message and what is known of it. The documents live as long as the Call.
class Call {
 public:
  explicit Call(std::string_view tool, std::string arguments = "{}") : Call("tools/call", SubjectKind::tool, tool) {
    set_arguments(std::move(arguments));
  }
  Call(std::string_view method, SubjectKind kind, std::string_view name) : name_(name) {
    subjects_.push_back({kind, name_});
    facts.method = method;
    facts.known = mcp::find_method(method);
    facts.session = "s1";
    facts.identity = "local";
    facts.now = clock.wall();
    facts.counters = &store;
    facts.subjects = subjects_;
  }
  static std::unique_ptr<Call> of_method(std::string_view method) {
    auto call = std::make_unique<Call>(method, SubjectKind::tool, "");
    call->subjects_.clear();
    call->facts.subjects = {};
    return call;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void set_arguments(std::string text) { facts.arguments = read(arguments_text_, arguments_, std::move(text)); }
  void set_params(std::string text) { facts.params = read(params_text_, params_, std::move(text)); }
  void add_subject(SubjectKind kind, std::string_view name) {
    subjects_.push_back({kind, name});
    facts.subjects = subjects_;
  }
  // The server lists the tool with this definition.
  void define(std::string text) {
    definition_ = tools::Definition::read(name_, std::move(text));
    ASSERT_NE(definition_, nullptr);
    facts.tool = definition_.get();
    facts.tools_known = true;
  }
  tools::Definition& definition() { return *definition_; }

  base::FakeClock clock;
  limits::MemoryStore store{clock};
  Facts facts;

 private:
  static json::Value read(std::string& into, json::Document& document, std::string text) {
    into = std::move(text);
    const auto ok = document.read(into, json::Profile::tolerant);
    EXPECT_TRUE(ok.has_value()) << into;
    return document.root();
  }
  std::string name_;
  std::vector<Subject> subjects_;
  std::string arguments_text_, params_text_;
  json::Document arguments_, params_;
  std::unique_ptr<tools::Definition> definition_;
};

inline Verdict decide(const Snapshot& snapshot, const Call& call) {
  Verdict verdict;
  snapshot.evaluate(call.facts, verdict);
  return verdict;
}

inline Verdict decide(std::string_view yaml, std::string_view tool, const std::string& arguments = "{}") {
  const auto snapshot = lowered(yaml);
  if (snapshot == nullptr) return {};
  const Call call(tool, arguments);
  Verdict v = decide(*snapshot, call);
  // The views in a verdict live with the snapshot.
  static_cast<void>(v.rule.size());
  v.rule = {};
  v.idempotency_rule = {};
  return v;
}

}  // namespace policy
