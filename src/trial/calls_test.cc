// Calls from logs and files: what is kept of them, what is left out, what is said of a line that is wrong.
#include "trial/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trial {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Sink final : CallSink {
  std::vector<Call> calls;
  std::vector<std::string> events;
  bool call(const Call& c) override {
    calls.push_back(c);
    events.push_back("call " + c.origin);
    return true;
  }
  void answer(std::string_view origin, Answered answer, std::int64_t) override {
    events.push_back("answer " + std::string(origin) + " " + std::to_string(static_cast<int>(answer)));
  }
  void session_ends(std::string_view session) override { events.push_back("end " + std::string(session)); }
};

std::string entry_line(const std::string& event, const std::string& more, const std::string& instance = "i") {
  return R"({"v":1,"time":"2026-11-22T10:00:00.000Z","event":")" + event + R"(","instance":")" + instance + "\"" +
         more + "}";
}
std::string start(const std::string& log_args) {
  return entry_line("start", R"(,"session":"s","log_args":")" + log_args + "\"");
}
std::string decision(const std::string& id, const std::string& more) {
  return entry_line("decision", R"(,"session":"s","identity":"ann","server":"srv","id":")" + id +
                                    R"(","direction":"client","method":"tools/call","request_id":1,"tool":"a")" + more);
}

LeftOut replay(Sink& sink, const std::vector<std::string>& lines) {
  RecordedCalls calls(sink);
  audit::Entry entry;
  for (const std::string& line : lines) {
    EXPECT_EQ(entry.read(line), audit::Entry::Status::ok) << line;
    EXPECT_TRUE(calls.see(entry));
  }
  return calls.left_out();
}

TEST(RecordedCalls, OneSessionOfManyEndsBeforeItsProcess) {
  Sink sink;
  replay(sink, {entry_line("start", R"(,"log_args":"full")"), decision("i-1-1", R"(,"decision":"allow","args":{})"),
                entry_line("session_end", R"(,"session":"s","reason":"deleted")"),
                entry_line("shutdown", R"(,"reason":"x")")});
  EXPECT_THAT(sink.events, testing::ElementsAre("call i-1-1", "end s"));
}

TEST(RecordedCalls, KeepTheirArgumentsTimeWhoAndWhatCameOfThem) {
  Sink sink;
  const LeftOut left = replay(
      sink, {start("full"), decision("i-1", R"(,"decision":"allow","args":{"n":1.0})"),
             decision("i-2", R"(,"decision":"deny","reason":"rule")"),
             entry_line("outcome", R"(,"id":"i-1","outcome":"tool_error")"),
             entry_line("outcome", R"(,"id":"i-1","outcome":"result")"), entry_line("shutdown", R"(,"reason":"x")")});
  EXPECT_EQ(left.total(), 0U);
  ASSERT_THAT(sink.calls, SizeIs(2));
  EXPECT_EQ(sink.calls[0].params, R"({"name":"a","arguments":{"n":1.0}})");
  EXPECT_EQ(sink.calls[0].time, 1'795'341'600'000'000'000);
  EXPECT_EQ(sink.calls[0].identity + sink.calls[0].server + sink.calls[0].session, "annsrvs");
  EXPECT_TRUE(sink.calls[0].answered_later);
  EXPECT_FALSE(sink.calls[1].answered_later);
  EXPECT_EQ(sink.calls[1].params, R"({"name":"a"})");
  EXPECT_THAT(sink.events, testing::ElementsAre("call i-1", "call i-2", "answer i-1 1", "end s"));
}

TEST(RecordedCalls, LeaveOutWhatCannotBeRepeated) {
  Sink sink;
  const LeftOut left = replay(sink, {decision("i-1", R"(,"decision":"allow","args_hash":"x","args_keys":["n"])"),
                                     decision("i-2", R"(,"decision":"allow","args":{"t":"[redacted]"})"),
                                     decision("i-3", R"(,"decision":"allow","args":{"t":["long…"]})"),
                                     decision("i-4", R"(,"decision":"allow","continues":"i-1","args":{})"),
                                     start("none"), decision("i-5", R"(,"decision":"allow")"), start("redacted"),
                                     decision("i-6", R"(,"decision":"allow","args":{"n":1})")});
  EXPECT_THAT(sink.calls, IsEmpty());
  EXPECT_EQ(left.without_arguments, 2U);
  EXPECT_EQ(left.redacted, 3U);
  EXPECT_EQ(left.continuations, 1U);
}

TEST(RecordedCalls, WhatOnlyLooksRedactedInAFullLogIsKept) {
  Sink sink;
  replay(sink, {start("full"), decision("i-1", R"(,"decision":"allow","args":{"t":"[redacted]"})")});
  EXPECT_THAT(sink.calls, SizeIs(1));
}

TEST(RecordedCalls, OtherMethodsHaveTheParamsThatTheLogKeeps) {
  Sink sink;
  const auto line = [](const std::string& method, const std::string& more) {
    return entry_line("decision", R"(,"id":"i-1","direction":"client","request_id":1,"decision":"allow","method":")" +
                                      method + "\"" + more);
  };
  replay(sink, {line("resources/read", R"(,"resource":"file:///a")"), line("completion/complete", R"(,"prompt":"p")"),
                line("x/y", "")});
  ASSERT_THAT(sink.calls, SizeIs(3));
  EXPECT_EQ(sink.calls[0].params, R"({"uri":"file:///a"})");
  EXPECT_THAT(sink.calls[1].params, HasSubstr(R"("ref":{"type":"ref/prompt","name":"p"})"));
  EXPECT_EQ(sink.calls[2].params, "");
}

// What is said of one line: the call's method and params, or the error.
std::string written(std::string_view line, Call* out = nullptr) {
  Sink sink;
  WrittenCalls calls(sink, "c.jsonl");
  const auto seen = calls.see(line);
  if (!seen) return "error: " + seen.error().message;
  if (sink.calls.empty()) return calls.left_out().not_calls > 0 ? "left out" : "nothing";
  if (out != nullptr) *out = sink.calls[0];
  return sink.calls[0].method + " " + sink.calls[0].params;
}

TEST(WrittenCalls, AllForms) {
  const std::string call = R"(tools/call {"name":"a","arguments":{"n":1.50}})";
  EXPECT_EQ(written(R"({"tool":"a","arguments":{"n":1.50}})"), call);
  EXPECT_EQ(written(R"({"name":"a","arguments":{"n":1.50}})"), call);
  EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1.50}}})"),
            call);
  EXPECT_EQ(written(R"({"method":"tools/call","params":{"name":"a","arguments":{"n":1.50}}})"), call);
  EXPECT_EQ(written(R"({"prompt":"p"})"), R"(prompts/get {"name":"p"})");
  EXPECT_EQ(written(R"({"resource":"file:///a"})"), R"(resources/read {"uri":"file:///a"})");
  EXPECT_EQ(written(R"({"method":"ping"})"), "ping ");
  EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"result":{}})"), "left out");
  EXPECT_EQ(written("  \r"), "nothing");
}

TEST(WrittenCalls, HowACallCame) {
  Call call;
  written(
      R"({"tool":"a","time":"2026-11-22T11:00:00+01:00","identity":"ann","session":"s","server":"x","client_name":"c",)"
      R"("answer":"tool_error","from":"server"})",
      &call);
  EXPECT_EQ(call.time, 1'795'341'600'000'000'000);
  EXPECT_EQ(call.identity + call.session + call.server + call.client_name, "annsxc");
  EXPECT_EQ(call.answer, Answered::tool_error);
  EXPECT_TRUE(call.from_server);
  EXPECT_EQ(call.params, R"({"name":"a"})");
  written(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})", &call);
  EXPECT_TRUE(call.notification);
}

TEST(WrittenCalls, ErrorsNameTheLineAndWhatIsMeant) {
  for (const auto& [line, word] : std::initializer_list<std::pair<const char*, const char*>>{
           {"{", "c.jsonl:1: not JSON"},
           {"[]", "not an object"},
           {R"({"arguments":{}})", "it names no"},
           {R"({"tool":1})", "it names no"},
           {R"({"method":1})", "\"method\" is a text"},
           {R"({"tool":"a","time":"noon"})", "RFC 3339"},
           {R"({"tool":"a","answer":"maybe"})", "\"answer\" is"},
           {R"({"tool":"a","from":"me"})", "client or server"},
           {R"({"tool":"a","identity":5})", "\"identity\" is a text"},
           {R"({"tool":"a","tool":"b"})", "not JSON"}}) {
    EXPECT_THAT(written(line), HasSubstr(word)) << line;
  }
}

}  // namespace
}  // namespace trial
