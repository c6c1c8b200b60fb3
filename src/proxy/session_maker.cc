// See the header.
#include "proxy/session_maker.h"

#include <utility>

#include "base/strings.h"

namespace proxy {

SessionMaker::SessionMaker(Parts parts, std::shared_ptr<const policy::Snapshot> policy)
    : parts_(std::move(parts)), policy_(std::move(policy)) {}

SessionMaker::Made::Made(const Parts& parts, const mediator::Config& config,
                         const std::shared_ptr<const policy::Snapshot>& policy)
    : name(config.session),
      recorder(parts.recorder.for_session(config.session, config.identity)),
      session(config, parts.clock, parts.random, parts.store, recorder, policy, parts.pause) {}

std::unique_ptr<SessionMaker::Made> SessionMaker::make(std::string_view identity, bool sessionless) {
  mediator::Config config = parts_.common;
  config.session = base::random_hex(parts_.random, 16);
  config.identity = identity;
  config.sessionless = sessionless;
  config.instance += '-';
  base::append_base36(config.instance, ++made_);
  return std::make_unique<Made>(parts_, config, policy_);
}

}  // namespace proxy
