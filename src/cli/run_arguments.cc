// See the header.
#include "cli/run_arguments.h"

#include <optional>

#include "base/strings.h"

namespace cli {
namespace {

constexpr FlagInfo flags[] = {
    {"-c,--config", "FILE", "the policy (YAML or JSON)"},
    {"--server-name", "NAME",
     "which of the policy's `servers` this is; also in counters and records (default: from the command)"},
    {"--lock", "FILE",
     "refuse tools that are not as locked there (intercept lock); in place of the file that the policy's `lock` names"},
    {"--identity", "NAME", "who calls, for limits per identity and for records (default: local)"},
    {"--log-level", "LEVEL", "debug, info, warn or error: what is said on stderr (default: info)", "Flags", true,
     "debug info warn error"},
    {"--log-args", "HOW", "what the audit log keeps of arguments: none, hash, redacted or full (default: hash)",
     "Record", true, "none hash redacted full"},
    {"--audit-fail-mode", "MODE", "closed: refuse calls while the log cannot be written; open: go on (default: closed)",
     "Record", true, "closed open"},
    {"--audit-sync", "WHEN", "normal, or always: a decision is on the disk before its call leaves (default: normal)",
     "Record", true, "normal always"},
    {"--audit-max-size", "SIZE", "of a log file; then the next is begun (default: 64MiB)", "Record"},
    {"--audit-max-age", "TIME", "the same by age (default: 7d)", "Record"},
    {"--audit-keep", "TIME", "how long finished log files are kept; forever (default: 90d)", "Record"},
    {"--audit-keep-size", "SIZE", "how much of them; the oldest go first (default: no limit)", "Record"},
    {"--state-dir", "DIR",
     "where counters and logs live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)", "State"},
    {"--state-sync", "WHEN", "normal, or full: a charge survives a power cut (default: normal)", "State", true,
     "normal full"},
    {"--state-fail-mode", "MODE",
     "closed: refuse calls with a limit while it cannot be counted; open: let them pass (default: closed)", "State",
     true, "closed open"},
    {"--state-dsn", "URL", "", "", false},
    {"--state-prefix", "TEXT", "", "", false},
};

std::optional<mediator::Level> find_level(std::string_view word) {
  if (word == "debug") return mediator::Level::debug;
  if (word == "info") return mediator::Level::info;
  if (word == "warn") return mediator::Level::warn;
  if (word == "error") return mediator::Level::error;
  return std::nullopt;
}

// Flags of the existing system that need a store which this version does not have.
struct Foreign {
  std::string state_dsn, state_prefix;
};

std::string refusal(const Foreign& f) {
  if (f.state_dsn.empty() && f.state_prefix.empty()) return {};
  return "--state-dsn and --state-prefix are not supported yet: counters are kept in --state-dir";
}

// What is given as words.
struct Words {
  std::string log_level = "info", log_args = "hash", audit_fail_mode = "closed", state_fail_mode = "closed";
  std::string audit_sync = "normal", state_sync = "normal";
  std::string max_size = "64MiB", max_age = "7d", keep = "90d", keep_size;
};

// One of two words. Returns what is wrong, or "".
std::string take_choice(std::string_view flag, const std::string& word, std::string_view off, std::string_view on,
                        bool& out) {
  out = word == on;
  if (word == on || word == off) return {};
  return wrong_word(flag, std::string(off) + " or " + std::string(on), word);
}

std::string take_size(std::string_view flag, const std::string& word, std::uint64_t& out) {
  const auto size = parse_size(word);
  if (!size) return wrong_word(flag, "a size such as 64MiB", word);
  out = *size;
  return {};
}

std::string take_time(std::string_view flag, const std::string& word, base::Duration& out) {
  const std::int64_t time = base::parse_duration(word);
  if (time <= 0) return wrong_word(flag, "a time such as 12h or 7d", word);
  out = base::Duration(time);
  return {};
}

std::string take_words(const Words& words, RunArguments& run) {
  const auto level = find_level(words.log_level);
  if (!level) return wrong_word("--log-level", "debug, info, warn or error", words.log_level);
  const auto log_args = audit::find_log_args(words.log_args);
  if (!log_args) return wrong_word("--log-args", "none, hash, redacted or full", words.log_args);
  run.log_level = *level;
  run.log_args = *log_args;
  run.log_args_word = words.log_args;
  std::string wrong = take_choice("--audit-fail-mode", words.audit_fail_mode, "closed", "open", run.audit_fail_open);
  if (wrong.empty()) {
    wrong = take_choice("--state-fail-mode", words.state_fail_mode, "closed", "open", run.state_fail_open);
  }
  if (wrong.empty()) wrong = take_choice("--audit-sync", words.audit_sync, "normal", "always", run.audit_sync);
  if (wrong.empty()) wrong = take_choice("--state-sync", words.state_sync, "normal", "full", run.state_sync);
  if (wrong.empty()) wrong = take_size("--audit-max-size", words.max_size, run.audit_max_bytes);
  if (wrong.empty()) wrong = take_time("--audit-max-age", words.max_age, run.audit_max_age);
  if (wrong.empty() && words.keep == "forever") run.audit_keep = base::Duration{0};
  if (wrong.empty() && words.keep != "forever") wrong = take_time("--audit-keep", words.keep, run.audit_keep);
  if (wrong.empty() && !words.keep_size.empty()) {
    wrong = take_size("--audit-keep-size", words.keep_size, run.audit_keep_bytes);
  }
  return wrong;
}

}  // namespace

std::span<const FlagInfo> run_flags() {
  static const std::vector<FlagInfo> all = [] {
    std::vector<FlagInfo> out(std::begin(flags), std::end(flags));
    out.insert(out.end(), http_flags().begin(), http_flags().end());
    return out;
  }();
  return all;
}

std::expected<RunArguments, std::string> read_run_arguments(const Invocation& invocation) {
  RunArguments run;
  Foreign foreign;
  Words words;
  HttpWords http;
  Flags reader(run_flags());
  reader.text("--config", run.config).text("--server-name", run.server_name).text("--identity", run.identity);
  reader.text("--lock", run.lock);
  reader.text("--log-level", words.log_level).text("--log-args", words.log_args);
  reader.text("--audit-fail-mode", words.audit_fail_mode).text("--audit-sync", words.audit_sync);
  reader.text("--audit-max-size", words.max_size).text("--audit-max-age", words.max_age);
  reader.text("--audit-keep", words.keep).text("--audit-keep-size", words.keep_size);
  reader.text("--state-dir", run.state_dir).text("--state-sync", words.state_sync);
  reader.text("--state-fail-mode", words.state_fail_mode);
  reader.text("--state-dsn", foreign.state_dsn).text("--state-prefix", foreign.state_prefix);
  bind_http_flags(reader, http);
  if (std::string wrong = reader.read(invocation.words); !wrong.empty()) return std::unexpected(std::move(wrong));
  if (std::string wrong = take_words(words, run); !wrong.empty()) return std::unexpected(std::move(wrong));
  if (std::string wrong = refusal(foreign); !wrong.empty()) return std::unexpected(std::move(wrong));
  if (run.config.empty()) {
    return std::unexpected("required flag(s) \"config\" not set; name the policy file with -c FILE");
  }
  if (std::string wrong = take_http_words(http, !invocation.server.empty(), run.http); !wrong.empty()) {
    return std::unexpected(std::move(wrong));
  }
  if (run.identity.empty()) return std::unexpected("--identity must not be empty");
  run.command = invocation.server;
  return run;
}

}  // namespace cli
