// `intercept audit verify` and `intercept audit anchor`.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <ostream>

#include "audit/anchor.h"
#include "audit/report.h"
#include "base/random.h"
#include "cli/audit_commands.h"
#include "cli/log_lines.h"
#include "cli/state_place.h"
#include "store/files.h"
#include "store/verify_dir.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 3> verify_flags = {{
    {"--anchor", "FILE", "what an earlier `audit anchor` wrote: shows that ends or whole logs are missing"},
    {"--json", "", "the report as one JSON object"},
    state_dir_flag,
}};

int verify(const Invocation& invocation, Terminal& terminal) {
  std::string anchor_file, state_dir;
  bool json = false;
  Flags reader(verify_flags);
  reader.text("--anchor", anchor_file).on("--json", json).text("--state-dir", state_dir);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  const auto key = store::load_checkpoint_key(*directory);
  if (!key) return failed(terminal, key.error().message);
  const audit::CheckpointKey* checks = *key ? &**key : nullptr;
  std::optional<audit::Anchor> anchor;
  if (!anchor_file.empty()) {
    const auto text = store::read_anchor_file(anchor_file);
    if (!text) return usage_error(terminal, text.error().message);
    auto read = audit::read_anchor(*text, checks);
    if (!read) return usage_error(terminal, anchor_file + ": " + read.error().message);
    anchor = std::move(*read);
  }
  const base::SystemClock clock;
  const auto report = store::verify_logs(*directory, checks, anchor ? &*anchor : nullptr, clock);
  if (!report) return failed(terminal, report.error().message);
  if (report->files == 0) terminal.err << "intercept: there are no logs under " << *directory << '\n';
  if (json) {
    terminal.out << audit::to_json(*report) << '\n';
  } else {
    terminal.out << audit::to_text(*report);
  }
  return report->ok() ? exit_ok : exit_failed;
}

constexpr std::array<FlagInfo, 2> anchor_flags = {{
    {"-o,--output", "FILE", "where to (default: standard output); keep it where this user cannot write"},
    state_dir_flag,
}};

int anchor(const Invocation& invocation, Terminal& terminal) {
  std::string output, state_dir;
  Flags reader(anchor_flags);
  reader.text("--output", output).text("--state-dir", state_dir);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  const auto directory = state_directory(state_dir);
  if (!directory) return usage_error(terminal, directory.error().message);
  const base::SystemClock clock;
  const auto made = store::make_anchor(*directory, clock.wall());
  if (!made) return failed(terminal, made.error().message);
  const auto key = store::load_checkpoint_key(*directory);
  if (!key) return failed(terminal, key.error().message);
  const std::string text = audit::write_anchor(*made, *key ? &**key : nullptr) + '\n';
  if (output.empty() || output == "-") {
    terminal.out << text;
    return exit_ok;
  }
  base::SystemRandom random;
  if (const auto written = store::replace_file(output, text, random); !written) {
    return failed(terminal, written.error().message);
  }
  terminal.err << "intercept: wrote " << output << " (" << made->files.size()
               << (made->files.size() == 1 ? " log)\n" : " logs)\n");
  return exit_ok;
}

}  // namespace

const CommandInfo audit_verify_info{
    "audit verify",
    "audit verify [--anchor FILE] [--json]",
    "whether the logs are what was written: changed, removed, added, reordered lines, missing files",
    "Each line is bound to the ones before it, and checkpoints to the installation's key. What this can and cannot "
    "show\n"
    "is in SECURITY.md.\n",
    verify_flags,
    "Exit status: 0 if nothing is wrong, 1 if something is, or the logs cannot be read.\n",
    verify};

const CommandInfo audit_anchor_info{
    "audit anchor",
    "audit anchor [-o FILE]",
    "what the logs hold now, in a few lines to be kept elsewhere, for audit verify --anchor",
    "",
    anchor_flags,
    "Exit status: 0; 1 if the logs cannot be read.\n",
    anchor};

}  // namespace cli
