// For tests of the desk: sessions with two sides that write down what they get, a sink that can fail or be slow, one
// order of everything that happens.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "limits/fickle_store_testing.h"
#include "mediator/session_testing.h"
#include "proxy/desk.h"
#include "proxy/session_maker.h"

namespace proxy {

using mediator::call;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// Every append, whole.
struct FakeSink final : audit::Sink {
  std::vector<std::string> appends;
  bool fails = false, slow = false;
  std::function<void()> then = {};
  base::Result<void> append(std::string_view lines) override {
    if (fails) return base::fail("disk full");
    appends.emplace_back(lines);
    if (then) then();
    return {};
  }
  bool append_blocks() const override { return slow; }
};

struct FakeMember final : Desk::Member {
  FakeMember(std::unique_ptr<SessionMaker::Made> of, std::string called)
      : made(std::move(of)), name(std::move(called)) {}
  mediator::Session& session() override { return made->session; }
  void write_out(mediator::Output& out) override {
    ++turns;
    to_server += out.to_server;
    to_client += out.to_client;
    if (on_write) on_write();
  }
  void after_turn() override {
    if (on_after) on_after();
  }
  std::string_view label() const override { return name; }

  std::unique_ptr<SessionMaker::Made> made;
  std::string name, to_server, to_client;
  int turns = 0;
  std::function<void()> on_write = {}, on_after = {};
};

constexpr std::string_view limited_policy = R"(
default: allow
hide: [secret]
tools:
  pay: {rules: [{rate_limit: 100/hour}]}
)";

struct DeskTest : testing::Test {
  base::FakeClock clock;
  base::TurnClock turn{clock};
  base::FakeRandom random;
  limits::FickleStore store{clock};  // also used on the helper thread, where the clock of turns may not be
  FakeSink sink;
  net::Loop loop{clock};
  audit::Recorder recorder{turn, {audit::LogArgs::none, "i", "", "", "srv"}, ""};
  std::vector<std::string> notes;
  int away = 0;  // how often the helper thread took something
  std::unique_ptr<SessionMaker> maker;
  std::unique_ptr<Desk> desk;
  std::vector<std::unique_ptr<FakeMember>> members;

  DeskTest() {
    mediator::Config config;
    config.server_name = "srv";
    config.instance = "i";
    maker = std::make_unique<SessionMaker>(SessionMaker::Parts{config, turn, random, store, recorder, nullptr},
                                           mediator::snapshot(limited_policy));
    desk = std::make_unique<Desk>(
        loop,
        Desk::Parts{store, sink, recorder, turn,
                    [this](mediator::Level, std::string_view text) { notes.emplace_back(text); }, "START\n"},
        std::chrono::milliseconds(100));
    desk->on_away([this] { ++away; });
    loop.on_wake([this] { desk->wake(); });
    loop.on_turn_end([this] { desk->settle(); });
  }
  ~DeskTest() override {
    for (const auto& member : members) desk->leave(*member);
    desk.reset();
  }

  FakeMember& join(const std::string& name) {
    members.push_back(std::make_unique<FakeMember>(maker->make("ann"), name));
    desk->join(*members.back());
    return *members.back();
  }
  // As a driver gives a line.
  void give(FakeMember& member, const std::string& line, bool from_client = true) {
    const auto now = [&session = member.session(), line, from_client] {
      return from_client ? session.on_client(line) : session.on_server(line);
    };
    if (!desk->busy()) {
      desk->touch(member);
      if (now()) return;
    }
    desk->later(member, now);
  }
  // One turn of the loop that waits for nothing.
  void pass() { loop.run_once(base::Duration{0}); }
  void pass(base::Duration time) {
    clock.advance(time);
    pass();
  }
  // Turns until the helper thread has given back what it had and all that waited is done and settled.
  void wait() {
    while (desk->busy()) loop.run_once(std::chrono::seconds(10));
    desk->settle();
    while (desk->busy()) loop.run_once(std::chrono::seconds(10));
  }
};

inline std::string answer(const std::string& id) { return mediator::result(id); }

}  // namespace proxy
