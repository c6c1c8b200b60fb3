// See the header.
#include "client/list_server.h"

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/signals.h"
#include "net/watchdog.h"

namespace client {
namespace {

constexpr std::array watched_signals{SIGTERM, SIGINT, SIGHUP};

}  // namespace

base::Result<Listing> list_server(Target target, const ListOptions& options) {
  net::ensure_standard_descriptors();
  auto watchdog = net::Watchdog::start();
  if (!watchdog) return std::unexpected(watchdog.error());
  const base::SystemClock clock;
  net::Loop loop(clock);
  proxy::Children children(*watchdog, 1);
  Connection connection(loop, children, std::move(target));
  std::optional<base::Result<Listing>> result;
  Lister lister(loop, connection, options, [&](base::Result<Listing> r) {
    result = std::move(r);
    loop.stop();
  });
  const net::Signals signals(loop, watched_signals, [&](int signal) {
    if (signal == SIGCHLD) return children.look();
    lister.stop(std::string(stopped_by) + net::signal_name(signal));
  });
  loop.run();
  return std::move(*result);
}

}  // namespace client
