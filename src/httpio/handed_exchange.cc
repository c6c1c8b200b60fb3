// See the header. `Near` is the connection's side, `Handed` the answering one.
#include "httpio/handed_exchange.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace httpio {
namespace {

// Small pieces are not acknowledged one by one.
constexpr std::size_t acknowledge_above = 64U << 10;

// A head that owns its text.
class KeptHead {
 public:
  explicit KeptHead(const http::RequestHead& head) : head_(head) {
    keep(head_.method_name);
    keep(head_.target);
    keep(head_.path);
    keep(head_.query);
    keep(head_.authority);
    fields_.assign(head.fields.begin(), head.fields.end());
    for (http::Field& field : fields_) {
      keep(field.name);
      keep(field.value);
    }
    head_.fields = http::Fields(fields_);
  }
  KeptHead(const KeptHead&) = delete;
  KeptHead& operator=(const KeptHead&) = delete;
  const http::RequestHead& head() const { return head_; }

 private:
  void keep(std::string_view& text) { text = texts_.emplace_back(text); }

  http::RequestHead head_;
  std::deque<std::string> texts_;  // which stay where they are
  std::vector<http::Field> fields_;
};

class Handed;

// On the connection's loop.
class Near : public std::enable_shared_from_this<Near> {
 public:
  Near(std::shared_ptr<ServerExchange> exchange, net::Mailbox& there) : exchange_(std::move(exchange)), there_(there) {}
  void begin(const std::shared_ptr<Handed>& handed);
  ServerExchange& exchange() { return *exchange_; }
  void wrote(std::size_t bytes);

 private:
  template <class F>
  void tell(F f);

  const std::shared_ptr<ServerExchange> exchange_;
  net::Mailbox& there_;
  std::weak_ptr<Handed> handed_;  // locked on its own loop only
  std::size_t unacknowledged_ = 0;
};

// On the loop that answers.
class Handed final : public ServerExchange {
 public:
  Handed(ServerExchange& exchange, std::shared_ptr<Near> near, net::Mailbox& here)
      : head_(exchange.head()),
        body_(std::move(exchange.body())),
        peer_(exchange.peer()),
        is_tls_(exchange.is_tls()),
        near_(std::move(near)),
        here_(here) {
    attached = std::move(exchange.attached);
  }
  ~Handed() override {
    here_.post([near = std::move(near_)] {});
  }
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

  const http::RequestHead& head() const override { return head_.head(); }
  std::string& body() override { return body_; }
  const net::SocketAddress& peer() const override { return peer_; }
  bool is_tls() const override { return is_tls_; }

  void add_fields(std::vector<http::OwnedField> fields) override {
    say([fields = std::move(fields)](Near& near) mutable { near.exchange().add_fields(std::move(fields)); });
  }
  void respond(unsigned status, std::string_view content_type, std::string_view body,
               std::span<const http::Field> more) override {
    if (over() || started_) return;
    started_ = true;
    finish();
    say([status, type = std::string(content_type), text = std::string(body), fields = http::owned(more)](Near& near) {
      near.exchange().respond(status, type, text, http::views(fields));
    });
  }
  void start_events(std::span<const http::Field> more) override {
    if (over() || started_) return;
    started_ = true;
    say([fields = http::owned(more)](Near& near) { near.exchange().start_events(http::views(fields)); });
  }
  void write_events(std::string_view text) override {
    if (over() || !started_) return;
    queued_ += text.size();
    say([text = std::string(text)](Near& near) {
      near.exchange().write_events(text);
      near.wrote(text.size());
    });
  }
  void end_events() override {
    if (over() || !started_) return;
    finish();
    say([](Near& near) { near.exchange().end_events(); });
  }
  void abort() override {
    if (over()) return;
    closed_ = true;
    let_go();
    say([](Near& near) { near.exchange().abort(); });
  }

  bool started() const override { return started_; }
  bool complete() const override { return complete_; }
  bool closed() const override { return closed_; }
  bool half_closed() const override { return half_closed_; }
  std::size_t queued() const override { return queued_; }
  void on_closed(std::function<void()> callback) override { on_closed_ = std::move(callback); }
  void on_half_closed(std::function<void()> callback) override { on_half_closed_ = std::move(callback); }
  void on_drained(std::function<void()> callback) override { on_drained_ = std::move(callback); }

  // What the connection's side tells.
  void client_gone() {
    if (over()) return;
    closed_ = true;
    on_drained_ = on_half_closed_ = nullptr;
    if (const auto callback = std::exchange(on_closed_, nullptr)) callback();
  }
  void client_half_gone() {
    if (over() || half_closed_) return;
    half_closed_ = true;
    if (const auto callback = std::exchange(on_half_closed_, nullptr)) callback();
  }
  void acknowledged(std::size_t bytes) {
    queued_ -= bytes;
    if (queued_ != 0 || over() || !on_drained_) return;
    const auto callback = on_drained_;  // it may set another
    callback();
  }

 private:
  bool over() const { return closed_ || complete_; }
  void finish() {
    complete_ = true;
    let_go();
  }
  // What is called back may hold what holds this.
  void let_go() { on_closed_ = on_half_closed_ = on_drained_ = nullptr; }
  template <class F>
  void say(F f) {
    here_.post([near = near_, f = std::move(f)]() mutable { f(*near); });
  }

  const KeptHead head_;
  std::string body_;
  const net::SocketAddress peer_;
  const bool is_tls_;
  std::shared_ptr<Near> near_;
  net::Mailbox& here_;  // of the connection's loop
  bool started_ = false, complete_ = false, closed_ = false, half_closed_ = false;
  std::size_t queued_ = 0;
  std::function<void()> on_closed_, on_half_closed_, on_drained_;
};

template <class F>
void Near::tell(F f) {
  there_.post([handed = handed_, f = std::move(f)] {
    if (const auto still = handed.lock()) f(*still);
  });
}

void Near::begin(const std::shared_ptr<Handed>& handed) {
  handed_ = handed;
  if (exchange_->closed()) return tell([](Handed& h) { h.client_gone(); });
  const std::weak_ptr<Near> self = weak_from_this();
  exchange_->on_closed([self] {
    if (const auto near = self.lock()) near->tell([](Handed& h) { h.client_gone(); });
  });
  exchange_->on_half_closed([self] {
    if (const auto near = self.lock()) near->tell([](Handed& h) { h.client_half_gone(); });
  });
  if (exchange_->half_closed()) tell([](Handed& h) { h.client_half_gone(); });
  exchange_->on_drained([self] {
    if (const auto near = self.lock()) near->wrote(0);
  });
}

void Near::wrote(std::size_t bytes) {
  unacknowledged_ += bytes;
  if (unacknowledged_ == 0 || exchange_->queued() != 0) return;
  if (bytes != 0 && unacknowledged_ < acknowledge_above) return;
  tell([taken = std::exchange(unacknowledged_, 0)](Handed& h) { h.acknowledged(taken); });
}

}  // namespace

std::shared_ptr<ServerExchange> hand_over(std::shared_ptr<ServerExchange> exchange, net::Mailbox& here,
                                          net::Mailbox& there) {
  ServerExchange& from = *exchange;
  const auto near = std::make_shared<Near>(std::move(exchange), there);
  auto handed = std::make_shared<Handed>(from, near, here);
  near->begin(handed);
  return handed;
}

}  // namespace httpio
