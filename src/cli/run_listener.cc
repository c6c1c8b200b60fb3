// A listener: its loops (--threads), each with all its parts, in the order in which they need each other.
#include <sys/resource.h>

#include <algorithm>
#include <future>
#include <ostream>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/run_remote_impl.h"
#include "net/dialer.h"
#include "net/watchdog.h"
#include "proxy/http_listener.h"
#include "proxy/remote_server.h"

namespace cli {
namespace {

// What the loops of a process have in common.
struct Common {
  RemoteRun& r;
  net::Watchdog& watchdog;
  transport::Guard guard;
  net::SocketAddress bound;
  std::size_t most_sessions = 0;
  std::shared_ptr<net::SharedCounts> connections = std::make_shared<net::SharedCounts>();
  std::shared_ptr<net::SharedCounts> sessions = std::make_shared<net::SharedCounts>();
  std::unique_ptr<proxy::LoopGroup> group = nullptr;  // null: there is one loop
};

class ListenerLoop {
 public:
  // On the main thread; then it is of the thread that runs it. `socket`: of the first.
  ListenerLoop(Common& common, unsigned number) : common_(common), number_(number) {
    const CheckedRemote& checked = common.r.checked;
    if (checked.remote) remote_.emplace(loop_, dialer_, *checked.remote);
  }

  net::Loop& loop() { return loop_; }
  RunParts& parts() { return parts_; }
  proxy::Desk& desk() { return desk_; }
  proxy::HttpListener& listener() { return *listener_; }

  void make_listener(std::unique_ptr<net::TcpListener> socket);

 private:
  base::Result<std::unique_ptr<proxy::ServerLink>> make_link(proxy::ServerLink::Handler& handler, bool shared);
  proxy::FrontParts front_parts();
  void make_reload();
  std::string transport() const { return common_.r.checked.remote ? "http" : "http to stdio"; }
  proxy::SessionMaker::Parts session_parts() {
    auto parts = parts_.for_sessions();
    parts.common.mark_lines = true;
    return parts;
  }

  Common& common_;
  const unsigned number_;
  RunParts parts_{{common_.r.a, common_.r.place, common_.r.policy, common_.r.source.counter_server, transport(),
                   RunParts::Sessions::many}};
  net::Loop loop_{parts_.clock};
  proxy::Desk desk_{loop_, parts_.for_desk(start_of(common_.r.a, common_.bound.text()))};
  net::Resolver resolver_{loop_};
  net::Dialer dialer_{loop_, resolver_, common_.r.checked.tls_client, {}};
  std::optional<proxy::Remote> remote_;
  proxy::SessionMaker sessions_{session_parts(), common_.r.policy.loaded.snapshot};
  proxy::Children children_{common_.watchdog, std::min(common_.most_sessions, net::Watchdog::max_groups)};
  std::uint64_t numbers_ = 0;
  std::optional<proxy::PolicyReload> reload_;  // of the first
  std::optional<proxy::HttpListener> listener_;
};

base::Result<std::unique_ptr<proxy::ServerLink>> ListenerLoop::make_link(proxy::ServerLink::Handler& handler,
                                                                         bool shared) {
  const RunArguments& a = common_.r.a;
  if (!remote_) {
    proxy::ChildOptions options;
    options.command = a.command;
    options.shared = shared;
    return proxy::ChildServer::start(loop_, children_, handler, std::move(options));
  }
  proxy::RemoteServer::Options options;
  options.replay_session = a.http.replay_session;
  return std::make_unique<proxy::RemoteServer>(*remote_, handler, options);
}

proxy::FrontParts ListenerLoop::front_parts() {
  const HttpArguments& h = common_.r.a.http;
  const CheckedRemote& checked = common_.r.checked;
  transport::ForwardRules forward;
  bool authorizes = false;
  if (checked.remote) {
    forward.own = checked.remote->fixed;
    for (const http::OwnedField& f : forward.own) authorizes = authorizes || http::same_name(f.name, "Authorization");
  }
  forward.client_authorization = checked.guard.tokens.empty() && !authorizes;
  proxy::FrontLimits limits;
  limits.max_body = h.max_body;
  limits.max_sessions = common_.most_sessions;
  limits.max_sessions_per_identity = h.max_per_caller != 0 ? h.max_per_caller : common_.most_sessions;
  limits.session_idle = h.session_idle;
  return {desk_,
          parts_.random,
          parts_.clock,
          sessions_,
          parts_.recorder,
          common_.r.a.identity,
          remote_ ? &*remote_ : nullptr,
          [this](proxy::ServerLink::Handler& handler, bool shared) { return make_link(handler, shared); },
          std::move(forward),
          limits,
          numbers_,
          h.replay_session,
          checked.guard.message_path,
          h.client == ClientSide::sse                             ? proxy::EndpointStreams::older
          : checked.guard.endpoint_path == checked.guard.sse_path ? proxy::EndpointStreams::by_server
                                                                  : proxy::EndpointStreams::sessions,
          common_.sessions,
          common_.group ? &common_.group->place(number_) : nullptr};
}

// The first watches the policy's file; the others get what it has loaded.
void ListenerLoop::make_reload() {
  RemoteRun& r = common_.r;
  proxy::PolicyReload::Parts reloading = reload_parts(desk_, r);
  reloading.in_force = [this](const auto& snapshot) { sessions_.on_policy(snapshot); };
  if (common_.group) {
    reloading.changed = [this](const proxy::PolicyChange& change) {
      const auto take = [change](proxy::HttpListener& other) {
        proxy::put_in_force(other.desk(), change,
                            [&other](const auto& snapshot) { other.front().on_policy(snapshot); });
      };
      common_.group->each(take, &*listener_);
    };
  }
  reload_.emplace(
      std::move(reloading), r.a.config, r.policy.loaded.snapshot,
      [source = r.source] { return load_policy(source).loaded; }, r.policy.identity);
}

void ListenerLoop::make_listener(std::unique_ptr<net::TcpListener> socket) {
  const HttpArguments& h = common_.r.a.http;
  const bool leads = number_ == 0;
  transport::Caller caller;
  caller.port = common_.bound.port();
  caller.bound_to_loopback = common_.bound.is_loopback();
  httpio::Server::Options serving;
  serving.limits.body_bytes = h.max_body;
  serving.max_connections = h.max_connections;
  serving.max_per_address = h.max_per_address;
  serving.connections = common_.connections;
  if (leads) make_reload();
  listener_.emplace(
      desk_, proxy::HttpListener::Options{.socket = std::move(socket),
                                          .front = {front_parts(), common_.guard, caller,
                                                    common_.bound.is_any() ? std::string() : common_.bound.host()},
                                          .server = serving,
                                          .tls_cert = h.tls_cert,
                                          .tls_key = h.tls_key,
                                          .tls = common_.r.checked.tls_server,
                                          .drain = h.drain,
                                          .children = remote_ ? nullptr : &children_,
                                          .hang_up =
                                              [this] {
                                                if (reload_) reload_->ask();
                                              },
                                          .group = common_.group.get(),
                                          .leads = leads});
  if (common_.group) common_.group->join(number_, loop_, *listener_);
}

// Each client takes two descriptors. Not where servers are child processes, which would inherit the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A URL under which we are reached, for people.
std::string listening_on(const CheckedRemote& c, const net::SocketAddress& address) {
  const std::string scheme = c.tls_server != nullptr ? "https://" : "http://";
  return scheme + address.text() + c.guard.endpoint_path;
}

void tell(RemoteRun& r, ListenerLoop& first, const net::SocketAddress& bound) {
  const HttpArguments& h = r.a.http;
  tell_headers(r, first.parts());
  tell_insecure(h, first.parts(), first.desk());
  if (h.insecure_public && !bound.is_loopback() &&
      (r.checked.tls_server == nullptr || r.checked.guard.tokens.empty())) {
    first.parts().notes.write(
        mediator::Level::warn,
        "whoever reaches this address may call the server: TLS or a token is missing (--insecure-public)");
  }
  r.terminal.err << "intercept: listening on " << listening_on(r.checked, bound) << std::endl;
}

// The first on this thread, the others on their own, or nothing if there are no threads for them. Signals are blocked
// in all: the first has made its listener, which waits for them.
base::Result<int> run_all(std::vector<std::unique_ptr<ListenerLoop>>& loops) {
  std::promise<bool> all_there;
  const std::shared_future<bool> go = all_there.get_future().share();
  std::vector<std::thread> threads;
  base::Result<int> status = 0;
  try {
    for (std::size_t i = 1; i < loops.size(); ++i) {
      threads.emplace_back([go, &listener = loops[i]->listener()] {
        if (go.get()) listener.run();
      });
    }
    all_there.set_value(true);
    status = loops.front()->listener().run();
  } catch (const std::system_error& error) {
    all_there.set_value(false);
    status = base::fail("cannot start a thread: " + error.code().message());
  }
  for (std::thread& thread : threads) thread.join();
  return status;
}

}  // namespace

int run_listener(RemoteRun& r) {
  const HttpArguments& h = r.a.http;
  if (r.checked.remote) raise_descriptor_limit();
  auto watchdog = net::Watchdog::start();
  if (!watchdog) return failed(r.terminal, watchdog.error().message);
  auto guard = transport::Guard::make(r.checked.guard);
  if (!guard) return usage_error(r.terminal, guard.error().message);
  auto bound = net::TcpListener::bind(r.checked.address);
  if (!bound) return failed(r.terminal, bound.error().message);
  const std::size_t most = h.max_sessions != 0 ? h.max_sessions : r.checked.remote ? 10'000 : 100;
  Common common{r, *watchdog, std::move(*guard), bound->address, most};
  if (h.threads > 1) {
    auto group = proxy::LoopGroup::make(h.threads);
    if (!group) return failed(r.terminal, group.error().message);
    common.group = std::move(*group);
  }
  std::vector<std::unique_ptr<ListenerLoop>> loops;
  loops.reserve(h.threads);
  for (unsigned i = 0; i < h.threads; ++i) loops.push_back(std::make_unique<ListenerLoop>(common, i));
  net::Loop& accepting = loops.front()->loop();
  loops.front()->make_listener(std::make_unique<net::TcpListener>(accepting, std::move(*bound)));
  for (unsigned i = 1; i < h.threads; ++i) loops[i]->make_listener(nullptr);
  tell(r, *loops.front(), common.bound);
  const base::Result<int> status = run_all(loops);
  if (common.group) common.group->close();
  if (!status) return failed(r.terminal, status.error().message);
  return *status;
}

}  // namespace cli
