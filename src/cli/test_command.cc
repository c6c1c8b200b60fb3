// Reads the flags and plays each file by itself: one that cannot be run does not hide what others say.
#include "cli/test_command.h"

#include <chrono>
#include <fstream>
#include <ostream>

#include "base/strings.h"
#include "trial/report.h"

namespace cli {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One run over all files.
struct Run {
  const TestOptions& options;
  Terminal& terminal;
  LookedAt& looked;
  std::vector<trial::FileResult> results;
  trial::Coverage coverage;

  bool wanted(const std::string& file, const std::string& name) const {
    if (options.filter.empty()) return true;
    const base::Glob glob(options.filter);
    return glob.matches(file) || glob.matches(name) || glob.matches(name.empty() ? file : file + ": " + name);
  }

  void play(const std::string& path) {
    trial::FileResult result;
    result.file = path;
    const auto text = read_text_file(path, looked);
    if (!text) {
      result.problems = text.error().message + "\n";
      results.push_back(std::move(result));
      return;
    }
    const trial::Prepared prepared =
        trial::prepare(path, *text, opener_beside(path, looked), {.colour = terminal.colour_out});
    result.problems = prepared.problems;
    if (result.problems.empty()) play_cases(prepared, result);
    if (result.problems.empty() && result.cases.empty()) return;  // filtered
    results.push_back(std::move(result));
  }

  void play_cases(const trial::Prepared& prepared, trial::FileResult& result) {
    if (prepared.file.invalid) {
      if (wanted(prepared.name, "")) result.cases.push_back(trial::run_invalid(prepared));
      return;
    }
    for (const trial::Case& one : prepared.file.cases) {
      if (!wanted(prepared.name, one.name)) continue;
      const auto begin = std::chrono::steady_clock::now();
      result.cases.push_back(trial::run_case(prepared, one, {.trace = options.verbose}, coverage));
      result.cases.back().seconds = seconds_since(begin);
    }
  }

  void print() const {
    const trial::ReportOptions style{options.quiet, options.verbose, terminal.colour_out};
    std::string out;
    for (const trial::FileResult& file : results) print_file(out, file, style);
    trial::print_end(out, results, options.filter.empty() ? coverage : trial::Coverage(), style);
    terminal.out << out;
    terminal.out.flush();
  }

  bool write_junit() const {
    if (options.junit.empty()) return true;
    std::ofstream file(options.junit, std::ios::binary | std::ios::trunc);
    file << trial::junit_xml(results);
    file.close();
    return file.good();
  }
};

}  // namespace

int run_tests(const TestOptions& options, Terminal& terminal, LookedAt& looked) {
  const auto files = find_test_files(options.words, looked);
  if (!files) return usage_error(terminal, files.error().message);
  Run run{options, terminal, looked, {}, {}};
  for (const std::string& path : *files) run.play(path);
  if (run.results.empty()) {
    return usage_error(terminal, "--filter " + base::printable(options.filter) +
                                     " fits no case; * stands for any text, and `intercept test` without it lists all");
  }
  run.print();
  if (!run.write_junit()) {
    return usage_error(terminal, "the report cannot be written to " + base::printable(options.junit, 4096) +
                                     ": check that its folder exists and may be written");
  }
  const trial::Totals totals = trial::totals_of(run.results);
  if (totals.broken > 0) return exit_usage;
  return totals.failed > 0 ? exit_failed : exit_ok;
}

namespace {

constexpr FlagInfo flags[] = {
    {"--filter", "GLOB", "only cases whose file, name or \"FILE: NAME\" it fits; * is any text"},
    {"--junit", "FILE", "write the report as JUnit XML, too"},
    {"--watch", "", "run again whenever a test, its policy or its list of tools changes; Ctrl-C ends it"},
    {"-q,--quiet", "", "only what failed, and the sum"},
    {"-v,--verbose", "", "each step, its time, and every rule that no test sees refuse anything"},
};

int run(const Invocation& invocation, Terminal& terminal) {
  TestOptions options;
  bool watch = false;
  Flags reader(flags);
  reader.text("--filter", options.filter).text("--junit", options.junit).on("--watch", watch);
  reader.on("--quiet", options.quiet).on("--verbose", options.verbose).rest("FILE", options.words);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "test takes no server command");
  if (options.words.empty()) return bad_use(terminal, "name test files, or folders that hold some");
  if (options.quiet && options.verbose) return bad_use(terminal, "--quiet and --verbose cannot both hold");
  if (watch) return watch_tests(options, terminal);
  LookedAt looked;
  return run_tests(options, terminal, looked);
}

}  // namespace

const CommandInfo test_info{
    "test",
    "test FILE|FOLDER… [--filter GLOB] [--junit FILE] [--watch] [-q|-v]",
    "run policy tests: calls in order, and what is expected of each",
    "A test file names a policy and lists steps; docs/testing.md describes all of it:\n"
    "  policy: policy.yaml     # paths begin at the test file's folder\n"
    "  tools: tools.json       # what the server answers to tools/list; where rules need it\n"
    "  steps:\n"
    "    - {call: create_charge, args: {amount: 500}, expect: allow}\n"
    "    - {call: create_charge, args: {amount: 60000}, expect: deny, message: cannot exceed}\n"
    "Each runs in a session of its own with a clock and counters of its own; no server is started.\n"
    "Of a folder, files named *.test, *.test.yaml or *_test.yaml are run.\n",
    flags,
    "Exit status: 0 if all passed, 1 if some failed, 2 if a file could not be run or the use is wrong.\n"
    "\n"
    "Examples:\n"
    "  intercept test policies/                              # every test below the folder\n"
    "  intercept test policies/ -q --junit report.xml        # in CI\n"
    "  intercept test github.test --watch                    # while the policy is being written\n",
    run};

}  // namespace cli
