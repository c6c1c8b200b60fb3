// See the header.
#include "proxy/loop_group.h"

#include <cassert>
#include <utility>

#include "httpio/handed_exchange.h"
#include "proxy/http_listener.h"

namespace proxy {

struct LoopGroup::Member final : Neighbours {
  Member(LoopGroup& of, unsigned at, std::unique_ptr<net::Mailbox> mail)
      : group(of), number(at), box(std::move(mail)) {}
  unsigned own() const override { return number; }
  unsigned count() const override { return static_cast<unsigned>(group.members_.size()); }
  void hand_over(unsigned loop, std::shared_ptr<httpio::ServerExchange> exchange) override {
    assert(loop < count() && loop != number);
    Member& to = *group.members_[loop];
    to.box->post([&to, handed = httpio::hand_over(std::move(exchange), *box, *to.box)] {
      to.listener->front().on_request(handed);
    });
  }

  LoopGroup& group;
  const unsigned number;
  const std::unique_ptr<net::Mailbox> box;
  HttpListener* listener = nullptr;
};

base::Result<std::unique_ptr<LoopGroup>> LoopGroup::make(unsigned count) {
  std::unique_ptr<LoopGroup> group(new LoopGroup);
  for (unsigned i = 0; i < count; ++i) {
    auto box = net::Mailbox::make();
    if (!box) return std::unexpected(box.error());
    group->members_.push_back(std::make_unique<Member>(*group, i, std::move(*box)));
  }
  group->serving_ = count;
  return group;
}

LoopGroup::~LoopGroup() = default;

Neighbours& LoopGroup::place(unsigned number) { return *members_[number]; }

void LoopGroup::join(unsigned number, net::Loop& loop, HttpListener& listener) {
  members_[number]->listener = &listener;
  members_[number]->box->attach(loop);
}

void LoopGroup::deal(net::Descriptor socket, const net::SocketAddress& peer) {
  const Member& to = *members_[next_];
  next_ = (next_ + 1) % members_.size();
  if (to.number == 0) return to.listener->serve(std::move(socket), peer);
  to.box->post([listener = to.listener, socket = std::move(socket), peer]() mutable {
    listener->serve(std::move(socket), peer);
  });
}

void LoopGroup::each(const std::function<void(HttpListener&)>& work, const HttpListener* but) {
  for (const auto& member : members_) {
    if (member->listener == but) continue;
    member->box->post([listener = member->listener, work] { work(*listener); });
  }
}

void LoopGroup::sessions_over() {
  if (--serving_ == 0) each([](HttpListener& listener) { listener.finish(); });
}

void LoopGroup::close() {
  for (const auto& member : members_) member->box->close();
}

}  // namespace proxy
