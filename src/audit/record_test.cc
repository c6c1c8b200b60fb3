// Each event as one line of JSON that says what it must and nothing that it must not.
#include "audit/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/writer.h"

namespace audit {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string token = std::string("ghp_") + "A1b2C3d4E5f6G7h8I9j0";
constexpr std::string_view head = R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":")";

struct RecorderTest : testing::Test {
  base::FakeClock clock;
  json::Document document;
  std::string out;

  Recorder make(LogArgs log_args, std::string_view key = "k") {
    return Recorder(clock, {log_args, "i1", "s1", "ann", "files"}, key);
  }
  json::Value read(std::string_view text) {
    EXPECT_TRUE(document.read(text, json::Profile::strict));
    return document.root();
  }
  // Every line is one JSON object and one line feed.
  void expect_lines(std::size_t n) {
    std::size_t lines = 0;
    for (std::size_t pos = 0; pos < out.size(); ++lines) {
      const std::size_t end = out.find('\n', pos);
      ASSERT_NE(end, std::string::npos);
      json::Document line;
      const auto result = line.read(std::string_view(out).substr(pos, end - pos), json::Profile::strict);
      ASSERT_TRUE(result) << result.error().message << "\n" << out;
      ASSERT_TRUE(line.root().is_object());
      pos = end + 1;
    }
    EXPECT_EQ(lines, n);
  }
  Decision call() {
    Decision d;
    d.id = "d1";
    d.direction = "client";
    d.method = "tools/call";
    d.request_id = "7";
    d.target_kind = "tool";
    d.target = "read_file";
    d.decision = "allow";
    d.policy_digest = "abc";
    return d;
  }
};

TEST_F(RecorderTest, AllEvents) {
  Recorder recorder = make(LogArgs::hash);
  Start start;
  start.server = "files";
  start.session = "s1";
  start.identity = "ann";
  start.version = "0.1.0";
  start.transport = "stdio";
  start.command = {"npx", "--token", "hunter2"};
  start.policy_file = "p.yaml";
  start.policy_digest = "abc";
  start.policy_mode = "enforce";
  start.pid = 42;
  recorder.start(out, start);
  EXPECT_EQ(out, std::string(head) +
                     R"(start","instance":"i1","session":"s1","identity":"ann","server":"files","version":"0.1.0",)"
                     R"("transport":"stdio","command":["npx","--token","[redacted]"],"policy_file":"p.yaml",)"
                     R"("policy_digest":"abc","policy_mode":"enforce","pid":42})"
                     "\n");
  out.clear();
  recorder.decision(out, call());
  EXPECT_EQ(out, std::string(head) +
                     R"(decision","instance":"i1","session":"s1","identity":"ann","server":"files","id":"d1",)"
                     R"("direction":"client","method":"tools/call","request_id":7,"tool":"read_file",)"
                     R"("decision":"allow","policy_digest":"abc"})"
                     "\n");
  out.clear();
  recorder.outcome(out, {"d1", "error", -32603, 1500, 99});
  EXPECT_EQ(out, std::string(head) +
                     R"(outcome","instance":"i1","id":"d1","outcome":"error","error_code":-32603,"latency_us":1500,)"
                     R"("bytes":99})"
                     "\n");
  out.clear();
  recorder.notice(out, {"unreadable", "server", "not JSON at 0"});
  recorder.shutdown(out, {"client closed", 0, 5, 2});
  EXPECT_THAT(out, HasSubstr(R"("what":"unreadable","direction":"server","detail":"not JSON at 0"})"));
  EXPECT_THAT(out, HasSubstr(R"("reason":"client closed","exit_status":0,"calls":5,"denied":2})"));
  expect_lines(2);
}

TEST_F(RecorderTest, DenialWithEverything) {
  Recorder recorder = make(LogArgs::none);
  Decision d = call();
  d.decision = "deny";
  d.reason = "limit";
  d.rule = "tools/read_file/rules/0";
  d.message = "Rate limit of 10 per minute reached";
  d.client_name = "cl";
  d.continues = "d0";
  d.note = "n";
  const Charged charged[] = {{"\x1ftools\x1f"
                              "k1\x1f",
                              base::Amount::of(1), base::Amount::of(10)},
                             {"k2", *base::Amount::parse("0.5"), {}}};
  const Shadow shadow[] = {{"tools/*/rules/1", "would be denied"}, {"r2", ""}};
  d.charged = charged;
  d.shadow = shadow;
  d.arguments = read(R"({"a": 1})");
  recorder.decision(out, d);
  EXPECT_THAT(out,
              HasSubstr(R"("decision":"deny","reason":"limit","rule":"tools/read_file/rules/0",)"
                        R"("message":"Rate limit of 10 per minute reached","policy_digest":"abc",)"
                        R"("client_name":"cl","continues":"d0","note":"n",)"
                        R"("charged":[{"counter":"tools/k1","amount":"1","max":"10"},{"counter":"k2","amount":"0.5"}],)"
                        R"("shadow":[{"rule":"tools/*/rules/1","message":"would be denied"},{"rule":"r2"}]})"));
  EXPECT_THAT(out, Not(HasSubstr("args")));
  expect_lines(1);
}

std::string field(const std::string& line, std::string_view name) {
  json::Document d;
  EXPECT_TRUE(d.read(line, json::Profile::strict));
  return std::string(d.root().find(name).raw());
}

TEST_F(RecorderTest, DigestsAreKeyedAndCanonical) {
  Recorder a = make(LogArgs::hash), b = make(LogArgs::hash, "other"), none = make(LogArgs::hash, "");
  const auto hash = [&](Recorder& r, std::string_view arguments, std::string_view text = "") {
    Decision d = call();
    d.arguments = read(arguments);
    d.arguments_text = text;
    out.clear();
    r.decision(out, d);
    return field(out, "args_hash");
  };
  const std::string one = hash(a, R"({"x": 1, "y": [2]})");
  EXPECT_EQ(one.size(), 34U);
  EXPECT_EQ(one, hash(a, R"({"y":[2.0],"x":1e0})"));
  EXPECT_EQ(one, hash(a, R"({"x": 1, "y": [2]})", R"({"x":1,"y":[2]})"));
  EXPECT_NE(one, hash(a, R"({"x": 1, "y": [3]})"));
  EXPECT_NE(one, hash(b, R"({"x": 1, "y": [2]})"));
  EXPECT_EQ(hash(none, R"({"x": 1})"), "");
  none.set_key("k");
  EXPECT_EQ(one, hash(none, R"({"x": 1, "y": [2]})"));
}

TEST_F(RecorderTest, LogArgs) {
  const auto line = [&](LogArgs log_args, std::string_view text = "") {
    Recorder r = make(log_args);
    Decision d = call();
    d.arguments = read(R"({"path": "/a", "password": "hunter2"})");
    d.arguments_text = text;
    out.clear();
    r.decision(out, d);
    return out;
  };
  EXPECT_THAT(line(LogArgs::none), Not(HasSubstr("path")));
  const std::string hashed = line(LogArgs::hash);
  EXPECT_EQ(field(hashed, "args_keys"), R"(["password","path"])");
  EXPECT_THAT(hashed, Not(HasSubstr("hunter2")));
  EXPECT_EQ(field(line(LogArgs::redacted), "args"), R"({"path":"/a","password":"[redacted]"})");
  EXPECT_EQ(field(line(LogArgs::full), "args"), R"({"path":"/a","password":"hunter2"})");
  EXPECT_EQ(field(line(LogArgs::full, R"({"given":1})"), "args"), R"({"given":1})");
  for (const LogArgs l : {LogArgs::redacted, LogArgs::full}) EXPECT_EQ(field(line(l), "args_hash").size(), 34U);
}

TEST_F(RecorderTest, FindLogArgs) {
  EXPECT_EQ(find_log_args("none"), LogArgs::none);
  EXPECT_EQ(find_log_args("hash"), LogArgs::hash);
  EXPECT_EQ(find_log_args("redacted"), LogArgs::redacted);
  EXPECT_EQ(find_log_args("full"), LogArgs::full);
  EXPECT_EQ(find_log_args("Full"), std::nullopt);
  EXPECT_EQ(find_log_args(""), std::nullopt);
}

TEST_F(RecorderTest, NothingSecretOutsideTheArguments) {
  Recorder recorder = make(LogArgs::hash);
  Decision d = call();
  const std::string id = "\"" + token + "\"";
  d.request_id = id;
  d.method = token;
  d.target = token;
  d.rule = token;
  d.message = token;
  d.client_name = token;
  d.note = token;
  const Charged charged[] = {{token, base::Amount::of(1), {}}};
  const Shadow shadow[] = {{token, token}};
  d.charged = charged;
  d.shadow = shadow;
  const std::string arguments = "{\"" + token + "\": 1}";
  d.arguments = read(arguments);
  recorder.decision(out, d);
  recorder.notice(out, {"server_noise", "server", "Authorization: Bearer abcdef123"});
  recorder.shutdown(out, {token, std::nullopt, 0, 0});
  EXPECT_THAT(out, Not(HasSubstr("A1b2")));
  EXPECT_THAT(out, Not(HasSubstr("abcdef123")));
  expect_lines(3);
}

TEST_F(RecorderTest, HostileTextStaysOneBoundedLine) {
  Recorder recorder = make(LogArgs::hash);
  Decision d = call();
  const std::string nasty = std::string("a\n{\"v\":1}\n\"\\\0\x1b", 14) + "\xff\xc3\xed\xa0\x80\xe2\x80\xa8";
  const std::string huge(10 << 20, 'h');
  d.method = nasty;
  d.target = huge;
  d.message = nasty;
  const std::string huge_id = "\"" + huge + "\"";
  d.request_id = huge_id;
  std::string arguments = "{";
  for (int i = 0; i < 5'000; ++i) arguments += (i > 0 ? ",\"k" : "\"k") + std::to_string(10'000 + i) + "\":1";
  arguments += "}";
  d.arguments = read(arguments);
  const std::vector<Charged> charged(1'000, Charged{"k", base::Amount::of(1), base::Amount::of(2)});
  const std::vector<Shadow> shadow(1'000, Shadow{"r", ""});
  d.charged = charged;
  d.shadow = shadow;
  recorder.decision(out, d);
  recorder.notice(out, {"unreadable", "client", nasty});
  EXPECT_LT(out.size(), 20'000U);
  expect_lines(2);
  EXPECT_THAT(out, HasSubstr(R"("args_keys":["k10000","k10001",)"));
  EXPECT_THAT(out, HasSubstr(R"("k10099"],"args_keys_total":5000)"));
  EXPECT_THAT(out, HasSubstr(R"("charged_total":1000)"));
  EXPECT_THAT(out, HasSubstr(R"("shadow_total":1000)"));
}

TEST_F(RecorderTest, ArgumentsOfAnyShape) {
  for (const LogArgs l : {LogArgs::none, LogArgs::hash, LogArgs::redacted, LogArgs::full}) {
    Recorder recorder = make(l);
    for (const std::string_view text : {"{}", "[]", "null", "\"x\"", "1e400"}) {
      Decision d = call();
      d.arguments = read(text);
      out.clear();
      recorder.decision(out, d);
      expect_lines(1);
    }
  }
}

TEST_F(RecorderTest, ConditionAndLimitOfADenial) {
  Recorder recorder = make(LogArgs::none);
  Decision d = call();
  d.decision = "deny";
  d.condition = "args.amount lte 50000";
  d.limit = RefusedLimit{"files\x1ftools\x1fk1", base::Amount::of(10), *base::Amount::parse("0.5"),
                         base::Amount::of(10), 4'200};
  recorder.decision(out, d);
  EXPECT_THAT(out, HasSubstr(R"("condition":"args.amount lte 50000","limit":{"counter":"files/tools/k1","held":"10",)"
                             R"("amount":"0.5","max":"10","retry_after_ms":4200},"policy_digest":"abc")"));
  out.clear();
  d.condition = token;
  d.limit = RefusedLimit{"k2", {}, {}, {}, {}};
  recorder.decision(out, d);
  EXPECT_THAT(out, HasSubstr(R"("limit":{"counter":"k2","held":"0","amount":"0"})"));
  EXPECT_THAT(out, Not(HasSubstr("A1b2")));
  expect_lines(1);
}

TEST_F(RecorderTest, GeneralEvents) {
  Recorder recorder = make(LogArgs::hash);
  const std::string why = "x\n" + token;
  const Field fields[] = {Field::text_of("policy_file", "p.yaml"),
                          Field::word_of("policy_digest", "sha256:1"),
                          Field::number_of("rules", -3),
                          Field::json_of("list", R"(["a",1])"),
                          Field::text_of("empty", ""),
                          Field::json_of("none", ""),
                          Field::text_of("why", why),
                          Field::name_of("rule", "getS3PolicyByIdV2WithMoreWords")};
  recorder.event(out, "reload", fields);
  EXPECT_EQ(out,
            std::string(head) +
                R"(reload","instance":"i1","session":"s1","identity":"ann","server":"files","policy_file":"p.yaml",)"
                R"("policy_digest":"sha256:1","rules":-3,"list":["a",1],"why":"x\n[redacted]",)"
                R"("rule":"getS3PolicyByIdV2WithMoreWords"})"
                "\n");
  std::string own;
  append_event(own, clock.wall(), "retention", "i1", fields);
  EXPECT_THAT(
      own, HasSubstr(R"({"v":1,"time":"2027-01-15T08:00:00.000Z","event":"retention","instance":"i1","policy_file")"));
  EXPECT_THAT(own, Not(HasSubstr("A1b2")));
  expect_lines(1);
}

TEST_F(RecorderTest, StartSaysHowArgumentsAndCountersAreKept) {
  Recorder recorder = make(LogArgs::hash);
  Start start;
  start.policy_mode = "enforce";
  start.log_args = "hash";
  start.state = "memory";
  recorder.start(out, start);
  EXPECT_THAT(out, HasSubstr(R"("policy_mode":"enforce","log_args":"hash","state":"memory","pid":0})"));
}

TEST_F(RecorderTest, StartOfAListener) {
  Recorder recorder(clock, {LogArgs::hash, "i1", "", "", "files"}, "k");
  Start start;
  start.server = "files";
  start.transport = "http";
  start.listen = "127.0.0.1:8080";
  start.upstream = "https://mcp.example/x?token=" + token;
  recorder.start(out, start);
  EXPECT_EQ(out, std::string(head) +
                     R"(start","instance":"i1","server":"files","transport":"http","listen":"127.0.0.1:8080",)"
                     R"("upstream":"https://mcp.example/x?token=[redacted]","command":[],"pid":0})"
                     "\n");
}

TEST_F(RecorderTest, FurtherSessionsShareAllButTheirNames) {
  int asked = 0;
  auto process = std::make_unique<Recorder>(clock, RecorderOptions{LogArgs::hash, "i1", "", "", "files"}, "");
  process->set_key_source([&asked] { return ++asked, base::Result<std::string>("k"); });
  Recorder ann = process->for_session("s7", "ann");
  Recorder bob = ann.for_session("s8", token);
  Recorder moved = std::move(ann);
  process.reset();
  Decision d = call();
  d.arguments = read(R"({"path":"/x"})");
  moved.decision(out, d);
  bob.decision(out, d);
  EXPECT_EQ(asked, 1);
  bob.notice(out, {"unreadable", "client", "x"});
  moved.session_end(out, {"deleted", std::nullopt, 3, 1});
  expect_lines(4);
  EXPECT_THAT(out,
              HasSubstr(R"("event":"decision","instance":"i1","session":"s7","identity":"ann","server":"files","id")"));
  EXPECT_THAT(out,
              HasSubstr(R"("event":"notice","instance":"i1","session":"s8","identity":"[redacted]","server":"files")"));
  EXPECT_THAT(out, HasSubstr(R"(session_end","instance":"i1","session":"s7","identity":"ann","server":"files",)"
                             R"("reason":"deleted","calls":3,"denied":1})"));
  std::string first = out.substr(0, out.find('\n'));
  const auto hash = [](const std::string& line) { return line.substr(line.find("args_hash"), 46); };
  EXPECT_EQ(hash(first), hash(out.substr(first.size() + 1)));
}

TEST_F(RecorderTest, TimeComesFromTheWallClock) {
  Recorder recorder = make(LogArgs::hash);
  clock.advance(std::chrono::milliseconds(1'234));
  recorder.outcome(out, {"d1", "result", std::nullopt, 1, 2});
  EXPECT_THAT(out, HasSubstr(R"("time":"2027-01-15T08:00:01.234Z")"));
}

}  // namespace
}  // namespace audit
