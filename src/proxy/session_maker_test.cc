// Sessions of one process: each with a name, ids and a recorder of its own, all with the policy in force.
#include "proxy/session_maker.h"

#include "limits/memory_store.h"
#include "mediator/session_testing.h"

namespace proxy {
namespace {

using mediator::call;
using mediator::snapshot;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct SessionMakerTest : testing::Test {
  base::FakeClock clock;
  base::FakeRandom random;
  limits::MemoryStore store{clock};
  audit::Recorder recorder{clock, {audit::LogArgs::hash, "5f0c2a91de", "", "", "srv"}, ""};

  SessionMaker maker(std::string_view policy) {
    mediator::Config common;
    common.server_name = "srv";
    common.instance = "5f0c2a91de";
    return {{common, clock, random, store, recorder, nullptr}, snapshot(policy)};
  }
  // The record of a call.
  static std::string record(SessionMaker::Made& made, const std::string& id = "1") {
    EXPECT_TRUE(made.session.on_client(call(id, "a", R"({"n":1})")));
    std::string out = made.session.output().record;
    made.session.end_turn();
    return out;
  }
};

TEST_F(SessionMakerTest, NamesAndIdsAreEachSessionsOwn) {
  SessionMaker sessions = maker("default: allow\n");
  const auto one = sessions.make("ann");
  const auto two = sessions.make("bob");
  EXPECT_EQ(one->name.size(), 32U);
  EXPECT_NE(one->name, two->name);
  EXPECT_THAT(record(*one),
              AllOf(HasSubstr(R"("instance":"5f0c2a91de","session":")" + one->name + R"(","identity":"ann")"),
                    HasSubstr(R"("id":"5f0c2a91de-1-1")")));
  EXPECT_THAT(record(*two), AllOf(HasSubstr(R"("session":")" + two->name + R"(","identity":"bob","server":"srv")"),
                                  HasSubstr(R"("id":"5f0c2a91de-2-1")")));
  EXPECT_THAT(record(*one, "2"), HasSubstr(R"("id":"5f0c2a91de-1-2")"));
  for (int i = 3; i < 36; ++i) static_cast<void>(sessions.make("ann"));
  EXPECT_THAT(record(*sessions.make("ann")), HasSubstr(R"("id":"5f0c2a91de-10-1")"));
}

TEST_F(SessionMakerTest, TheKeyIsAskedForOnceByAll) {
  int asked = 0;
  recorder.set_key_source([&asked] { return ++asked, base::Result<std::string>("key"); });
  SessionMaker sessions = maker("default: allow\n");
  const auto one = sessions.make("ann");
  const auto two = sessions.make("bob");
  EXPECT_EQ(asked, 0);
  EXPECT_THAT(record(*one), HasSubstr("args_hash"));
  EXPECT_THAT(record(*two), HasSubstr("args_hash"));
  EXPECT_EQ(asked, 1);
}

TEST_F(SessionMakerTest, IdentityAndSessionAreThoseOfLimits) {
  SessionMaker sessions = maker("tools:\n  a: {rules: [{rate_limit: {max: 1, window: hour, scope: identity}}]}\n");
  const auto ann = sessions.make("ann");
  const auto bob = sessions.make("bob");
  const auto ann_again = sessions.make("ann");
  EXPECT_THAT(record(*ann), HasSubstr(R"("decision":"allow")"));
  EXPECT_THAT(record(*bob), HasSubstr(R"("decision":"allow")"));
  EXPECT_THAT(record(*ann_again), HasSubstr(R"("reason":"limit")"));
}

TEST_F(SessionMakerTest, NewSessionsStartWithThePolicyInForce) {
  SessionMaker sessions = maker("default: allow\n");
  const auto before = sessions.make("ann");
  sessions.on_policy(snapshot("default: deny\n"));
  EXPECT_THAT(record(*sessions.make("ann")), HasSubstr(R"("decision":"deny")"));
  EXPECT_THAT(record(*before), HasSubstr(R"("decision":"allow")"));
}

}  // namespace
}  // namespace proxy
