// Every way a session can end, with its times, on a clock that stands still.
#include "proxy/ladder.h"

#include <gtest/gtest.h>

#include <vector>

namespace proxy {
namespace {

using std::chrono::milliseconds;
using Step = Ladder::Step;

class LadderTest : public ::testing::Test {
 protected:
  base::BootTime at(int ms) const { return base::BootTime(std::chrono::seconds(100) + milliseconds(ms)); }

  // Everything that is due up to `until`, in order, with its time in ms; what a loop that wakes at deadline() would do.
  std::vector<std::pair<int, Step>> run(int from, int until) {
    std::vector<std::pair<int, Step>> steps;
    base::BootTime now = at(from);
    for (;;) {
      while (const auto step = ladder.due(now)) steps.emplace_back(ms(now), *step);
      const auto next = ladder.deadline();
      if (!next || *next > at(until)) return steps;
      EXPECT_GT(*next, now) << "a deadline that has passed must be due";
      now = *next;
    }
  }
  int ms(base::BootTime t) const {
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(t - at(0)).count());
  }

  Ladder ladder{LadderTimes()};
};

using Steps = std::vector<std::pair<int, Step>>;

TEST_F(LadderTest, NothingIsDueWhileBothSidesLive) {
  EXPECT_EQ(run(0, 1'000'000), Steps());
  EXPECT_FALSE(ladder.deadline());
}

TEST_F(LadderTest, AClientThatClosedGivesTheServerItsTime) {
  ladder.client_closed(at(0));
  EXPECT_EQ(run(0, 100'000), (Steps{{1800, Step::terminate}, {3500, Step::kill}, {3800, Step::give_up}}));
}

TEST_F(LadderTest, AServerThatExitsAfterTheClientClosedIsGoneAtOnce) {
  ladder.client_closed(at(0));
  ladder.exited(at(20));
  ladder.leftover_read(at(20));
  ladder.output_ended(at(21));
  EXPECT_EQ(run(21, 1000), (Steps{{21, Step::gone}}));
}

TEST_F(LadderTest, AServerThatClosesItsOutputAfterTheClientClosedMayStillCleanUp) {
  ladder.client_closed(at(0));
  ladder.output_ended(at(5));
  ladder.input_broken(at(6));
  EXPECT_EQ(run(6, 1799), Steps());
  EXPECT_EQ(run(1800, 1800), (Steps{{1800, Step::terminate}}));
}

TEST_F(LadderTest, ASignalTerminatesAtOnceAndKillsInTime) {
  ladder.signalled(at(0));
  EXPECT_EQ(run(0, 100'000), (Steps{{0, Step::terminate}, {1500, Step::kill}, {1800, Step::give_up}}));
}

TEST_F(LadderTest, ASecondSignalKillsAtOnce) {
  ladder.signalled(at(0));
  EXPECT_EQ(run(0, 100), (Steps{{0, Step::terminate}}));
  ladder.signalled(at(100));
  EXPECT_EQ(run(100, 100'000), (Steps{{100, Step::kill}, {400, Step::give_up}}));
}

TEST_F(LadderTest, ASignalAfterTheClientClosedDoesNotMakeItLater) {
  ladder.client_closed(at(0));
  EXPECT_EQ(run(0, 2900), (Steps{{1800, Step::terminate}}));
  ladder.signalled(at(2900));
  EXPECT_EQ(run(2900, 100'000), (Steps{{3500, Step::kill}, {3800, Step::give_up}}));
}

TEST_F(LadderTest, AnExitIsGoneOnlyWhenItsOutputWasRead) {
  ladder.exited(at(0));
  EXPECT_EQ(run(0, 60'000), Steps()) << "what it left must be read first, however long the client takes";
  ladder.output(at(60'000));
  ladder.output_ended(at(60'000));
  EXPECT_EQ(run(60'000, 60'000), (Steps{{60'000, Step::gone}}));
}

TEST_F(LadderTest, ADescendantThatHoldsTheOutputHasAQuarterOfASecondOfSilence) {
  ladder.exited(at(0));
  ladder.leftover_read(at(0));
  EXPECT_EQ(run(0, 200), Steps());
  ladder.output(at(200));
  EXPECT_EQ(run(200, 10'000), (Steps{{450, Step::gone}}));
}

TEST_F(LadderTest, ADescendantThatDoesNotStopTalkingIsCutOff) {
  ladder.exited(at(0));
  ladder.leftover_read(at(10));
  Steps steps;
  for (int t = 10; t < 3000 && steps.empty(); t += 100) {
    ladder.output(at(t));
    steps = run(t, t + 99);
  }
  EXPECT_EQ(steps, (Steps{{2010, Step::gone}}));
}

TEST_F(LadderTest, OutputThatIsNotReadIsNoSilence) {
  ladder.exited(at(0));
  ladder.leftover_read(at(0));
  ladder.output_paused(true, at(0));
  EXPECT_EQ(run(0, 10'000), Steps());
  ladder.output_paused(false, at(1000));
  EXPECT_EQ(run(1000, 10'000), (Steps{{1250, Step::gone}}));
}

TEST_F(LadderTest, AServerThatClosesItsOutputAndLivesIsGoneAfterAGraceAndEnded) {
  ladder.output_ended(at(0));
  EXPECT_EQ(run(0, 100'000),
            (Steps{{500, Step::gone}, {500, Step::terminate}, {2000, Step::kill}, {2300, Step::give_up}}));
}

TEST_F(LadderTest, AServerThatClosesItsInputAndLivesIsGoneToo) {
  ladder.input_broken(at(0));
  EXPECT_EQ(run(0, 499), Steps());
  EXPECT_EQ(run(500, 500), (Steps{{500, Step::gone}, {500, Step::terminate}}));
  ladder.exited(at(600));
  EXPECT_EQ(run(600, 100'000), Steps()) << "once it has exited nothing is sent to it";
}

TEST_F(LadderTest, ADescendantThatOutlivesTheKillDoesNotKeepUs) {
  ladder.signalled(at(0));
  EXPECT_EQ(run(0, 1500), (Steps{{0, Step::terminate}, {1500, Step::kill}}));
  ladder.exited(at(1501));
  ladder.leftover_read(at(1501));
  EXPECT_EQ(run(1501, 5000), (Steps{{1751, Step::gone}, {1800, Step::give_up}}));
}

}  // namespace
}  // namespace proxy
