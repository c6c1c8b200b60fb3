// The flags of `intercept -c POLICY …`, read and checked. Those of the HTTP sides: http_arguments.h.
// Names and meanings of the flags that the existing system has are kept; a flag that this version cannot serve is
// refused with the reason, never ignored.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "cli/command_table.h"
#include "cli/http_arguments.h"
#include "mediator/session.h"

namespace cli {

struct RunArguments {
  std::string config;
  std::vector<std::string> command;  // empty: http.upstream is the server
  HttpArguments http;
  std::string server_name;  // "" if not given
  std::string lock;         // "" if not given
  std::string identity = "local";
  std::string state_dir;  // "" if not given
  mediator::Level log_level = mediator::Level::info;
  audit::LogArgs log_args = audit::LogArgs::hash;
  std::string log_args_word = "hash";
  bool audit_fail_open = false, state_fail_open = false;
  bool audit_sync = false, state_sync = false;  // always, full
  std::uint64_t audit_max_bytes = std::uint64_t{64} << 20;
  base::Duration audit_max_age = std::chrono::hours(24 * 7);
  base::Duration audit_keep = std::chrono::hours(24 * 90);  // zero: for ever
  std::uint64_t audit_keep_bytes = 0;                       // zero: without limit
};

std::span<const FlagInfo> run_flags();
// The error is for stderr, after "Error: ".
std::expected<RunArguments, std::string> read_run_arguments(const Invocation& invocation);

}  // namespace cli
