// `intercept diff`: reads two policies and calls, tries each call on both, and says what is decided differently.
#include "cli/diff.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <set>

#include "base/strings.h"
#include "cli/call_files.h"
#include "cli/log_lines.h"
#include "cli/read_policy.h"
#include "cli/tools_file.h"
#include "json/writer.h"
#include "policy/load.h"
#include "trial/diff_report.h"

namespace cli {
namespace {

constexpr std::size_t most_generated = 200'000;
constexpr std::size_t most_assumed_tools = 10'000;

constexpr std::array<FlagInfo, 9> flags = {{
    {"--calls", "WHERE",
     "calls to try: \"audit\" (this installation's log), a log's folder or files, or a file of calls; may be repeated "
     "(default: calls made from both policies)"},
    {"--tools", "FILE", "the server's tools: what it answers to tools/list; - for standard input"},
    {"--server-name", "NAME", "the server, for calls that name none (default: each that a policy has rules for)"},
    {"--generate", "N", "make N calls at most (default: 5000)"},
    {"--seed", "N", "of the combinations among them (default: 1)"},
    {"--fail-on", "WORD",
     "exit status 1 if there is: looser, stricter, any (also changed settings); or never (default: looser)", "Flags",
     true, "looser stricter any never"},
    {"--json", "", "the report as one line of JSON"},
    {"--each", "", "with --json: before it a line for every call, with both decisions"},
    state_dir_flag,
}};

struct Options {
  std::string tools, server_name, generate, seed, fail_on = "looser", state_dir;
  std::vector<std::string> calls, policies;
  bool json = false, each = false;
  std::size_t most = 5'000;
  std::uint64_t seed_number = 1;
};

std::optional<std::uint64_t> whole(const std::string& word) {
  if (word.empty() || word.size() > 18 || word.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::stoull(word);
}

// What is wrong, or "".
std::string prepare(Options& o) {
  if (o.policies.size() != 2) return "name two policies: diff OLD NEW (one of them may be -, standard input)";
  if (o.policies[0] == "-" && o.policies[1] == "-") return "only one of the policies may be -";
  constexpr std::array words = {"looser", "stricter", "any", "never"};
  if (std::ranges::find(words, o.fail_on) == words.end()) {
    return wrong_word("--fail-on", "looser, stricter, any or never", o.fail_on);
  }
  if (o.each && !o.json) return "--each is written with --json";
  if (!o.calls.empty() && (!o.generate.empty() || !o.seed.empty())) {
    return "--generate and --seed make calls; with --calls none are made";
  }
  if (!o.generate.empty()) {
    const auto n = whole(o.generate);
    if (!n || *n == 0 || *n > most_generated) return wrong_word("--generate", "a number from 1 to 200000", o.generate);
    o.most = *n;
  }
  if (!o.seed.empty()) {
    const auto n = whole(o.seed);
    if (!n) return wrong_word("--seed", "a whole number", o.seed);
    o.seed_number = *n;
  }
  return {};
}

// Says everything that is wrong with the file; nothing if it cannot be used.
std::optional<policy::Policy> load_one(const std::string& path, Terminal& terminal) {
  const auto file = read_policy_input(path, environment);
  if (!file) {
    terminal.err << "Error: " << file.error().message << '\n';
    return std::nullopt;
  }
  const std::string name = policy_name(path);
  policy::Loaded loaded = policy::load(name, file->text, {.lint = false});
  if (loaded.policy) {
    if (const auto lowered = policy::lower(*loaded.policy, {}); !lowered) {
      terminal.err << "Error: " << name << ": " << lowered.error().message << '\n';
      return std::nullopt;
    }
    return std::move(loaded.policy);
  }
  for (const policy::Problem& p : loaded.problems)
    terminal.err << yaml::render(p, name, file->text, terminal.colour_err);
  return std::nullopt;
}

// The names of tools that are called.
class ToolNames final : public trial::CallSink {
 public:
  bool call(const trial::Call& call) override {
    if (call.method != "tools/call" || !document_.read(call.params, json::Profile::tolerant)) return true;
    add(document_.root().find("name").string());
    return names_.size() < most_assumed_tools;
  }
  void add(std::string_view name) {
    if (!name.empty() && names_.size() < most_assumed_tools) names_.emplace(name);
  }
  // A list that says nothing of their arguments.
  std::string list() const {
    std::string out;
    json::Composer c(out);
    c.open_array();
    for (const std::string& name : names_) {
      c.open().member("name", name).key("inputSchema").open().member("type", "object").close().close();
    }
    c.close_array();
    return out;
  }

 private:
  json::Document document_;
  std::set<std::string> names_;
};

void add_entry_names(ToolNames& names, const policy::Ruleset& rules) {
  for (const policy::Entry& entry : rules.tools) {
    const base::Glob glob(entry.pattern);
    if (glob.is_literal()) names.add(glob.literal());
  }
}

base::Result<std::string> assumed_tools(const std::array<policy::Policy, 2>& policies,
                                        const std::optional<CallFiles>& files) {
  ToolNames names;
  for (const policy::Policy& policy : policies) {
    add_entry_names(names, policy.rules);
    for (const policy::ServerRules& block : policy.servers) add_entry_names(names, block.rules);
  }
  if (files) {
    if (const auto read = read_calls(*files, names); !read) return std::unexpected(read.error());
  }
  return names.list();
}

int exit_status(const Options& o, const trial::DiffReport& report) {
  const auto n = [&](trial::Difference d) { return report.differ.count(d); };
  using enum trial::Difference;
  bool fails = false;
  if (o.fail_on == "looser")
    fails = n(looser) > 0 || std::ranges::any_of(report.settings, &trial::SettingChange::looser);
  if (o.fail_on == "stricter") fails = n(stricter) > 0;
  if (o.fail_on == "any") fails = n(looser) + n(stricter) + n(other) + n(shadow) > 0 || !report.settings.empty();
  return fails ? exit_failed : exit_ok;
}

// Bad use and calls that cannot be read must not look like a difference.
int cannot(Terminal& terminal, const base::Error& error) {
  terminal.err << "Error: " << error.message << '\n';
  return exit_usage;
}

int compare(const Options& o, const std::array<policy::Policy, 2>& policies, Terminal& terminal) {
  trial::DiffOptions options{o.server_name, "[]"};
  std::optional<CallFiles> files;
  if (!o.calls.empty()) {
    auto found = find_call_files(o.calls, o.state_dir);
    if (!found) return cannot(terminal, found.error());
    files = std::move(*found);
  }
  trial::CallSource source;
  if (!o.tools.empty()) {
    auto tools = read_tools_file(o.tools);
    if (!tools) return cannot(terminal, tools.error());
    options.tools = std::move(*tools);
  } else if (trial::needs_tools(policies[0]) || trial::needs_tools(policies[1])) {
    auto tools = assumed_tools(policies, files);
    if (!tools) return cannot(terminal, tools.error());
    options.tools = std::move(*tools);
    source.tools_assumed = true;
  }
  trial::Differ::Each each;
  if (o.each) {
    each = [&](const trial::Call& call, const trial::Side& before, const trial::Side& after, trial::Difference d) {
      terminal.out << trial::json_line(call, before, after, d);
    };
  }
  trial::Differ differ(policies[0], policies[1], options, each);
  if (files) {
    auto read = read_calls(*files, differ);
    if (!read) return cannot(terminal, read.error());
    for (const std::string& trouble : read->troubles) terminal.err << "intercept: " << trouble << '\n';
    source.kind = files->is_log ? trial::CallSource::Kind::audit : trial::CallSource::Kind::file;
    source.place = files->place;
    source.left_out = read->left_out;
    source.without_params = read->without_params;
  } else {
    const auto probe = [&](bool of_new, const trial::Call& call) { return differ.probe(of_new, call); };
    const trial::Generated made =
        trial::generate(policies[0], policies[1], {o.most, o.seed_number, o.server_name, options.tools}, probe);
    source.seed = o.seed_number;
    source.bounds = made.bounds;
    source.combined = made.combined;
    source.left = made.left;
    for (const trial::Call& call : made.calls) differ.call(call);
  }
  if (!differ.trouble().empty()) return cannot(terminal, {differ.trouble()});
  const trial::DiffReport report{differ,
                                 trial::setting_changes(policies[0], policies[1], options),
                                 source,
                                 policies[0].file,
                                 policies[1].file,
                                 policies[0].digest,
                                 policies[1].digest};
  terminal.out << (o.json ? trial::json_report(report) : trial::text_report(report));
  return exit_status(o, report);
}

int run(const Invocation& invocation, Terminal& terminal) {
  Options o;
  Flags reader(flags);
  reader.list("--calls", o.calls).text("--tools", o.tools).text("--server-name", o.server_name);
  reader.text("--generate", o.generate).text("--seed", o.seed).text("--fail-on", o.fail_on).on("--json", o.json);
  reader.on("--each", o.each).text("--state-dir", o.state_dir).rest("POLICY", o.policies);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "diff takes no server command");
  if (const std::string wrong = prepare(o); !wrong.empty()) return bad_use(terminal, wrong);
  auto before = load_one(o.policies[0], terminal);
  auto after = load_one(o.policies[1], terminal);
  if (!before || !after) return exit_usage;
  return compare(o, {std::move(*before), std::move(*after)}, terminal);
}

}  // namespace

const CommandInfo diff_info{
    "diff",
    "diff OLD NEW [--calls WHERE] [--tools FILE] [flags]",
    "which calls two policies decide differently: looser apart from stricter",
    "Calls are those on record (with --log-args full), those of a file, or made from the bounds of both policies. Each "
    "is\n"
    "decided by both, with counters that begin empty. OLD or NEW may be -, standard input.\n",
    flags,
    "Exit status: 0; 1 if there is what --fail-on names; 2 for bad use, or if a policy or the calls cannot be used.\n"
    "\n"
    "Examples:\n"
    "  git show HEAD:policy.yaml | intercept diff - policy.yaml    # what would change if this were merged\n"
    "  intercept diff old.yaml new.yaml --calls audit              # what the new one would do with recorded calls\n"
    "  intercept diff old.yaml new.yaml --fail-on any --json | jq .looser\n",
    run};

}  // namespace cli
