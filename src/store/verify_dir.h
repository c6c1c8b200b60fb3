// Verification and anchors of a directory of logs: the I/O around audit/verify.h and audit/anchor.h. Blocks, for as
// long as reading all logs takes; logs that are being written meanwhile are no trouble.
#pragma once
#include <optional>
#include <string>

#include "audit/anchor.h"
#include "audit/chain.h"
#include "audit/report.h"
#include "base/clock.h"
#include "base/result.h"

namespace store {

// `directory`: $STATE. `key`, `anchor`: null if there is none. `clock`: the one that the logs' times are of. The
// report's ok() says whether all is well; an error, that the directory could not be read at all.
base::Result<audit::Report> verify_logs(const std::string& directory, const audit::CheckpointKey* key,
                                        const audit::Anchor* anchor, const base::Clock& clock);

// What is there now, from the ends of the files: it verifies nothing. Logs without a sealed line are left out.
base::Result<audit::Anchor> make_anchor(const std::string& directory, base::WallTime now);

// The text of a file that an anchor is expected in; at most 128 MiB.
base::Result<std::string> read_anchor_file(const std::string& path);

// The key of the installation for checkpoints, if there is one; creates none.
base::Result<std::optional<audit::CheckpointKey>> load_checkpoint_key(const std::string& directory);

}  // namespace store
