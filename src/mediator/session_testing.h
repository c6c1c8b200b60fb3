// For tests of the session: a policy from YAML text, lines in, lines out, one turn at a time.
// Decision ids are "i-1", "i-2", ... in the order in which decisions are made.
// Lines are always marked, and after each input the marks must say what the lines are.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "limits/memory_store.h"
#include "mediator/marks_testing.h"
#include "mediator/session.h"
#include "policy/load.h"

namespace mediator {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

inline std::shared_ptr<const policy::Snapshot> snapshot(std::string_view yaml,
                                                        std::shared_ptr<const tools::LockedServer> lock = nullptr) {
  const policy::Loaded loaded = policy::load("policy.yaml", yaml);
  for (const policy::Problem& p : loaded.problems) {
    if (p.severity == policy::Severity::error) ADD_FAILURE() << p.position.line << ": " << p.message << "\n" << yaml;
  }
  if (!loaded.policy) return nullptr;
  auto lowered = policy::lower(*loaded.policy, {.server_name = "srv", .lock = std::move(lock)});
  if (!lowered) ADD_FAILURE() << lowered.error().message;
  return lowered ? *lowered : nullptr;
}

// What one turn gave.
struct Turn {
  std::string to_server, to_client;
  std::string record;  // decisions
  std::string lazy;    // outcomes and notices
  std::vector<Note> notes;
  std::vector<Line> server_lines, client_lines;
};

// A session that looks at its marks after everything that can change the output.
class CheckedSession : public Session {
 public:
  using Session::Session;
  bool on_client(std::string_view line, Scope scope = 0) { return checked(Session::on_client(line, scope)); }
  bool on_client(const Inbox& read, Scope scope = 0) { return checked(Session::on_client(read, scope)); }
  bool on_server(std::string_view line, Scope scope = 0) { return checked(Session::on_server(line, scope)); }
  bool on_unanswered(Scope scope, std::string_view key, bool delivered, std::string_view how) {
    return checked(Session::on_unanswered(scope, key, delivered, how));
  }
  bool on_status(Scope scope, std::string_view key, unsigned status, std::string_view body) {
    return checked(Session::on_status(scope, key, status, body));
  }
  bool on_timer() { return checked(Session::on_timer()); }
  void store_failed(std::string_view why) {
    Session::store_failed(why);
    checked(true);
  }
  void record_failed(std::string_view why) {
    Session::record_failed(why);
    checked(true);
  }
  void end_turn(bool keep_lazy = false) {
    checked(true);
    Session::end_turn(keep_lazy);
    checked(true);
  }

 private:
  bool checked(bool done) {
    EXPECT_EQ(marks_problem(output()), "");
    return done;
  }
};

class Rig {
 public:
  // `other`: counts instead of `store`; must outlive the rig.
  explicit Rig(std::string_view yaml, Config config = {}, limits::Store* other = nullptr)
      : recorder_(clock, {audit::LogArgs::full, "i", "s", "local", "srv"}, "key") {
    config.server_name = "srv";
    config.identity = "local";
    config.session = "s";
    config.instance = "i";
    config.mark_lines = true;
    session = std::make_unique<CheckedSession>(config, clock, random_, other == nullptr ? store : *other, recorder_,
                                               snapshot(yaml), &pause);
  }
  // The output so far; the turn ends.
  Turn turn() {
    Output& out = session->output();
    Turn t{out.to_server, out.to_client, out.record, out.record_lazy, out.notes, out.server_lines, out.client_lines};
    sent += out.to_server.size();
    session->end_turn();
    return t;
  }
  Turn client(std::string_view line, Scope scope = 0) {
    EXPECT_TRUE(session->on_client(line, scope));
    return turn();
  }
  Turn server(std::string_view line, Scope scope = 0) {
    EXPECT_TRUE(session->on_server(line, scope));
    return turn();
  }
  Turn gone(std::uint64_t written) {
    session->on_server_gone("exited with status 1", written);
    return turn();
  }
  Turn reload(std::string_view yaml) {
    session->on_policy(snapshot(yaml));
    return turn();
  }
  Turn after(base::Duration d) {
    clock.advance(d);
    EXPECT_TRUE(session->on_timer());
    return turn();
  }
  void initialize() {
    const Turn t = client(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    EXPECT_THAT(t.to_server, Not(IsEmpty()));
  }

  struct FakePause final : PauseState {
    std::string text;
    int asked = 0;
    std::string_view paused() override { return ++asked, std::string_view(text); }
  };

  base::FakeClock clock;
  limits::MemoryStore store{clock};
  FakePause pause;
  std::unique_ptr<CheckedSession> session;
  std::uint64_t sent = 0;  // bytes to the server in ended turns

 private:
  base::FakeRandom random_;
  audit::Recorder recorder_;
};

// {"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":NAME,"arguments":ARGUMENTS}}
inline std::string call(std::string_view id, std::string_view name, std::string_view arguments = "{}",
                        std::string_view more = "") {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out.append(id).append(R"(,"method":"tools/call","params":{"name":")").append(name).append(R"(","arguments":)");
  return out.append(arguments).append(more).append("}}");
}
inline constexpr std::string_view modern_meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";
inline std::string modern_call(std::string_view id, std::string_view name, std::string_view arguments = "{}",
                               std::string_view more = "") {
  return call(id, name, arguments, "," + std::string(modern_meta) + std::string(more));
}
inline std::string request(std::string_view id, std::string_view method, std::string_view params = "") {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out.append(id).append(R"(,"method":")").append(method).append("\"");
  if (!params.empty()) out.append(",\"params\":").append(params);
  return out.append("}");
}
inline std::string notification(std::string_view method, std::string_view params = "") {
  std::string out = R"({"jsonrpc":"2.0","method":")";
  out.append(method).append("\"");
  if (!params.empty()) out.append(",\"params\":").append(params);
  return out.append("}");
}
inline std::string cancel(std::string_view id) {
  return notification("notifications/cancelled", R"({"requestId":)" + std::string(id) + "}");
}
inline std::string result(std::string_view id, std::string_view body = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(body) + "}";
}
inline std::string error(std::string_view id, std::string_view code = "-32000") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":)" + std::string(code) +
         R"(,"message":"no"}})";
}
// A denied tools/call, as the client sees it. `message` and `rule` as they stand in JSON.
inline std::string denied(const std::string& id, const std::string& message, const std::string& decision,
                          const std::string& rule, const std::string& head = "", const std::string& tail = "") {
  return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{" + head +
         "\"content\":[{\"type\":\"text\",\"text\":\"[INTERCEPT POLICY DENIED] " + message + " (decision " + decision +
         ")\"}],\"isError\":true,\"_meta\":{\"dev.intercept/decision\":{\"id\":\"" + decision +
         "\",\"decision\":\"deny\",\"rule\":\"" + rule + "\"" + tail + "}}}}\n";
}
inline std::string line(std::string text) { return text + "\n"; }
inline std::size_t lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace mediator
