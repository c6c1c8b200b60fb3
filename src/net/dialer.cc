// An attempt goes through three stages: the name, the addresses side by side, TLS. Callbacks only note what happened;
// advance() acts on it as posted work of the loop, so that `done` may destroy whatever it likes.
#include "net/dialer.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace net {
namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::size_t most_named = 3;  // in an error, of those with one reason

using Done = std::function<void(base::Result<std::unique_ptr<Stream>>)>;

// Whom a stream tells until it has a handler. It keeps nothing.
class Nobody final : public Stream::Handler {
  void on_bytes(Stream&, std::string_view) override {}
  void on_end(Stream&, std::string_view) override {}
  void on_drained(Stream&) override {}
};

Nobody& nobody() {
  static Nobody it;
  return it;
}

// In turn from both families, beginning with the first one's.
std::vector<SocketAddress> alternating(const std::vector<SocketAddress>& addresses) {
  std::vector<SocketAddress> first, second, turns;
  for (const SocketAddress& a : addresses) (a.is_v6() == addresses[0].is_v6() ? first : second).push_back(a);
  for (std::size_t i = 0; turns.size() < std::min(addresses.size(), most_addresses); ++i) {
    if (i < first.size()) turns.push_back(first[i]);
    if (i < second.size() && turns.size() < most_addresses) turns.push_back(second[i]);
  }
  return turns;
}

std::string spelled(base::Duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// Why addresses failed, by reason: "connection refused (::1, 127.0.0.1)".
class Failures {
 public:
  void add(const SocketAddress& address, const std::string& reason) {
    auto known = std::find_if(reasons_.begin(), reasons_.end(), [&](const Reason& r) { return r.words == reason; });
    if (known == reasons_.end()) known = reasons_.insert(reasons_.end(), Reason{reason, {}});
    known->hosts.push_back(address.host());
  }
  bool empty() const { return reasons_.empty(); }
  // `addresses`: name them.
  std::string text(bool addresses) const {
    std::string text;
    for (const Reason& r : reasons_) {
      text += (text.empty() ? "" : "; ") + r.words;
      if (addresses) text += " (" + listed(r.hosts) + ")";
    }
    return text;
  }

 private:
  struct Reason {
    std::string words;
    std::vector<std::string> hosts;
  };
  static std::string listed(const std::vector<std::string>& hosts) {
    std::string text;
    for (std::size_t i = 0; i < std::min(hosts.size(), most_named); ++i) text += (i == 0 ? "" : ", ") + hosts[i];
    if (hosts.size() > most_named) text += " and " + std::to_string(hosts.size() - most_named) + " more";
    return text;
  }
  std::vector<Reason> reasons_;
};

class Dial final : public Stream::Handler, public std::enable_shared_from_this<Dial> {
 public:
  Dial(Loop& loop, std::shared_ptr<const TlsClient> tls, const Dialer::Options& options, Endpoint endpoint, Done done)
      : loop_(loop),
        tls_(std::move(tls)),
        options_(options),
        endpoint_(std::move(endpoint)),
        literal_(SocketAddress::parse(endpoint_.host, endpoint_.port)),
        done_(std::move(done)),
        timeout_(loop, [this] { overdue_ = true, schedule(); }),
        next_address_(loop, [this] { start_next_ = true, schedule(); }) {}

  void start(Resolver& resolver) {
    timeout_.after(options_.timeout);
    query_ = resolver.resolve(endpoint_.host, endpoint_.port, [this](auto result) {
      if (result)
        addresses_ = alternating(*result);
      else
        name_error_ = result.error().message;
      start_next_ = true;
      schedule();
    });
  }

 private:
  struct Connection {
    SocketAddress address;
    Descriptor socket;
    bool ready = false;
    std::unique_ptr<Watch> watch = nullptr;  // last: it goes before its descriptor
  };

  void on_bytes(Stream&, std::string_view) override {}
  void on_drained(Stream&) override {}
  void on_secured(Stream&) override { secured_ = true, schedule(); }
  void on_end(Stream&, std::string_view error) override {
    tls_error_ = error.empty() ? "the server ended the connection instead of completing TLS" : error;
    schedule();
  }

  void schedule() {
    if (std::exchange(scheduled_, true)) return;
    loop_.post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->advance();
    });
  }

  void advance();
  void advance_connections();
  void connect_next();
  void connected(Descriptor socket);
  void finish(base::Result<std::unique_ptr<Stream>> result);
  void fail(const std::string& what) { finish(base::fail(what)); }
  std::string where() const;
  std::string overdue() const;

  Loop& loop_;
  std::shared_ptr<const TlsClient> tls_;
  Dialer::Options options_;
  Endpoint endpoint_;
  std::optional<SocketAddress> literal_;
  Done done_;
  std::unique_ptr<Resolver::Query> query_;
  std::string name_error_;
  std::vector<SocketAddress> addresses_;  // empty: the name is being looked up
  std::size_t tried_ = 0;                 // of them
  std::vector<std::unique_ptr<Connection>> connections_;
  Failures failures_;
  std::unique_ptr<Stream> stream_;  // in the TLS handshake
  std::string tls_error_;
  Timer timeout_, next_address_;
  bool scheduled_ = false, start_next_ = false, secured_ = false, overdue_ = false;
};

// What has succeeded counts before what is overdue.
void Dial::advance() {
  scheduled_ = false;
  if (!done_) return;
  if (!name_error_.empty()) return fail("cannot resolve " + base::printable(endpoint_.host) + ": " + name_error_);
  if (!tls_error_.empty()) return fail(where() + tls_error_);
  if (secured_) return finish(std::move(stream_));
  if (stream_ == nullptr && !addresses_.empty()) advance_connections();
  if (done_ && overdue_) fail(overdue());
}

void Dial::advance_connections() {
  for (auto& c : connections_) {
    if (!c->ready) continue;
    const std::string error = connect_error(c->socket.fd());
    if (error.empty()) {
      c->watch.reset();
      return connected(std::move(c->socket));
    }
    failures_.add(c->address, error);
    c.reset();
    start_next_ = true;
  }
  std::erase(connections_, nullptr);
  if (std::exchange(start_next_, false)) connect_next();
}

void Dial::connect_next() {
  next_address_.cancel();
  while (tried_ < addresses_.size()) {
    const SocketAddress& address = addresses_[tried_++];
    auto socket = address.connect();
    if (!socket) {
      failures_.add(address, socket.error().message);
      continue;
    }
    auto& c = connections_.emplace_back(std::make_unique<Connection>(Connection{address, std::move(*socket)}));
    c->watch = std::make_unique<Watch>(loop_, c->socket.fd(), [this, connection = c.get()](Watch::Ready) {
      connection->ready = true;
      connection->watch->set(false, false);
      schedule();
    });
    c->watch->set(false, true);
    if (tried_ < addresses_.size()) next_address_.after(options_.next_address);
    return;
  }
  if (connections_.empty()) fail(where() + failures_.text(!literal_));
}

void Dial::connected(Descriptor socket) {
  connections_.clear();
  next_address_.cancel();
  if (!endpoint_.tls) return finish(Stream::tcp(loop_, std::move(socket), nobody()));
  assert(tls_ != nullptr);
  std::string name = literal_ ? literal_->host() : endpoint_.host;
  if (name.ends_with('.')) name.pop_back();
  stream_ = Stream::tls_client(loop_, std::move(socket), *this, tls_, name);
}

void Dial::finish(base::Result<std::unique_ptr<Stream>> result) {
  timeout_.cancel();
  next_address_.cancel();
  query_.reset();
  connections_.clear();
  stream_.reset();
  if (result) (*result)->set_handler(nobody());
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

// "example.test:443: "
std::string Dial::where() const {
  if (literal_) return literal_->text() + ": ";
  return base::printable(endpoint_.host) + ":" + std::to_string(endpoint_.port) + ": ";
}

std::string Dial::overdue() const {
  const std::string after = " after " + spelled(options_.timeout);
  if (stream_ != nullptr) return where() + "TLS was not complete" + after;
  if (addresses_.empty()) return "cannot resolve " + base::printable(endpoint_.host) + ": no answer" + after;
  return where() + "no connection" + after + (failures_.empty() ? "" : "; before: " + failures_.text(true));
}

class Handle final : public Dialer::Attempt {
 public:
  explicit Handle(std::shared_ptr<Dial> dial) : dial_(std::move(dial)) {}

 private:
  std::shared_ptr<Dial> dial_;
};

}  // namespace

struct Dialer::Impl {
  Loop& loop;
  Resolver& resolver;
  std::shared_ptr<const TlsClient> tls;
  Options options;
};

Dialer::Dialer(Loop& loop, Resolver& resolver, std::shared_ptr<const TlsClient> tls, Options options)
    : impl_(new Impl{loop, resolver, std::move(tls), options}) {}
Dialer::~Dialer() = default;

std::unique_ptr<Dialer::Attempt> Dialer::dial(const Endpoint& endpoint, Done done) {
  assert(!endpoint.tls || impl_->tls != nullptr);
  auto dial = std::make_shared<Dial>(impl_->loop, impl_->tls, impl_->options, endpoint, std::move(done));
  dial->start(impl_->resolver);
  return std::make_unique<Handle>(std::move(dial));
}

}  // namespace net
