// Two loops on one thread: each is turned by hand, so that what happens on the way between them can be looked at.
#include "httpio/handed_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace httpio {
namespace {

using testing::ElementsAre;

// The exchange of a connection: writes down what it is told.
struct Near final : ServerExchange {
  const http::RequestHead& head() const override { return request; }
  std::string& body() override { return content; }
  const net::SocketAddress& peer() const override { return address; }
  bool is_tls() const override { return true; }
  void add_fields(std::vector<http::OwnedField> fields) override { said.push_back("add " + fields.at(0).name); }
  void respond(unsigned status, std::string_view type, std::string_view text,
               std::span<const http::Field> more) override {
    said.push_back("respond " + std::to_string(status) + ' ' + std::string(type) + ' ' + std::string(text) + ' ' +
                   std::to_string(more.size()));
  }
  void start_events(std::span<const http::Field> more) override {
    said.push_back("start " + std::string(more.empty() ? "" : more[0].value));
  }
  void write_events(std::string_view text) override { said.push_back("write " + std::to_string(text.size())); }
  void end_events() override { said.push_back("end"); }
  void abort() override { said.push_back("abort"); }
  bool started() const override { return false; }
  bool complete() const override { return false; }
  bool closed() const override { return gone; }
  bool half_closed() const override { return half_gone; }
  std::size_t queued() const override { return waiting; }
  void on_closed(std::function<void()> f) override { closed_callback = std::move(f); }
  void on_half_closed(std::function<void()> f) override { half_closed_callback = std::move(f); }
  void on_drained(std::function<void()> f) override { drained_callback = std::move(f); }

  std::string target = "/mcp?a=b", content = "body";
  http::Field field{"Accept", "x"};
  http::RequestHead request;
  net::SocketAddress address = *net::SocketAddress::parse("10.0.0.1", 5);
  std::vector<std::string> said;
  bool gone = false, half_gone = false;
  std::size_t waiting = 0;
  std::function<void()> closed_callback, half_closed_callback, drained_callback;
};

class HandedExchangeTest : public testing::Test {
 protected:
  HandedExchangeTest() {
    here_->attach(near_loop_);
    there_->attach(far_loop_);
    near_->request.method = http::Method::post;
    near_->request.target = near_->target;
    near_->request.fields = http::Fields({&near_->field, 1});
  }
  ~HandedExchangeTest() override {
    here_->close();
    there_->close();
  }
  void turn_near() { near_loop_.run_once({}); }
  void turn_far() { far_loop_.run_once({}); }
  std::shared_ptr<ServerExchange> hand() { return hand_over(near_, *here_, *there_); }

  base::SystemClock clock_;
  net::Loop near_loop_{clock_}, far_loop_{clock_};
  std::unique_ptr<net::Mailbox> here_ = *net::Mailbox::make(), there_ = *net::Mailbox::make();
  std::shared_ptr<Near> near_ = std::make_shared<Near>();
};

TEST_F(HandedExchangeTest, TheRequestGoesAlong) {
  near_->attached = std::make_shared<int>(7);
  const auto far = hand();
  near_->target.assign(near_->target.size(), 'x');  // the reader's memory is used anew
  near_->field = {};
  EXPECT_EQ(far->head().method, http::Method::post);
  EXPECT_EQ(far->head().target, "/mcp?a=b");
  EXPECT_EQ(far->head().fields.value_or("accept", ""), "x");
  EXPECT_EQ(far->body(), "body");
  EXPECT_EQ(far->peer().text(), "10.0.0.1:5");
  EXPECT_TRUE(far->is_tls());
  EXPECT_EQ(*std::static_pointer_cast<int>(far->attached), 7);
}

TEST_F(HandedExchangeTest, WhatIsSaidIsDoneInOrderAndOnce) {
  const auto far = hand();
  far->add_fields({{"X", "y"}});
  const std::string value = "v";
  far->start_events(std::vector<http::Field>{{"N", value}});
  far->write_events("abc");
  far->respond(200, "t", "too late", {});
  far->end_events();
  far->write_events("too late");
  EXPECT_TRUE(far->started());
  EXPECT_TRUE(far->complete());
  EXPECT_TRUE(near_->said.empty()) << "nothing but mail";
  turn_near();
  EXPECT_THAT(near_->said, ElementsAre("add X", "start v", "write 3", "end"));
}

TEST_F(HandedExchangeTest, AResponse) {
  const auto far = hand();
  far->respond(404, "t", "text", std::vector<http::Field>{{"N", "v"}});
  far->respond(200, "t", "again", {});
  turn_near();
  EXPECT_THAT(near_->said, ElementsAre("respond 404 t text 1"));
}

TEST_F(HandedExchangeTest, TheClientsGoingIsToldOnce) {
  const auto far = hand();
  int half = 0, closed = 0;
  far->on_half_closed([&] { ++half; });
  far->on_closed([&] { ++closed; });
  near_->half_closed_callback();
  near_->closed_callback();
  EXPECT_EQ(half + closed, 0);
  turn_far();
  EXPECT_EQ(half, 1);
  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(far->half_closed());
  EXPECT_TRUE(far->closed());
  far->respond(200, "t", "to nobody", {});
  turn_near();
  EXPECT_TRUE(near_->said.empty());
}

TEST_F(HandedExchangeTest, AClientThatHasGoneAlready) {
  near_->gone = true;
  const auto far = hand();
  turn_far();
  EXPECT_TRUE(far->closed());
}

TEST_F(HandedExchangeTest, AbortIsNotToldBack) {
  const auto far = hand();
  bool closed = false;
  far->on_closed([&] { closed = true; });
  far->abort();
  far->abort();
  near_->closed_callback();
  turn_near();
  turn_far();
  EXPECT_FALSE(closed);
  EXPECT_TRUE(far->closed());
  EXPECT_THAT(near_->said, ElementsAre("abort"));
}

TEST_F(HandedExchangeTest, WhatIsOnItsWayIsQueued) {
  const auto far = hand();
  int drained = 0;
  far->on_drained([&] { ++drained; });
  far->start_events({});
  far->write_events(std::string(100'000, 'x'));
  EXPECT_EQ(far->queued(), 100'000U);
  near_->waiting = 5000;  // the client takes its time
  turn_near();
  turn_far();
  EXPECT_EQ(far->queued(), 100'000U);
  EXPECT_EQ(drained, 0);
  near_->waiting = 0;
  near_->drained_callback();
  turn_far();
  EXPECT_EQ(far->queued(), 0U);
  EXPECT_EQ(drained, 1);
  far->write_events(std::string(100'000, 'x'));  // taken at once
  turn_near();
  turn_far();
  EXPECT_EQ(far->queued(), 0U);
  EXPECT_EQ(drained, 2) << "the callback is kept";
}

TEST_F(HandedExchangeTest, CallbacksThatHoldItAreLetGoOf) {
  for (const bool aborts : {false, true}) {
    auto far = hand();
    far->on_closed([far] {});
    far->on_drained([far] {});
    const std::weak_ptr<ServerExchange> watched = far;
    if (aborts) {
      far->abort();
    } else {
      far->respond(200, "t", "", {});
    }
    far.reset();
    EXPECT_TRUE(watched.expired());
  }
}

TEST_F(HandedExchangeTest, TheConnectionsSideIsLetGoOnItsOwnLoop) {
  auto far = hand();
  const std::weak_ptr<Near> watched = near_;
  near_.reset();
  far.reset();
  EXPECT_FALSE(watched.expired());
  turn_near();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace httpio
