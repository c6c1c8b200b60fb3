// Runs policies as data: every *.test file of the given folders (or the given files) is a test of its own.
// A file's sessions share one store of counters and one clock, as the processes of one machine will.
// What must stay true of every step, whatever the file expects: a message that is allowed reaches the server as one
// line and has its decision in the record before; one that is not allowed does not reach it and is answered once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>

#include "base/strings.h"
#include "data_file.h"
#include "json/writer.h"
#include "limits/memory_store.h"
#include "mediator/session.h"
#include "policy/load.h"

namespace data {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

// What came of a message.
struct Outcome {
  std::string expect = "nothing";
  std::string rule, reason, message, shadow, retry_after;
  std::string line;  // that was forwarded, or the answer
};

class Runner {
 public:
  Runner(std::string path, const File& file) : path_(std::move(path)), file_(file) {}

  void run() {
    if (!file_.invalid.empty()) return check_invalid();
    policy_ = snapshot(file_.policy, 1);
    if (policy_ == nullptr) return;
    session_ = open();
    for (const Step& step : file_.steps) {
      take(step);
      if (testing::Test::HasFatalFailure() || broken_) return;
    }
  }

 private:
  struct Open {
    std::unique_ptr<audit::Recorder> recorder;
    std::unique_ptr<mediator::Session> session;
    std::deque<std::string> unanswered;  // ids of calls
  };

  void fail(std::uint32_t line, const std::string& text) {
    ADD_FAILURE_AT(path_.c_str(), static_cast<int>(line)) << text;
  }

  void check_invalid() {
    const policy::Loaded loaded = policy::load("policy.yaml", file_.policy);
    std::string all;
    for (const policy::Problem& p : loaded.problems) {
      if (p.severity != policy::Severity::error) continue;
      all += p.message + " [" + p.code + "] " + p.hint + "\n";
    }
    if (all.empty()) return fail(1, "the policy loads, but should not");
    if (all.find(file_.invalid) == std::string::npos) fail(1, "expected: " + file_.invalid + "\nproblems: " + all);
  }

  std::shared_ptr<const policy::Snapshot> snapshot(const std::string& text, std::uint32_t line) {
    const policy::Loaded loaded = policy::load("policy.yaml", text);
    for (const policy::Problem& p : loaded.problems) {
      if (p.severity == policy::Severity::error) fail(line, yaml::render(p, "policy.yaml", text, false));
    }
    if (!loaded.policy) return nullptr;
    auto lowered = policy::lower(*loaded.policy, {file_.server});
    if (lowered) return *lowered;
    fail(line, lowered.error().message);
    return nullptr;
  }

  Open* open() {
    const std::string key = session_name_ + "/" + identity_;
    auto& made = sessions_[key];
    if (made.session != nullptr) return &made;
    mediator::Config config;
    config.server_name = file_.server;
    config.identity = identity_;
    config.session = session_name_;
    config.instance = "i" + std::to_string(sessions_.size());
    made.recorder = std::make_unique<audit::Recorder>(
        clock_, audit::RecorderOptions{audit::LogArgs::full, config.instance, session_name_, identity_, file_.server},
        "key");
    made.session = std::make_unique<mediator::Session>(config, clock_, random_, store_, *made.recorder, policy_);
    if (file_.initialized) {
      EXPECT_TRUE(made.session->on_client(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
      made.session->end_turn();
    }
    return &made;
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Kind::call:
      case Kind::request:
      case Kind::server:
        return message(step);
      case Kind::finish:
        if (session_->unanswered.empty()) return fail(step.line, "no call waits for its answer");
        answer(session_->unanswered.front(), step.text, step.line);
        session_->unanswered.pop_front();
        session_->session->end_turn();
        return;
      case Kind::advance:
        return advance(step);
      case Kind::reload:
        policy_ = snapshot(step.text, step.line);
        broken_ = policy_ == nullptr;
        if (broken_) return;
        for (auto& [key, open_session] : sessions_) {
          open_session.session->on_policy(policy_);
          open_session.session->end_turn();
        }
        return;
      case Kind::session:
        session_name_ = step.text;
        session_ = open();
        return;
      case Kind::identity:
        identity_ = step.text;
        session_ = open();
        return;
      case Kind::list:
        return list(step);
    }
  }

  void advance(const Step& step) {
    const std::int64_t nanoseconds = base::parse_duration(step.text);
    if (nanoseconds <= 0) return fail(step.line, "not a duration: " + step.text);
    clock_.advance(base::Duration(nanoseconds));
    EXPECT_TRUE(session_->session->on_timer());
    session_->session->end_turn();
  }

  // Names that the client sees in tools/list.
  void list(const Step& step) {
    const std::string id = std::to_string(++ids_);
    EXPECT_TRUE(session_->session->on_client(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/list"})"));
    EXPECT_TRUE(
        session_->session->on_server(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"tools":)" + file_.tools + "}}"));
    json::Document document;
    const std::string text = lines_of(session_->session->output().to_client).at(0);
    std::vector<std::string> names;
    if (document.read(text, json::Profile::strict)) {
      for (const json::Value tool : document.root().find("result").find("tools").elements()) {
        names.emplace_back(tool.find("name").string());
      }
    }
    session_->session->end_turn();
    if (names == step.names) return;
    std::string seen;
    for (const std::string& name : names) seen += " " + name;
    fail(step.line, "the client sees:" + seen);
  }

  void message(const Step& step) {
    const bool from_server = step.kind == Kind::server;
    const std::string id = std::to_string(++ids_);
    const std::string text = step.raw ? step.text : R"({"jsonrpc":"2.0","id":)" + id + "," + step.text + "}";
    if (from_server) {
      EXPECT_TRUE(session_->session->on_server(text));
    } else {
      EXPECT_TRUE(session_->session->on_client(text));
    }
    serve_own_list();
    const Outcome seen = outcome(from_server, text, step.line);
    compare(step, seen);
    const bool forwarded = seen.expect == "allow";
    session_->session->end_turn();
    if (!forwarded || from_server || step.raw) return;
    if (step.answer == "none") {
      session_->unanswered.push_back(id);
    } else {
      answer(id, step.answer, step.line);
      session_->session->end_turn();
    }
  }

  // The server answers a tools/list of the session itself.
  void serve_own_list() {
    std::string& out = session_->session->output().to_server;
    const std::size_t at = out.find(R"("id":"intercept:)");
    if (at == std::string::npos) return;
    const std::string id = out.substr(at + 5, out.find('"', at + 6) - at - 4);
    const std::size_t begin = out.rfind('\n', at);
    const std::size_t first = begin == std::string::npos ? 0 : begin + 1;
    out.erase(first, out.find('\n', at) + 1 - first);
    EXPECT_TRUE(
        session_->session->on_server(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"tools":)" + file_.tools + "}}"));
  }

  void answer(const std::string& id, const std::string& how, std::uint32_t line) {
    std::string text = R"({"jsonrpc":"2.0","id":)" + id;
    if (how == "ok") {
      text += R"(,"result":{"content":[]}})";
    } else if (how == "isError") {
      text += R"(,"result":{"content":[],"isError":true}})";
    } else if (how == "error") {
      text += R"(,"error":{"code":-32000,"message":"failed"}})";
    } else {
      return fail(line, "an answer is ok, isError, error or none");
    }
    EXPECT_TRUE(session_->session->on_server(text));
  }

  Outcome outcome(bool from_server, const std::string& sent, std::uint32_t line) {
    const mediator::Output& out = session_->session->output();
    const std::vector<std::string> forwarded = lines_of(from_server ? out.to_client : out.to_server);
    const std::vector<std::string> replies = lines_of(from_server ? out.to_server : out.to_client);
    const std::vector<std::string> records = lines_of(out.record);
    Outcome seen;
    for (const std::string& record : records) read_record(record, seen);
    if (!forwarded.empty()) {
      seen.expect = seen.expect == "nothing" ? "allow" : seen.expect;
      seen.line = forwarded.back();
    } else if (!replies.empty()) {
      seen.expect = seen.expect == "nothing" ? "error" : seen.expect;
      seen.line = replies.back();
    }
    // Of every message, whatever is expected of it.
    if (seen.expect == "allow" && (forwarded.size() != 1 || !replies.empty())) {
      fail(line, "an allowed message is forwarded once and not answered: " + sent);
    }
    if (seen.expect != "allow" && !forwarded.empty()) fail(line, "a refused message was forwarded: " + forwarded[0]);
    if (replies.size() > 1) fail(line, "more than one answer: " + out.to_client);
    json::Document document;
    if (!seen.line.empty() && !document.read(seen.line, json::Profile::tolerant)) fail(line, "not JSON: " + seen.line);
    if (seen.expect == "error") {
      seen.message = document.root().find("error").find("message").string();
    }
    read_retry(document.root(), seen);
    return seen;
  }

  static void read_record(const std::string& text, Outcome& seen) {
    json::Document document;
    if (!document.read(text, json::Profile::strict)) return;
    const json::Value root = document.root();
    if (root.find("event").string() != "decision") return;
    seen.expect = root.find("decision").string();
    seen.shadow.clear();
    seen.rule = root.find("rule").string();
    seen.reason = root.find("reason").string();
    seen.message = root.find("message").string();
    for (const json::Value finding : root.find("shadow").elements()) {
      seen.shadow +=
          std::string(finding.find("rule").string()) + ": " + std::string(finding.find("message").string()) + "\n";
    }
  }

  static void read_retry(json::Value root, Outcome& seen) {
    json::Value decision = root.find("result").find("_meta").find("dev.intercept/decision");
    if (!decision) decision = root.find("error").find("data");
    const json::Value retry = decision.find("retry_after_ms");
    if (retry.is_number()) seen.retry_after = std::string(retry.number()) + "ms";
  }

  void compare(const Step& step, const Outcome& seen) {
    std::string wrong;
    const auto differ = [&](const char* what, const std::string& expected, const std::string& found) {
      wrong += std::string("  ") + what + "\n    expected: " + expected + "\n    found:    " + found + "\n";
    };
    if (step.expect != seen.expect) differ("expect", step.expect, seen.expect);
    if (!step.rule.empty() && step.rule != seen.rule) differ("rule", step.rule, seen.rule);
    if (!step.reason.empty() && step.reason != seen.reason) differ("reason", step.reason, seen.reason);
    if (seen.message.find(step.message) == std::string::npos) differ("message", step.message, seen.message);
    if (!step.retry_after.empty() && step.retry_after != seen.retry_after) {
      differ("retry_after", step.retry_after, seen.retry_after);
    }
    const bool none = step.shadow == "none";
    if (none ? !seen.shadow.empty() : seen.shadow.find(step.shadow) == std::string::npos) {
      differ("shadow", step.shadow, seen.shadow);
    }
    if (wrong.empty()) return;
    fail(step.line, wrong + "  message: " + step.text + "\n  line:    " + seen.line + "\n  decision: " + seen.expect +
                        ", " + seen.reason + ", " + seen.rule + ", " + seen.message);
  }

  const std::string path_;
  const File& file_;
  base::FakeClock clock_;
  base::FakeRandom random_;
  limits::MemoryStore store_{clock_};
  std::shared_ptr<const policy::Snapshot> policy_;
  std::map<std::string, Open> sessions_;
  Open* session_ = nullptr;
  std::string session_name_ = "first", identity_ = "local";
  std::uint64_t ids_ = 0;
  bool broken_ = false;
};

class FileTest : public testing::Test {
 public:
  explicit FileTest(std::filesystem::path path) : path_(std::move(path)) {}
  void TestBody() override {
    std::ifstream in(path_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto [file, mistake] = read_file(text);
    if (!file) {
      ADD_FAILURE_AT(path_.c_str(), static_cast<int>(mistake.line)) << mistake.message;
      return;
    }
    Runner(path_, *file).run();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace
}  // namespace data

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::set<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.insert(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.path().extension() == ".test") files.insert(entry.path());
    }
  }
  if (files.empty()) {
    (void)std::fprintf(stderr, "usage: policy_data_test FOLDER|FILE...\n");
    return 2;
  }
  for (const std::filesystem::path& path : files) {
    testing::RegisterTest("Policy", path.stem().c_str(), nullptr, nullptr, path.c_str(), 1,
                          [path]() -> testing::Test* { return new data::FileTest(path); });
  }
  return RUN_ALL_TESTS();
}
