// The command line, read. CLI11 is used in arguments.cc only.
// Names and meanings of the flags that the existing system has are kept; a flag that this version cannot serve is
// refused with the reason, never ignored.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "audit/record.h"
#include "mediator/session.h"

namespace cli {

enum class Command { help, version, run, validate };

struct RunArguments {
  std::string config;
  std::vector<std::string> command;
  std::string server_name;  // "" if not given
  std::string identity = "local";
  std::string state_dir;  // "" if not given
  mediator::Level log_level = mediator::Level::info;
  audit::LogArgs log_args = audit::LogArgs::hash;
  bool audit_fail_open = false;
};

struct ValidateArguments {
  std::string config;
  bool json = false, compat = false, strict = false;
};

struct Arguments {
  Command command = Command::help;
  std::string help_topic;  // "", "run" or "validate"
  RunArguments run;
  ValidateArguments validate;
};

struct UsageError {
  std::string message;  // for stderr, after "Error: "
};

// Exit codes of the program itself; a session ends with its server's own.
inline constexpr int exit_ok = 0;
inline constexpr int exit_usage = 2;  // bad use, bad policy

// Never throws.
std::expected<Arguments, UsageError> read_arguments(const std::vector<std::string>& words);

}  // namespace cli
