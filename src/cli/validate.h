// The command `intercept validate`: loads a policy, lowers it and says what is wrong with it.
#pragma once
#include <iosfwd>
#include <string>

#include "cli/command_table.h"

namespace cli {

struct ValidateOptions {
  std::string config;
  bool json = false;    // --format json
  bool compat = false;  // --compat: also list what is decided more strictly than where the document came from
  bool strict = false;  // --strict: warnings fail too
  bool colour = false;  // of text
};

// Exit code: 0 the policy may be used, 2 it may not (or, with `strict`, has warnings).
// Text: problems and the summary of a failure on `err`; "Policy file is valid." and the notes of --compat on `out`.
// JSON, on `out`, one line: {"valid":…,"file":…,"digest":…,"problems":[{"severity","code","line","column","message",
// "hint"}]} and, with `compat`, "compat" of the same shape. "valid" agrees with the exit code.
int validate_policy(const ValidateOptions& options, std::ostream& out, std::ostream& err);

extern const CommandInfo validate_info;

}  // namespace cli
