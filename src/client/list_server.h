// For commands: asks one server for its lists and waits for it.
#pragma once
#include <string_view>

#include "base/result.h"
#include "client/connection.h"
#include "client/lister.h"
#include "client/listing.h"

namespace client {

// What the error begins with when a signal ended it.
inline constexpr std::string_view stopped_by = "stopped by ";

// Runs a loop of its own on this thread until the server has answered and ended, or the time is over. SIGINT, SIGTERM
// and SIGHUP end it, with an error that names the signal; a process that it started is ended in every case, also if we
// are killed. Blocks.
base::Result<Listing> list_server(Target target, const ListOptions& options);

}  // namespace client
