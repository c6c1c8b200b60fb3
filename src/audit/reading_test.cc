// Filters, the order of many logs, and what people see of entries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/export.h"
#include "audit/filter.h"
#include "audit/merge.h"
#include "audit/render.h"
#include "audit/status.h"
#include "audit/why.h"

namespace audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const base::WallTime now(std::chrono::seconds(1'800'000'000));  // 2027-01-15T08:00:00Z
const std::string decision =
    R"({"v":1,"time":"2027-01-15T07:59:00.250Z","event":"decision","instance":"aaaaaaaaaa","session":"s1",)"
    R"("identity":"ann","server":"files","id":"aaaaaaaaaa-1","direction":"client","method":"tools/call","request_id":7,)"
    R"("tool":"write_file","decision":"deny","reason":"rule","rule":"tools/write_file/rules/0",)"
    R"("condition":"args.path path_within /srv and args[\"n\"] lte 3","message":"Write below /srv only.","policy_digest":"sha256:1"})";
const std::string allowed =
    R"({"v":1,"time":"2027-01-15T07:59:01.000Z","event":"decision","instance":"aaaaaaaaaa","session":"s1",)"
    R"("identity":"ann","server":"files","id":"aaaaaaaaaa-2","direction":"client","method":"resources/read",)"
    R"("resource":"file:///x","decision":"allow","shadow":[{"rule":"tools/*/rules/1","message":"would be denied"}]})";
const std::string outcome =
    R"({"v":1,"time":"2027-01-15T07:59:01.010Z","event":"outcome","instance":"aaaaaaaaaa","id":"aaaaaaaaaa-2",)"
    R"("outcome":"error","error_code":-32603,"latency_us":10000,"bytes":99})";
const std::string notice =
    R"({"v":1,"time":"2027-01-15T07:59:02.000Z","event":"notice","instance":"aaaaaaaaaa","server":"files",)"
    R"("what":"server_noise","detail":"a\u001b[31m\nb"})";

struct ReadingTest : testing::Test {
  Calls calls;
  Entry entry;
  const Call* call = nullptr;
  Entry& read(std::string_view line) {
    EXPECT_EQ(entry.read(line), Entry::Status::ok) << entry.trouble();
    call = calls.see(entry);
    return entry;
  }
  bool matches(std::vector<std::string> words, std::string_view line) {
    Filter filter;
    for (const std::string& word : words) {
      const auto added = filter.add_word(word, now);
      EXPECT_TRUE(added) << added.error().message;
    }
    read(line);
    return filter.matches(entry, call);
  }
};

TEST_F(ReadingTest, FilterByFields) {
  EXPECT_TRUE(matches({}, decision));
  for (const char* yes :
       {"event=decision", "decision=deny", "tool=write_file", "tool=write_*", "method=tools/*", "server=files",
        "identity=ann", "session=s1", "instance=aaaaaaaaaa", "rule=tools/write_file/*", "reason=rule", "id=*-1",
        "since=2m", "since=2027-01-15T07:59:00.250Z", "until=2027-01-15T07:59:00.251Z", "shadow=false"}) {
    EXPECT_TRUE(matches({yes}, decision)) << yes;
  }
  for (const char* no :
       {"event=outcome", "decision=allow", "tool=read_file", "resource=*", "prompt=*", "method=resources/*", "server=x",
        "identity=*bob", "session=", "instance=bbbbbbbbbb", "rule=*/9", "reason=limit", "outcome=result", "id=x",
        "since=30s", "until=2027-01-15T07:59:00.250Z", "shadow=true"}) {
    if (std::string_view(no) == "session=") continue;
    EXPECT_FALSE(matches({no}, decision)) << no;
  }
  EXPECT_TRUE(matches({"tool=read_*", "tool=write_*", "decision=deny"}, decision));
  EXPECT_FALSE(matches({"tool=write_*", "decision=allow"}, decision));
  EXPECT_TRUE(matches({"resource=file:*"}, allowed));
  EXPECT_TRUE(matches({"shadow=true"}, allowed));
  EXPECT_TRUE(matches({"rule=tools/[*]/rules/1", "rule=tools/\\*/rules/1"}, allowed)) << "of a shadow rule";
  EXPECT_TRUE(matches({"event=not*"}, notice));
}

TEST_F(ReadingTest, OutcomesKnowTheirCall) {
  read(allowed);
  EXPECT_TRUE(matches({"resource=file:*", "server=files", "outcome=error"}, outcome));
  calls = Calls();
  EXPECT_FALSE(matches({"server=files"}, outcome));
  EXPECT_TRUE(matches({"outcome=error"}, outcome));
  // Bounded: the oldest is forgotten.
  read(allowed);
  for (int i = 0; i < 9'000; ++i) {
    const std::string other = std::string(decision).replace(decision.find("aaaaaaaaaa-1"), 12, std::to_string(i));
    read(other);
  }
  read(outcome);
  EXPECT_EQ(call, nullptr);
}

TEST_F(ReadingTest, FilterErrors) {
  const auto error = [](std::string_view word) {
    Filter filter;
    const auto added = filter.add_word(word, now);
    return added ? "none" : added.error().message;
  };
  EXPECT_THAT(error("tol=x"), HasSubstr("did you mean tool?"));
  EXPECT_THAT(error("xyzzy=x"), HasSubstr("event, decision, tool"));
  EXPECT_THAT(error("deny"), HasSubstr("decision=deny"));
  EXPECT_THAT(error("decision=dany"), HasSubstr("did you mean deny?"));
  EXPECT_THAT(error("decision=no"), HasSubstr("allow, deny, replay"));
  EXPECT_THAT(error("event=decison"), HasSubstr("did you mean decision?"));
  EXPECT_THAT(error("outcome=reslt"), HasSubstr("did you mean result?"));
  EXPECT_THAT(error("reason=limits"), HasSubstr("did you mean limit?"));
  EXPECT_THAT(error("since=soon"), HasSubstr("since: \"soon\" is not a time"));
  EXPECT_THAT(error("shadow=maybe"), HasSubstr("true or false"));
  EXPECT_THAT(error("tool="), HasSubstr("needs a value"));
  EXPECT_EQ(error("event=later_*"), "none") << "what we do not know can be asked for by a pattern";
  Filter filter;
  EXPECT_TRUE(filter.is_empty());
  ASSERT_TRUE(filter.add("since", "1h", now));
  EXPECT_FALSE(filter.is_empty());
  EXPECT_EQ(filter.since(), 1'799'996'400'000'000'000);
}

// --- Merge ---

class Lines final : public LineSource {
 public:
  Lines(std::vector<std::string> lines, std::int64_t begins, int* open = nullptr)
      : lines_(std::move(lines)), begins_(begins), open_(open) {}
  ~Lines() override {
    if (open_ != nullptr && begun_) --*open_;
  }
  std::int64_t begins() const override { return begins_; }
  bool next(std::string_view& line, bool& cut) override {
    if (!std::exchange(begun_, true) && open_ != nullptr) ++*open_;
    if (at_ == lines_.size()) return false;
    held_ = lines_[at_++];
    line = held_;
    cut = false;
    return true;
  }

 private:
  std::vector<std::string> lines_;
  std::int64_t begins_;
  int* open_;
  std::size_t at_ = 0;
  std::string held_;
  bool begun_ = false;
};

std::string at(int second, std::string_view what) {
  const std::string s = std::to_string(second);
  return R"({"v":1,"time":"2027-01-15T08:00:)" + std::string(2 - s.size(), '0') + s + R"(.000Z","event":")" +
         std::string(what) + "\"}";
}
std::int64_t moment(int second) { return now.time_since_epoch().count() + std::int64_t{second} * 1'000'000'000; }

std::vector<std::string> events(Merge& merge) {
  std::vector<std::string> out;
  Merge::Line line;
  Entry e;
  while (merge.next(line)) out.emplace_back(e.read(line.text) == Entry::Status::ok ? e.event : "?");
  return out;
}

TEST(Merge, ByTime) {
  Merge merge;
  merge.add(std::make_unique<Lines>(std::vector{at(1, "a"), at(5, "e"), at(5, "f")}, moment(1)));
  merge.add(std::make_unique<Lines>(std::vector{at(2, "b"), at(3, "c"), at(9, "h")}, 0));
  merge.add(std::make_unique<Lines>(std::vector<std::string>{}, 0));
  merge.add(std::make_unique<Lines>(std::vector{at(4, "d"), at(5, "g")}, moment(4)));
  EXPECT_THAT(events(merge), ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
  Merge::Line line;
  EXPECT_FALSE(merge.next(line));
  Merge nothing;
  EXPECT_FALSE(nothing.next(line));
}

TEST(Merge, WithinASourceTheOrderStays) {
  Merge merge;  // the clock was set back; a line cannot be read
  merge.add(std::make_unique<Lines>(std::vector{at(5, "a"), at(2, "b"), std::string("torn"), at(3, "d")}, moment(5)));
  merge.add(std::make_unique<Lines>(std::vector{at(1, "first"), at(4, "x"), at(6, "y")}, moment(1)));
  EXPECT_THAT(events(merge), ElementsAre("first", "x", "a", "b", "?", "d", "y"));
}

TEST(Merge, SourcesAreOpenOnlyInTheirTime) {
  int open = 0;
  int most = 0;
  Merge merge;
  for (int i = 0; i < 20; ++i) {
    merge.add(std::make_unique<Lines>(std::vector{at(2 * i, "a"), at(2 * i + 1, "b")}, moment(2 * i), &open));
  }
  Merge::Line line;
  int lines = 0;
  for (; merge.next(line); ++lines) {
    EXPECT_EQ(line.source, static_cast<std::size_t>(lines / 2));
    most = std::max(most, open);
  }
  EXPECT_EQ(lines, 40);
  EXPECT_LE(most, 2);
  EXPECT_EQ(open, 0);
}

// --- Text ---

TEST_F(ReadingTest, Lines) {
  const Style style;
  EXPECT_EQ(render_line(read(decision), call, style),
            "2027-01-15 07:59:00.250Z  deny     files  write_file  Write below /srv only.  tools/write_file/rules/0  "
            "aaaaaaaaaa-1");
  EXPECT_EQ(
      render_line(read(allowed), call, style),
      "2027-01-15 07:59:01.000Z  allow    files  resources/read file:///x  shadow: tools/*/rules/1 would be denied  "
      "aaaaaaaaaa-2");
  EXPECT_EQ(
      render_line(read(outcome), call, style),
      "2027-01-15 07:59:01.010Z  error    files  resources/read file:///x  10 ms, 99 B, code -32603  aaaaaaaaaa-2");
  EXPECT_EQ(render_line(read(notice), call, style),
            "2027-01-15 07:59:02.000Z  notice   files  what=server_noise detail=a\\u{1B}[31m\\u{A}b  aaaaaaaaaa");
  const Style coloured{{[](std::int64_t) { return 3'600; }, false}, true};
  EXPECT_THAT(render_line(read(decision), call, coloured), HasSubstr("08:59:00.250  \x1b[31mdeny   \x1b[0m  files"));
  EXPECT_EQ(render_unreadable("x\ny", "not JSON", style), "unreadable  not JSON: x\\u{A}y");
}

TEST_F(ReadingTest, Details) {
  const std::string text = render_detail(read(allowed), Style{});
  EXPECT_THAT(text, HasSubstr("time            2027-01-15 07:59:01.000Z\n"));
  EXPECT_THAT(text, HasSubstr("resource        file:///x\n"));
  EXPECT_THAT(text, HasSubstr("shadow          {\"rule\":\"tools/*/rules/1\",\"message\":\"would be denied\"}\n"));
  EXPECT_THAT(render_detail(read(notice), Style{}), HasSubstr("detail          a\\u{1B}[31m\\u{A}b\n"));
}

TEST_F(ReadingTest, StatusNumbers) {
  Status status(now);
  status.set_life("aaaaaaaaaa", Life::alive, "files", 42, 1);
  status.set_life("bbbbbbbbbb", Life::dead, "other");
  for (const std::string* line : {&decision, &allowed, &outcome, &notice}) status.add(read(*line));
  status.add(
      read(R"({"v":1,"time":"2027-01-15T07:00:00.000Z","event":"decision","instance":"cccccccccc","server":"x",)"
           R"("id":"c-1","direction":"server","method":"sampling/createMessage","decision":"deny","reason":"rule"})"));
  status.add(read(R"({"v":1,"time":"2027-01-15T07:00:01.000Z","event":"reload_failed","instance":"cccccccccc",)"
                  R"("message":"line 3"})"));
  status.add(read(R"({"v":1,"time":"2027-01-15T07:00:02.000Z","event":"shutdown","instance":"cccccccccc"})"));
  status.add_unreadable();
  const std::string text = status.text(Style{});
  EXPECT_THAT(text, HasSubstr("Instances: 1 alive, 1 ended, 1 dead\n"));
  EXPECT_THAT(text, HasSubstr("aaaaaaaaaa  alive  files  pid 42  since"));
  EXPECT_THAT(text, HasSubstr("2 calls, 1 denied\n"));
  EXPECT_THAT(text, HasSubstr("Calls: 2, denied 1; 0.4 a minute over the last five minutes\n"));
  EXPECT_THAT(text, HasSubstr("Asked by servers: 1, denied 1\n"));
  EXPECT_THAT(text, HasSubstr("1  write_file\n"));
  EXPECT_THAT(text, HasSubstr("1  tools/write_file/rules/0\n"));
  EXPECT_THAT(text, HasSubstr("1 × tools/*/rules/1  last 2027-01-15 07:59:01.000Z  would be denied  aaaaaaaaaa-2\n"));
  EXPECT_THAT(text, HasSubstr("Write below /srv only.  aaaaaaaaaa-1\n"));
  EXPECT_THAT(text,
              HasSubstr("1 reload(s) of a policy failed, the last 2027-01-15 07:00:01.000Z (cccccccccc): line 3"));
  EXPECT_THAT(text, HasSubstr("1 line(s) could not be read"));

  json::Document document;
  const std::string json = status.json();
  ASSERT_TRUE(document.read(json, json::Profile::strict)) << json;
  const json::Value root = document.root();
  EXPECT_EQ(root.find("calls").number(), "2");
  EXPECT_EQ(root.find("calls_per_minute").number(), "0.4");
  EXPECT_EQ(root.find("instances").size(), 3U);
  EXPECT_EQ(root.find("instances").at(0).find("state").string(), "alive");
  EXPECT_EQ(root.find("recent_denials").size(), 2U);
  EXPECT_EQ(root.find("shadow").at(0).find("last_id").string(), "aaaaaaaaaa-2");
  EXPECT_EQ(root.find("reloads").find("failed").number(), "1");
}

TEST_F(ReadingTest, StatusKnowsWhoWasFoundDead) {
  Status status(now);
  const auto at = [&](std::string_view event, std::string_view instance, std::string_view more) {
    const std::string line = R"({"v":1,"time":"2027-01-15T07:00:00.000Z","event":")" + std::string(event) +
                             R"(","instance":")" + std::string(instance) + '"' + std::string(more) + '}';
    status.add(read(line));
  };
  at("start", "dddddddddd", "");
  at("start", "eeeeeeeeee", "");
  at("found_dead", "eeeeeeeeee", R"(,"dead":"dddddddddd")");
  at("found_dead", "eeeeeeeeee", R"(,"dead":"ffffffffff")");  // nothing of it is here
  at("shutdown", "eeeeeeeeee", "");
  at("found_dead", "9999999999", "");
  EXPECT_THAT(status.text(Style{}), HasSubstr("Instances: 0 alive, 1 ended, 1 dead\n"));
  EXPECT_THAT(status.text(Style{}), testing::Not(HasSubstr("9999999999")));
  EXPECT_THAT(status.text(Style{}), testing::Not(HasSubstr("ffffffffff")));
}

TEST_F(ReadingTest, StatusSaysWhatIsPaused) {
  Status status(now);
  status.add(read(R"({"v":1,"time":"2027-01-15T07:00:00.000Z","event":"start","instance":"dddddddddd",)"
                  R"("transport":"command","pid":7})"));
  status.add_pause("*", "2027-01-15T07:00:00.000Z", "ann, uid 1", "incident\n7");
  status.set_pause_trouble("cannot be read");
  const std::string text = status.text(Style{});
  EXPECT_TRUE(
      text.starts_with("PAUSED: every server since 2027-01-15T07:00:00.000Z by ann, uid 1: incident\\u{A}7\n"
                       "PAUSED: everything, because nobody can say what is paused: cannot be read\n\n"
                       "Instances: 0 alive, 0 ended, 0 dead\n"))
      << text;
  json::Document document;
  const std::string json = status.json();
  ASSERT_TRUE(document.read(json, json::Profile::strict)) << json;
  EXPECT_EQ(document.root().find("pauses").at(0).find("server").string(), "*");
  EXPECT_EQ(document.root().find("pause_trouble").string(), "cannot be read");
  EXPECT_EQ(document.root().find("instances").size(), 0U);
}

TEST_F(ReadingTest, StatusIsBounded) {
  Status status(now);
  for (int i = 0; i < 3'000; ++i) {
    std::string line = decision;
    line.replace(line.find("write_file"), 10, "tool_" + std::to_string(i));
    line.replace(line.find("aaaaaaaaaa"), 10, std::to_string(1'000'000'000 + i));
    status.add(read(line));
  }
  EXPECT_THAT(status.text(Style{}), HasSubstr("(and 2000 of others)"));
  EXPECT_LT(status.json().size(), 400'000U);
  EXPECT_THAT(Status(now).text(Style{}), HasSubstr("Instances: 0 alive"));
}

TEST_F(ReadingTest, Why) {
  Entry start;
  ASSERT_EQ(start.read(R"({"v":1,"time":"2027-01-15T07:00:00.000Z","event":"start","log_args":"hash"})"),
            Entry::Status::ok);
  std::string text = explain(read(decision), nullptr, &start, nullptr, Style{});
  EXPECT_THAT(text, HasSubstr("decision    aaaaaaaaaa-1\n"));
  EXPECT_THAT(text, HasSubstr("message     tools/call tool write_file\n"));
  EXPECT_THAT(text, HasSubstr("server files, identity ann\n"));
  EXPECT_THAT(text, HasSubstr("decided     refused: a rule forbids it\n"));
  EXPECT_THAT(text, HasSubstr("rule        tools/write_file/rules/0\n"));
  EXPECT_THAT(text, HasSubstr("values      not kept (--log-args hash); --log-args redacted keeps"));
  EXPECT_THAT(text, HasSubstr("\nChange the arguments so that"));
  const std::string with_args = decision.substr(0, decision.size() - 1) + R"(,"args":{"path":"/etc/x\n"}})";
  const PolicyNow policy{"sha256:1", "- require: x\n  on_deny: y", "p.yaml:3"};
  text = explain(read(with_args), nullptr, nullptr, &policy, Style{});
  EXPECT_THAT(text, HasSubstr("value       args.path = /etc/x\\u{A}\n"));
  EXPECT_THAT(text, HasSubstr("value       args.n = (not sent)\n"));
  EXPECT_THAT(text, HasSubstr("still the one that decided"));
  EXPECT_THAT(text, HasSubstr("The rule (p.yaml:3):\n            - require: x\n              on_deny: y\n"));
  Entry came;
  ASSERT_EQ(came.read(outcome), Entry::Status::ok);
  const PolicyNow other{"sha256:2", {}, {}};
  text = explain(read(allowed), &came, nullptr, &other, Style{});
  EXPECT_THAT(text, HasSubstr("decided     allowed\n"));
  EXPECT_THAT(text, HasSubstr("shadow      tools/*/rules/1 would have refused it: would be denied\n"));
  EXPECT_THAT(text, HasSubstr("outcome     error after 10 ms, error code -32603\n"));
  EXPECT_THAT(text, Not(HasSubstr("policy  ")));
  const std::string limited =
      R"({"v":1,"time":"2027-01-15T07:59:00.250Z","event":"decision","id":"i-1","server":"s","method":"tools/call",)"
      R"("decision":"deny","reason":"limit","limit":{"counter":"tools/x","held":"10","amount":"1","max":"10",)"
      R"("retry_after_ms":4200}})";
  text = explain(read(limited), nullptr, nullptr, nullptr, Style{});
  EXPECT_THAT(text, HasSubstr("limit       tools/x\n            held 10, asked for 1, at most 10\n"));
  EXPECT_THAT(text, HasSubstr("the same call would have fitted after 4.2 s"));
}

TEST_F(ReadingTest, Cef) {
  const auto cef = [&](std::string_view line) {
    std::string out;
    read(line);
    append_cef(out, entry, call, "0.2|x");
    return out;
  };
  EXPECT_EQ(
      cef(decision),
      "CEF:0|Intercept|intercept|0.2\\|x|decision:deny:rule|Call refused by policy|6|rt=1799999940250 "
      "externalId=aaaaaaaaaa-1 act=deny reason=rule suser=ann dhost=files requestMethod=tools/call msg=Write below "
      "/srv only. cs1=tools/write_file/rules/0 cs1Label=rule cs2=write_file cs2Label=tool cs3=s1 cs3Label=session "
      "cs4=aaaaaaaaaa cs4Label=instance cs5=sha256:1 cs5Label=policyDigest\n");
  cef(allowed);
  EXPECT_EQ(
      cef(outcome),
      "CEF:0|Intercept|intercept|0.2\\|x|outcome:error|Call failed|3|rt=1799999941010 externalId=aaaaaaaaaa-2 "
      "outcome=error suser=ann dhost=files requestMethod=resources/read out=99 cs2=file:///x cs2Label=resource "
      "cs3=s1 cs3Label=session cs4=aaaaaaaaaa cs4Label=instance cn1=10000 cn1Label=latencyMicroseconds cn2=-32603 "
      "cn2Label=errorCode\n");
  EXPECT_THAT(cef(notice), HasSubstr("|notice:server_noise|Notice|4|"));
  EXPECT_THAT(cef(notice), HasSubstr("msg=a\\\\u{1B}[31m\\nb cs4"));
  const std::string nasty = R"({"v":1,"event":"a|b\nc","message":"x=y\\z\r\nCEF:0|","tool":"t=1","instance":"i"})";
  EXPECT_EQ(
      cef(nasty),
      "CEF:0|Intercept|intercept|0.2\\|x|a\\|b\\\\u{A}c|Event|3|msg=x\\=y\\\\z\\r\\nCEF:0| cs2=t\\=1 cs2Label=tool "
      "cs4=i cs4Label=instance\n");
}

}  // namespace
}  // namespace audit
