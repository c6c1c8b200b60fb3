// Answers what needs no question itself, and leaves the rest to a look-up by DNS.
#include "net/resolver.h"

#include <algorithm>
#include <utility>

#include "net/address_order.h"
#include "net/dns_lookup.h"
#include "net/host_name.h"

namespace net {
namespace {

using Addresses = std::vector<SocketAddress>;
using Done = std::function<void(base::Result<Addresses>)>;

// Known at once, told by posted work unless it is destroyed before.
class Answer final : public Resolver::Query {
 public:
  Answer(Loop& loop, base::Result<Addresses> result, Done done) : done_(std::make_shared<Done>(std::move(done))) {
    loop.post([weak = std::weak_ptr<Done>(done_), result = std::move(result)] {
      if (const auto tell = weak.lock()) (*tell)(result);
    });
  }

 private:
  std::shared_ptr<Done> done_;
};

// Asks DNS, and is counted as long as it does.
class Question final : public Resolver::Query {
 public:
  Question(Loop& loop, const Resolver::Options& options, const std::string& host, std::uint16_t port,
           std::shared_ptr<std::size_t> running, Done done)
      : running_(std::move(running)), lookup_(loop, options, host, port, [this, done = std::move(done)](auto result) {
          end();
          if (result) result = in_order_to_try(*result);
          done(std::move(result));  // may destroy us
        }) {
    ++*running_;
  }
  ~Question() override { end(); }

 private:
  void end() {
    if (running_) --*std::exchange(running_, nullptr);
  }
  std::shared_ptr<std::size_t> running_;
  DnsLookup lookup_;
};

}  // namespace

struct Resolver::Impl {
  Loop& loop;
  Options options;
  std::shared_ptr<std::size_t> running = std::make_shared<std::size_t>(0);

  // What is known without a question; nothing: DNS is to be asked.
  std::optional<base::Result<Addresses>> known(const std::string& host, std::uint16_t port) const {
    if (const auto literal = SocketAddress::parse(host, port)) return Addresses{*literal};
    if (const std::string error = name_error(host); !error.empty())
      return base::fail("it is not a valid name: " + error);
    if (is_localhost(host))
      return Addresses{*SocketAddress::parse("::1", port), SocketAddress::v4({127, 0, 0, 1}, port)};
    if (Addresses found = addresses_in_hosts(options.hosts_file, host, port); !found.empty()) {
      std::erase_if(found, [](const SocketAddress& a) { return a.is_any(); });
      if (found.empty()) return base::fail(options.hosts_file + " gives it an address that is none of a server");
      return in_order_to_try(found);
    }
    if (*running >= options.at_once) return base::fail("too many names are being looked up");
    return std::nullopt;
  }
};

Resolver::Resolver(Loop& loop) : Resolver(loop, Options()) {}
Resolver::Resolver(Loop& loop, Options options) : impl_(new Impl{loop, std::move(options)}) {}
Resolver::~Resolver() = default;

std::unique_ptr<Resolver::Query> Resolver::resolve(const std::string& host, std::uint16_t port, Done done) {
  if (auto result = impl_->known(host, port))
    return std::make_unique<Answer>(impl_->loop, std::move(*result), std::move(done));
  return std::make_unique<Question>(impl_->loop, impl_->options, host, port, impl_->running, std::move(done));
}

}  // namespace net
