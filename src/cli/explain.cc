// `intercept explain`: one call from flags, or many from lines. Every call is read, ruled and explained by itself; with
// --state live its counters are read anew.
#include "cli/explain.h"

#include <algorithm>
#include <iostream>
#include <istream>
#include <optional>
#include <ostream>
#include <sstream>

#include "audit/time_text.h"
#include "base/strings.h"
#include "cli/asked_call.h"
#include "cli/explain_code.h"
#include "cli/explain_lock.h"
#include "cli/read_input.h"
#include "cli/read_policy.h"
#include "cli/server_name.h"
#include "cli/state_place.h"
#include "cli/tools_file.h"
#include "json/writer.h"
#include "limits/memory_store.h"
#include "limits/split_store.h"
#include "policy/explain.h"
#include "policy/load.h"
#include "store/counter_view.h"
#include "store/instance.h"

namespace cli {
namespace {

constexpr std::size_t max_bytes = std::size_t{64} << 20;  // of a file that is named

constexpr FlagInfo flags[] = {
    {"-c,--config", "FILE", "the policy"},
    {"--server-name", "NAME", "the server's name, as the proxy is given it (or its command after --)"},
    {"--tools", "FILE", "the server's tools: what it answers to tools/list; - for standard input", "Flags", true, "",
     "--schema"},
    {"--lock", "FILE", "the lock file, in place of the one that the policy's `lock` names"},
    {"--tool", "NAME", "a call of this tool", "The call (one of the first four)"},
    {"--resource", "URI", "reading this resource", "The call (one of the first four)"},
    {"--prompt", "NAME", "getting this prompt", "The call (one of the first four)"},
    {"--method", "METHOD", "any other message of the client", "The call (one of the first four)"},
    {"--args", "JSON", "arguments of the tool or prompt: JSON, @FILE, or - for standard input",
     "The call (one of the first four)"},
    {"--params", "JSON", "params of the method: JSON, @FILE, or -", "The call (one of the first four)"},
    {"--calls", "FILE", "many calls instead: lines of {\"tool\": …, \"arguments\": {…}}; - for standard input",
     "The call (one of the first four)"},
    {"--identity", "NAME", "who calls (default: local)", "Its circumstances"},
    {"--session", "ID", "the session's id (default: explain)", "Its circumstances"},
    {"--client-name", "NAME", "what the client calls itself", "Its circumstances"},
    {"--at", "TIME", "when: 2026-11-22, RFC 3339 (default: now)", "Its circumstances"},
    {"--state", "WORD", "empty: every counter is at zero (default); live: counters are read, never charged",
     "Its circumstances", true, "empty live"},
    {"--state-dir", "DIR", "where counters live (default: $XDG_STATE_HOME/intercept or ~/.local/state/intercept)",
     "Its circumstances"},
    {"--json", "", "one JSON object (with --calls always, one a line)", "Output"},
};

// Stands still while a call is explained.
class AskedClock final : public base::Clock {
 public:
  base::WallTime wall() const override { return wall_; }
  base::BootTime boot() const override { return boot_; }
  // Another moment than now moves both clocks: what is asked is what would be the case then.
  void set(std::optional<base::WallTime> at) {
    wall_ = system_.wall();
    boot_ = system_.boot();
    if (!at) return;
    boot_ += *at - wall_;
    wall_ = *at;
  }

 private:
  base::SystemClock system_;
  base::WallTime wall_;
  base::BootTime boot_;
};

struct Arguments {
  std::string config, server_name, lock, tools, calls, state = "empty", state_dir;
  AskedCall call;
  bool json = false;
};

// JSON, @FILE or "-". What is not JSON at all is a slip of whoever asks; what is JSON with more than one meaning is
// what the proxy refuses, and that is an answer.
base::Result<void> expand(const char* flag, std::string& value) {
  if (value == "-" || value.starts_with('@')) {
    auto text = read_input(value == "-" ? value : value.substr(1), max_bytes, flag);
    if (!text) return std::unexpected(text.error());
    value = std::move(*text);
  }
  if (value.empty()) return {};
  json::Document document;
  const auto read = document.read(value, json::Profile::tolerant);
  if (read) return {};
  return base::fail(std::string(flag) + " is not JSON: " + read.error().message + "; write it so: " + flag +
                    " '{\"path\": \"/tmp/a\"}', or " + flag + " @FILE");
}

class Explainer {
 public:
  Explainer(const Arguments& arguments, Terminal& terminal)
      : arguments_(arguments), terminal_(terminal), session_counters_(clock_) {
    clock_.set(std::nullopt);
  }

  // Exit status of what cannot be used, or exit_ok.
  int prepare(const Invocation& invocation) {
    server_ = arguments_.server_name;
    if (server_.empty() && !invocation.server.empty()) server_ = default_server_name(invocation.server);
    if (const int status = load_policy(); status != exit_ok) return status;
    if (const int status = load_tools(); status != exit_ok) return status;
    return arguments_.state == "live" ? open_state() : exit_ok;
  }

  int one(const AskedCall& call) {
    std::optional<base::WallTime> at;
    if (!call.at.empty()) {
      const auto moment = audit::parse_moment(call.at, base::SystemClock().wall());
      if (!moment) return usage_error(terminal_, "--at: " + moment.error().message);
      at = base::WallTime(base::Duration(*moment));
    }
    clock_.set(at);
    ReadCall read;
    if (const std::string wrong = read.read(call); !wrong.empty()) return refused(wrong);
    if (live_) {
      if (const auto begun = live_->begin(); !begun) return failed(terminal_, begun.error().message);
    }
    const int status = explain_read(call, read);
    if (live_) live_->end();
    return status;
  }

  // Each line by itself, as it comes: a program may ask line by line. The worst of all.
  int many(std::istream& in) {
    int worst = exit_ok;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
      if (base::trimmed(line).empty()) continue;
      const auto call = read_asked_line(line, arguments_.call);
      if (!call) return usage_error(terminal_, "--calls, line " + std::to_string(number) + ": " + call.error().message);
      const int status = one(*call);
      terminal_.out.flush();
      if (status == exit_usage) return status;
      worst = std::max(worst, status);
    }
    return worst;
  }

 private:
  int load_policy() {
    const auto file = read_policy_input(arguments_.config, environment);
    if (!file) return usage_error(terminal_, file.error().message);
    const std::string name = policy_name(arguments_.config);
    policy::Loaded loaded = policy::load(name, file->text, {.lint = false});
    if (!loaded.policy) {
      for (const policy::Problem& p : loaded.problems) {
        if (p.severity == policy::Severity::error) {
          terminal_.err << yaml::render(p, name, file->text, terminal_.colour_err);
        }
      }
      return usage_error(terminal_, "the policy has errors; intercept validate " +
                                        base::printable(arguments_.config, 4096) + " shows its warnings, too");
    }
    if (!loaded.policy->servers.empty() && arguments_.server_name.empty()) {
      return usage_error(terminal_,
                         "the policy has rules for particular servers; say which one this is with --server-name "
                         "(first: " +
                             base::printable(loaded.policy->servers[0].name) + ")");
    }
    const PolicySource source{arguments_.config, arguments_.server_name, server_, arguments_.lock};
    if (const auto read = lock_.load(source, *loaded.policy); !read)
      return usage_error(terminal_, read.error().message);
    auto lowered = policy::lower(std::move(*loaded.policy), {arguments_.server_name, server_, lock_.server()});
    if (!lowered) return usage_error(terminal_, arguments_.config + ": " + lowered.error().message);
    snapshot_ = std::move(*lowered);
    terminal_.kept.push_back(snapshot_);
    return exit_ok;
  }

  int load_tools() {
    if (arguments_.tools.empty()) return exit_ok;
    const auto read = read_tools_file(arguments_.tools, clock_.boot(), *tools_);
    terminal_.kept.push_back(tools_);
    if (!read) return usage_error(terminal_, read.error().message);
    tools_at_ = clock_.boot();
    lock_.compare(*read);
    return exit_ok;
  }

  int open_state() {
    if (server_.empty()) {
      return usage_error(terminal_,
                         "counters are kept by the server's name: with --state live give --server-name NAME, or the "
                         "server's command after --");
    }
    const auto directory = state_directory(arguments_.state_dir);
    if (!directory) return usage_error(terminal_, directory.error().message);
    store::CounterView::Options o;
    o.directory = *directory;
    o.is_alive = [d = *directory](const std::string& owner) { return store::instance_alive(d, owner); };
    o.others_live = [d = *directory](base::WallTime) {
      const auto list = store::list_instances(d);
      return !list || std::ranges::any_of(*list, [](const auto& known) { return known.alive; });
    };
    live_.emplace(std::move(o), clock_);
    counters_.emplace(session_counters_, *live_);
    return exit_ok;
  }

  // The proxy does not read it at all: no rule sees it.
  int refused(const std::string& why) {
    if (arguments_.json) {
      std::string text;
      json::Composer c(text);
      c.open().member("decision", "refused").member("reason", "unreadable");
      c.member("message", "Message refused: " + why).close();
      terminal_.out << text << '\n';
    } else {
      const char* red = terminal_.colour_out ? "\x1b[31m" : "";
      terminal_.out
          << red << "REFUSED" << (terminal_.colour_out ? "\x1b[0m" : "")
          << "  before any rule: the message has not one meaning\n  The client gets an error: Message refused: "
          << base::printable(why, 2000) << '\n';
    }
    return exit_failed;
  }

  // A slip in the name of what is asked about gives an answer, too: to another question.
  void warn_of_unknown_tool(const AskedCall& call) {
    if (!arguments_.calls.empty() || call.tool.empty() || arguments_.tools.empty()) return;
    if (tools_->find(call.tool) != nullptr) return;
    std::vector<std::string_view> names;
    tools_->each_name([&](std::string_view name) { names.push_back(name); });
    const std::string_view near = base::nearest(call.tool, names);
    terminal_.err << "intercept: the server's list has no tool \"" << base::printable(call.tool) << '"'
                  << (near.empty() ? "" : "; did you mean " + base::printable(near) + "?") << '\n';
  }

  int explain_read(const AskedCall& call, ReadCall& read) {
    warn_of_unknown_tool(call);
    policy::Facts facts = read.facts(call, arguments_.tools.empty() ? nullptr : tools_.get(), tools_at_);
    facts.server = server_;
    facts.now = clock_.wall();
    facts.counters = counters_ ? static_cast<limits::Store*>(&*counters_) : &session_counters_;
    policy::ExplainOptions options;
    if (facts.known != nullptr && facts.known->ruling == mcp::Ruling::tool)
      lock_.look(facts.subjects[0].name, facts, options);
    if (live_) {
      options.travel = [this](base::Duration ahead) { return live_->begin(ahead).has_value(); };
    }
    const policy::Explanation e = policy::explain(*snapshot_, facts, options);
    if (arguments_.json) {
      std::string text;
      policy::explain_json(text, e, facts, policy_name(arguments_.config));
      terminal_.out << text << '\n';
    } else {
      terminal_.out << policy::explain_text(e, facts, {policy_name(arguments_.config), terminal_.colour_out, !live_});
    }
    return e.answer == policy::Answer::allow ? exit_ok : exit_failed;
  }

  const Arguments& arguments_;
  Terminal& terminal_;
  std::string server_;
  std::shared_ptr<const policy::Snapshot> snapshot_;
  ExplainLock lock_;
  std::shared_ptr<tools::Registry> tools_ = std::make_shared<tools::Registry>();
  base::BootTime tools_at_{};
  AskedClock clock_;
  limits::MemoryStore session_counters_;
  std::optional<store::CounterView> live_;
  std::optional<limits::SplitStore> counters_;
};

// `code`: the plain word, if the question is what a finding's code means.
std::string read_flags(const Invocation& invocation, Arguments& a, std::string& code) {
  std::vector<std::string> codes;
  Flags reader(flags);
  AskedCall& call = a.call;
  reader.text("--config", a.config)
      .text("--server-name", a.server_name)
      .text("--tools", a.tools)
      .text("--lock", a.lock);
  reader.text("--tool", call.tool).text("--resource", call.resource).text("--prompt", call.prompt);
  reader.text("--method", call.method).text("--args", call.arguments).text("--params", call.params);
  reader.text("--calls", a.calls).text("--identity", call.identity).text("--session", call.session);
  reader.text("--client-name", call.client_name).text("--at", call.at).text("--state", a.state);
  reader.text("--state-dir", a.state_dir).on("--json", a.json).rest("CODE", codes);
  if (std::string wrong = reader.read(invocation.words); !wrong.empty()) return wrong;
  if (!codes.empty()) {
    const bool of_a_call = !call.tool.empty() || codes[0].find_first_of("./") != std::string::npos;
    if (codes.size() == 1 && a.config.empty() && !of_a_call) return code = codes[0], "";
    return "a plain word is a finding's code (intercept explain unknown-key); a call is asked about with -c FILE "
           "--tool NAME --args JSON";
  }
  if (a.config.empty()) return "name a code, or the policy with -c FILE and a call with --tool NAME";
  if (a.state != "empty" && a.state != "live") return wrong_word("--state", "empty or live", a.state);
  const std::string* const inputs[] = {&a.config, &a.tools, &a.calls, &call.arguments, &call.params};
  if (std::ranges::count_if(inputs, [](const std::string* s) { return *s == "-"; }) > 1)
    return "only one flag can read standard input (-)";
  if (a.calls.empty()) return check_asked(call);
  const std::string* const of_one[] = {&call.tool,   &call.resource,  &call.prompt,
                                       &call.method, &call.arguments, &call.params};
  const bool one = std::ranges::any_of(of_one, [](const std::string* s) { return !s->empty(); });
  return one ? "--calls FILE holds the calls; take the flags of a single call out" : "";
}

// Lines of a file are read as they come from standard input.
int run_many(Explainer& explainer, const Arguments& a, Terminal& terminal) {
  if (a.calls == "-") return explainer.many(std::cin);
  const auto text = read_input(a.calls, max_bytes, "file of calls");
  if (!text) return usage_error(terminal, text.error().message);
  std::istringstream lines(*text);
  return explainer.many(lines);
}

int run(const Invocation& invocation, Terminal& terminal) {
  Arguments a;
  std::string code;
  if (const std::string wrong = read_flags(invocation, a, code); !wrong.empty()) return bad_use(terminal, wrong);
  if (!code.empty()) return explain_code(code, a.json, terminal);
  a.json = a.json || !a.calls.empty();
  for (const auto& [flag, value] : {std::pair("--args", &a.call.arguments), std::pair("--params", &a.call.params)}) {
    if (const auto read = expand(flag, *value); !read) return usage_error(terminal, read.error().message);
  }
  Explainer explainer(a, terminal);
  if (const int status = explainer.prepare(invocation); status != exit_ok) return status;
  return a.calls.empty() ? explainer.one(a.call) : run_many(explainer, a, terminal);
}

}  // namespace

const CommandInfo explain_info{
    "explain",
    "explain -c POLICY --tool NAME [--args JSON] [flags] [-- SERVER COMMAND...]\n"
    "explain -c POLICY --calls FILE [flags]\n"
    "explain CODE [--json]",
    "what a policy would decide for a call, and why; or what the code of a finding means",
    "CODE is what validate shows in brackets, such as unanchored-regex.\n"
    "Of a call: nothing is sent, charged or recorded. The answer is the proxy's own: the same reading of the message, "
    "the same\n"
    "rules, the same check of the limits. Then every rule in the order of deciding, each condition with its result "
    "and\n"
    "the value it saw, the counters it would charge, and the nearest changes after which the answer is another one\n"
    "(each of them was tried). A pause and remembered identical calls are not looked at.\n",
    flags,
    "Exit status: 0 if the call is allowed, 1 if it is refused, would need approval or could not be decided without "
    "the\n"
    "server's tools (--tools), 2 if the policy or the question cannot be used. With --calls: the highest of all "
    "calls.\n"
    "\n"
    "Examples:\n"
    "  intercept explain -c policy.yaml --tool read_file --args '{\"path\": \"/etc/passwd\"}'\n"
    "  intercept explain -c policy.yaml --tool create_issue --state live --server-name github\n"
    "  intercept explain -c policy.yaml --calls calls.jsonl | jq -r .decision\n",
    run,
    "CODE"};

}  // namespace cli
