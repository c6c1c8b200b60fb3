// Properties of a session under any script of what client and server send, of time, failures and reloads.
// A script is text, one command a line (the first letter), so that seeds can be read:
//   c TEXT   the client sends TEXT               s TEXT   the server sends TEXT
//   k IT     the client calls tool T with id I   m IT     the same in 2026-07-28; further letters: r s continue it
//   r IV     the server answers id I, variant V  x I      the client cancels id I
//   t N      time passes (N: 0-9)                e / f    the turn ends; its record was written / could not be
//   p N      policy N is loaded                  o / O    an oversized message of the client / the server
//   g N      the server is gone, N parts in ten of what was sent were written
//   w / W    the store has to be waited for from now on / no longer
//   q N      what waiting for it comes to: 0 nothing, 1 busy, 2 unavailable, 3 lost       Q   the next commit fails
//   z / Z    somebody pauses the server / resumes it
//   n N      what follows is in scope N             i TEXT   the client sends TEXT, which the driver has read
//   j TEXT   the driver refuses TEXT of the client
//   u IN     no answer to id I can come any more; it was delivered if N is odd (upper case: of the own list)
//   h IV     a status answers id I with the body V, as r (upper case: of the own list; y: nothing, j: no id, k: HTML)
//   d / D I  the client has closed the stream of id I; D: the server is to be told
//   l        the server has lost the session
// A script that begins with N is that of a server without sessions.
// What must hold, whatever the script:
// - each line to the server is one strict JSON-RPC message; each line to the client is one JSON document;
// - a request's id gets no more answers in its scope than it was sent, but for those that the server made up;
// - each line has a mark that says what it is;
// - a call of a hidden or denied tool never reaches the server;
// - a limited tool is called no more than its maximum in any window (continuations apart), and not at all in a turn
//   whose charges could not be committed;
// - what cannot be done because the store is not ready leaves nothing behind; no call passes a pause;
// - no call reaches the server without a decision in the record of its turn; no decision has two outcomes;
// - what is kept stays within its bounds; when the server is gone, every call is answered and every charge settled.
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "json/recover.h"
#include "limits/fickle_store_testing.h"
#include "mcp/message.h"
#include "mediator/marks_testing.h"
#include "mediator/session.h"
#include "policy/load.h"

namespace {

// Each hides h*, denies d and limits l: the properties hold under all.
constexpr std::string_view policies[] = {
    R"(
hide: ["h*"]
tools:
  d: {rules: [{action: deny}]}
  l: {rules: [{limits: [{counter: n, window: minute, max: 3, window_type: sliding, scope: tool}]}]}
  c: {rules: [{concurrency: 1}]}
  i: {rules: [{idempotency_window: 1m}]}
  v: {rules: [{validate: {required_args: true, schema: true, args: {x: {type: integer}}}}]}
  a: {rules: [{require: [{path: args.x, op: neq, value: 1}]}, {mode: shadow, rate_limit: 1/minute}]}
)",
    R"(
default: deny
hide: ["h*", b]
tools:
  d: {rules: [{action: deny}]}
  l: {rules: [{limits: [{counter: n, window: minute, max: 3, window_type: sliding, scope: tool, refund: never}]}]}
  "*": {rules: [{rate_limit: 20/minute}, {action: deny, when: [{path: tool.annotations.destructiveHint, op: eq, value: true}]}]}
methods:
  sampling/createMessage: {rules: [{action: deny}]}
  elicitation/create: {rules: [{concurrency: 1}, {mode: shadow, concurrency: 1}]}
  tools/list: {rules: [{rate_limit: 5/minute}]}
  notifications/progress: {rules: [{rate_limit: 5/minute}]}
)",
    R"(
hide: ["h*"]
on_hidden: unknown
tools:
  d: {rules: [{action: deny}]}
  l: {rules: [{idempotency_window: 1m, limits: [{counter: n, window: minute, max: 3, window_type: sliding, scope: tool}]}]}
  c: {rules: [{mode: shadow, concurrency: 1}, {validate: {required_args: true}}]}
  a: {rules: [{action: require_approval, when: [{path: args.x, op: eq, value: 1}]}]}
)",
    R"(
lock: {file: x.lock, on_new: warn}
hide: ["h*"]
tools:
  d: {rules: [{action: deny}]}
  l: {rules: [{limits: [{counter: n, window: minute, max: 3, window_type: sliding, scope: tool}]}]}
  a: {rules: [{validate: {required_args: true}}]}
)"};
constexpr std::size_t max_in_flight = 16;
constexpr int limit = 3;
constexpr std::string_view modern =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

// For the policies that have a lock: one tool as it may come, one as it does not.
std::shared_ptr<const tools::LockedServer> locked() {
  json::Document list;
  FUZZ_CHECK(list.read(R"([{"name":"a"},{"name":"b","description":"B"}])", json::Profile::strict).has_value());
  auto tools = tools::pin_all(list.root());
  FUZZ_CHECK(tools.has_value());
  return std::make_shared<tools::LockedServer>(tools::LockedServer{"srv", {}, {}, std::move(*tools)});
}

std::shared_ptr<const policy::Snapshot> snapshot(std::size_t n) {
  static const auto all = [] {
    std::vector<std::shared_ptr<const policy::Snapshot>> made;
    for (const std::string_view text : policies) {
      const policy::Loaded loaded = policy::load("policy.yaml", text);
      FUZZ_CHECK(loaded.policy.has_value());
      auto lowered = policy::lower(*loaded.policy, {.server_name = "srv", .lock = locked()});
      FUZZ_CHECK(lowered.has_value());
      made.push_back(*lowered);
    }
    return made;
  }();
  return all[n % all.size()];
}

template <class F>
void each_line(std::string_view text, F f) {
  FUZZ_CHECK(text.empty() || text.back() == '\n');
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    f(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

struct Pause final : mediator::PauseState {
  std::string_view paused() override { return text; }
  std::string_view text;
};

class Script {
 public:
  explicit Script(bool sessionless) : recorder_(clock_, {audit::LogArgs::hash, "i", "s", "local", "srv"}, "key") {
    mediator::Config config;
    config.server_name = "srv";
    config.identity = "local";
    config.session = "s";
    config.instance = "i";
    config.max_in_flight = max_in_flight;
    config.mark_lines = true;
    config.sessionless = sessionless;
    session_ = std::make_unique<mediator::Session>(config, clock_, random_, store_, recorder_, snapshot(0), &pause_);
  }

  void run(std::string_view script) {
    for (int commands = 0; !script.empty() && commands < 400; ++commands) {
      const std::size_t end = std::min(script.find('\n'), script.size());
      if (end > 0) command(script[0], script.substr(1, end - 1));
      script.remove_prefix(std::min(end + 1, script.size()));
    }
    end_turn(false);
    gone(10);
    end_turn(false);
    FUZZ_CHECK(store_.inner.reservations() == 0);
  }

 private:
  static std::string id_of(char c) {  // some ids are equal, some only look so
    switch (c) {
      case 'a':
        return "1.0";
      case 'b':
        return "\"1\"";
      case 'c':
        return "10e-1";
      default:
        return c >= '0' && c <= '9' ? std::string(1, c) : std::to_string(static_cast<unsigned char>(c));
    }
  }
  static char at(std::string_view text, std::size_t i) { return i < text.size() ? text[i] : '0'; }
  static std::size_t digit(std::string_view text) { return static_cast<std::size_t>(at(text, 0) - '0') % 10; }

  void command(char name, std::string_view text) {
    switch (name) {
      case 'c':
        return client(text);
      case 's':
        return server(text);
      case 'k':
        return client(call(text, "{\"x\":" + id_of(at(text, 2)) + "}", ""));
      case 'm': {
        std::string more = "," + std::string(modern);
        for (const char option : text.substr(std::min<std::size_t>(text.size(), 2))) {
          if (option == 'r') more += R"(,"inputResponses":{"q":{}})";
          if (option == 's') more += R"(,"requestState":"st")";
          if (option == 't') more += R"(,"task":{})";
        }
        return client(call(text, "{}", more));
      }
      case 'r':
        return server(answer(text));
      case 'x':
        return client(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                      id_of(at(text, 0)) + "}}");
      case 't':
        return pass_time(digit(text));
      case 'e':
        return end_turn(false);
      case 'f':
        return end_turn(true);
      case 'p':
        session_->on_policy(snapshot(digit(text)));
        return;
      case 'o':
        session_->on_client_oversized(text, 100, scope_);
        return;
      case 'O': {
        const std::size_t before = answers_given();
        once_ready([&] { return session_->on_server_oversized(text, 100, scope_); });
        count_answers(before, false);
        return;
      }
      case 'g':
        return gone(digit(text));
      default:
        return exchange(name, text);
    }
  }

  void exchange(char name, std::string_view text) {
    const std::size_t before = answers_given();
    switch (name) {
      case 'n':
        scope_ = digit(text);
        return;
      case 'i':
        return client(text, true);
      case 'j':
        inbox_.read(text, {});
        expect_answer(text);
        session_->refuse_client(inbox_, scope_, -32020, "headers", "no");
        break;
      case 'u': {
        const bool delivered = at(text, 1) % 2 == 1;
        given_back_ = given_back_ || !delivered;
        once_ready([&] { return session_->on_unanswered(scope_of(text), key_of(text), delivered, "it went away"); });
        break;
      }
      case 'h':
        once_ready([&] { return session_->on_status(scope_of(text), key_of(text), 404, status_body(text)); });
        break;
      case 'd':
      case 'D':
        session_->on_client_gone(scope_, key_of(text), name == 'D');
        break;
      case 'l':
        session_->on_session_lost("it said so");
        break;
      default:
        return trouble(name, text);
    }
    count_answers(before, false);
    bounds();
  }

  static bool is_own(std::string_view text) { return at(text, 1) >= 'A' && at(text, 1) <= 'Z'; }
  mediator::Scope scope_of(std::string_view text) const { return is_own(text) ? 0 : scope_; }
  std::string key_of(std::string_view text) const {
    json::Document document;
    mcp::Id id;
    const std::string id_text = is_own(text) ? own_id_ : id_of(at(text, 0));
    FUZZ_CHECK(document.read(id_text, json::Profile::strict) && mcp::read_id(document.root(), id));
    return id.key;
  }
  std::string status_body(std::string_view text) const {
    switch (at(text, 1)) {
      case 'y':
        return "";
      case 'j':
        return R"({"jsonrpc":"2.0","error":{"code":-32020,"message":"no"}})";
      case 'k':
        return "<html>nothing here";
      default:
        return answer(text);
    }
  }

  void trouble(char name, std::string_view text) {
    constexpr std::optional<limits::Why> outcomes[] = {std::nullopt, limits::Why::busy, limits::Why::unavailable,
                                                       limits::Why::lost};
    switch (name) {
      case 'w':
      case 'W':
        store_.must_wait = name == 'w';
        return;
      case 'q':
        store_.cannot = outcomes[digit(text) % std::size(outcomes)];
        return;
      case 'Q':
        store_.commit_fails = true;
        return;
      case 'z':
      case 'Z':
        pause_.text = name == 'z' ? "paused" : "";
        return;
      default:
        return;
    }
  }

  // What the driver does with what has to wait for the store.
  template <class Call>
  void once_ready(Call call) {
    const mediator::Output& out = session_->output();
    const auto sizes = [&] { return std::array{out.to_client.size(), out.to_server.size(), out.record_lazy.size()}; };
    const auto before = sizes();
    const std::size_t recorded = out.record.size();
    if (call()) return;
    FUZZ_CHECK(before == sizes());
    // That a pause ended may be said already.
    FUZZ_CHECK(std::string_view(out.record).substr(recorded).find(R"("decision")") == std::string_view::npos);
    FUZZ_CHECK(store_.must_wait && !store_.in_batch());
    store_.prepare();
    FUZZ_CHECK(call());
  }

  static std::string call(std::string_view text, const std::string& arguments, const std::string& more) {
    std::string line =
        R"({"jsonrpc":"2.0","id":)" + id_of(at(text, 0)) + R"(,"method":"tools/call","params":{"name":")";
    const char tool = at(text, 1);
    line += tool >= 'a' && tool <= 'z' ? tool : 'a';
    return line + R"(","arguments":)" + arguments + more + "}}";
  }

  // Ids of the session's own requests can be answered, too: variant in upper case.
  std::string answer(std::string_view text) const {
    const char variant = at(text, 1);
    const bool own = variant >= 'A' && variant <= 'Z';
    std::string line = R"({"jsonrpc":"2.0","id":)" + (own ? own_id_ : id_of(at(text, 0)));
    switch (own ? static_cast<char>(variant + 32) : variant) {
      case 'e':
        return line + R"(,"error":{"code":-32000,"message":"no"}})";
      case 'i':
        return line +
               R"(,"result":{"resultType":"input_required","requestState":"st","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}})";
      case 's':
        return line +
               R"(,"result":{"resultType":"input_required","inputRequests":{"q":{"method":"sampling/createMessage"}}}})";
      case 't':
        return line + R"(,"result":{"task":{"taskId":"t"}}})";
      case 'd':
        return line + R"(,"result":{"status":"completed","taskId":"t"}})";
      case 'l':
        return line +
               R"(,"result":{"tools":[{"name":"v","inputSchema":{"required":["x"]}},{"name":"h1"},{"name":"a"},{"name":"c"}]}})";
      case 'n':
        return line + R"(,"result":{"tools":[{"name":"b"}],"nextCursor":"2","ttlMs":5}})";
      case 'u':
        return line + R"(,"error":{"code":-32042,"message":"","data":{"elicitations":[{"url":"https://x/"}]}}})";
      case 'b':
        return line + R"(,"result":{"x":NaN}})";
      default:
        return line + R"(,"result":{"content":[],"isError":true}})";
    }
  }

  void client(std::string_view line, bool as_inbox = false) {
    mediator::Output& out = session_->output();
    const std::size_t before = answers_given(), sent = out.to_server.size(), recorded = out.record.size();
    expect_answer(line);
    if (as_inbox) inbox_.read(line, {});
    once_ready([&] { return as_inbox ? session_->on_client(inbox_, scope_) : session_->on_client(line, scope_); });
    count_answers(before, false);
    if (!pause_.text.empty()) {
      FUZZ_CHECK(std::string_view(out.to_server).substr(sent).find(R"("method":"tools/call")") ==
                 std::string_view::npos);
    }
    note_limited(sent, std::string_view(out.record).substr(recorded));
    bounds();
  }

  void server(std::string_view line) {
    mediator::Output& out = session_->output();
    const std::size_t before = answers_given(), noted = out.record_lazy.size();
    once_ready([&] { return session_->on_server(line, scope_); });
    const bool made_up =
        std::string_view(out.record_lazy).substr(noted).find("unknown_answer") != std::string_view::npos;
    count_answers(before, made_up);
    bounds();
  }

  // The ids under which this line may be answered.
  void expect_answer(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return;
    line = line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1);
    json::Document document;
    mcp::Id id;
    if (document.read(line, json::Profile::strict)) {
      if (mcp::read_id(document.root().find("id"), id)) ++due_[{scope_, id.key}];
    } else if (const auto certain = json::certain_id(line)) {
      if (document.read(certain->id, json::Profile::strict) && mcp::read_id(document.root(), id))
        ++due_[{scope_, id.key}];
    }
  }

  using Asked = std::pair<mediator::Scope, std::string>;

  std::size_t answers_given() const { return session_->output().client_lines.size(); }

  void count_answers(std::size_t from, bool made_up) {
    const std::vector<mediator::Line>& lines = session_->output().client_lines;
    for (std::size_t i = from; i < lines.size(); ++i) {
      if (lines[i].what != mediator::Line::What::answer || lines[i].id_key.empty() || made_up) continue;
      int& due = due_[{lines[i].scope, lines[i].id_key}];
      FUZZ_CHECK(due > 0);
      --due;
    }
  }

  void note_limited(std::size_t from, std::string_view record) {
    if (record.find("\"continues\"") != std::string_view::npos) return;
    each_line(std::string_view(session_->output().to_server).substr(from), [&](std::string_view line) {
      json::Document document;
      if (!document.read(line, json::Profile::strict)) return;
      const json::Value root = document.root();
      if (root.find("method").string() == "tools/call" && root.find("params").find("name").string() == "l")
        ++limited_now_;
    });
  }

  void check_to_server() {
    int calls = 0;
    each_line(session_->output().to_server, [&](std::string_view line) {
      json::Document document;
      FUZZ_CHECK(document.read(line, json::Profile::strict).has_value());
      mcp::Message m;
      FUZZ_CHECK(mcp::read_message(document.root(), mcp::Direction::client_to_server, m).has_value());
      if (m.id.text.starts_with("\"intercept:") && m.kind == mcp::Kind::request) own_id_ = m.id.text;
      if (m.method_name != "tools/call") return;
      ++calls;
      const std::string_view tool = m.params.find("name").string();
      FUZZ_CHECK(tool != "d" && !tool.starts_with('h'));
    });
    int allowed = 0;
    each_line(session_->output().record, [&](std::string_view line) {
      if (line.find(R"("decision":"allow")") != std::string_view::npos) ++allowed;
    });
    FUZZ_CHECK(calls <= allowed);
  }

  void check_outcomes() {
    each_line(session_->output().record_lazy, [&](std::string_view line) {
      json::Document document;
      FUZZ_CHECK(document.read(line, json::Profile::strict).has_value());
      if (document.root().find("event").string() != "outcome") return;
      FUZZ_CHECK(outcomes_.insert(std::string(document.root().find("id").string())).second);
    });
  }

  void end_turn(bool record_fails) {
    mediator::Output& out = session_->output();
    check_marks();
    commit();
    check_outcomes();
    const std::size_t lazy = out.record_lazy.size();
    if (record_fails) {
      take_back([&] { session_->record_failed("full"); });
      FUZZ_CHECK(out.record.empty());
      FUZZ_CHECK(limited_to_server() == 0);
      if (out.record_lazy.size() > lazy) out.record_lazy.erase(0, lazy), check_outcomes();
    } else {
      check_to_server();
      for (; limited_now_ > 0; --limited_now_) limited_.push_back(clock_.boot());
      while (!limited_.empty() && clock_.boot() - limited_.front() >= std::chrono::minutes(1)) limited_.pop_front();
      if (!gone_ && !given_back_) FUZZ_CHECK(limited_.size() <= limit);
    }
    limited_now_ = 0;
    sent_ += out.to_server.size();
    session_->end_turn();
    FUZZ_CHECK(out.to_server.empty() && out.to_client.empty() && out.record.empty() && out.record_lazy.empty());
    FUZZ_CHECK(out.server_lines.empty() && out.client_lines.empty());
  }

  void check_marks() { FUZZ_CHECK(mediator::marks_problem(session_->output()).empty()); }

  void commit() {
    if (!store_.in_batch()) return;
    const int before = limited_to_server();
    const bool done = store_.commit().has_value();
    store_.commit_fails = false;
    if (done) return;
    take_back([&] { session_->store_failed("full"); });
    FUZZ_CHECK(before - limited_to_server() >= limited_now_);
    limited_now_ = 0;
  }

  // What it takes out of the answers was counted; what it puts in is for the same ids.
  template <class Call>
  void take_back(Call call) {
    std::map<Asked, int> answered = answers();
    call();
    check_marks();
    for (const auto& [id, n] : answers()) answered[id] -= n;
    for (const auto& [id, n] : answered) {
      due_[id] += n;
      FUZZ_CHECK(due_[id] >= 0);
    }
  }

  int limited_to_server() {
    int n = 0;
    each_line(session_->output().to_server, [&](std::string_view line) {
      n +=
          line.find("\"tools/call\"") != std::string_view::npos && line.find("\"l\"") != std::string_view::npos ? 1 : 0;
    });
    return n;
  }

  std::map<Asked, int> answers() {
    std::map<Asked, int> count;
    for (const mediator::Line& line : session_->output().client_lines) {
      if (line.what == mediator::Line::What::answer && !line.id_key.empty()) ++count[{line.scope, line.id_key}];
    }
    return count;
  }

  void pass_time(std::size_t n) {
    constexpr base::Duration steps[] = {std::chrono::nanoseconds(1), std::chrono::seconds(1),  std::chrono::seconds(5),
                                        std::chrono::seconds(10),    std::chrono::seconds(59), std::chrono::seconds(60),
                                        std::chrono::minutes(5),     std::chrono::minutes(59), std::chrono::hours(1),
                                        std::chrono::hours(24)};
    end_turn(false);
    clock_.advance(steps[n]);
    once_ready([&] { return session_->on_timer(); });
    count_answers(0, false);
    const auto deadline = session_->deadline();
    FUZZ_CHECK(!deadline || *deadline > clock_.boot());
  }

  void gone(std::size_t tenths) {
    mediator::Output& out = session_->output();
    const std::size_t before = answers_given(), in_flight = session_->in_flight();
    session_->on_server_gone("went away", sent_ * tenths / 10);
    FUZZ_CHECK(out.client_lines.size() - before == in_flight);
    FUZZ_CHECK(session_->in_flight() == 0 && session_->is_idle());
    count_answers(before, false);
    gone_ = true;
  }

  void bounds() {
    FUZZ_CHECK(session_->in_flight() <= max_in_flight);
    FUZZ_CHECK(session_->output().notes.size() <= 64);
  }

  base::FakeClock clock_;
  base::FakeRandom random_;
  limits::FickleStore store_{clock_};
  Pause pause_;
  audit::Recorder recorder_;
  std::unique_ptr<mediator::Session> session_;
  mediator::Inbox inbox_;
  mediator::Scope scope_ = 0;
  std::map<Asked, int> due_;  // answers that the client may still get
  std::set<std::string> outcomes_;
  std::deque<base::BootTime> limited_;
  int limited_now_ = 0;
  std::string own_id_ = "\"intercept:0:0\"";
  std::uint64_t sent_ = 0;
  bool gone_ = false;
  bool given_back_ = false;  // what was not delivered counts no more
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64 << 10) return 0;
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  Script(script.starts_with('N')).run(script);
  return 0;
}
