// See the header. Who is asked sits at a terminal: an answer that a file or a pipe gives is nobody's.
#include "cli/scan_configured.h"

#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "audit/redact.h"
#include "base/strings.h"
#include "cli/client_config.h"
#include "cli/http_arguments.h"
#include "cli/read_input.h"
#include "cli/remote_target.h"
#include "cli/scan_sources.h"
#include "cli/server_name.h"
#include "client/list_server.h"
#include "http/fields.h"

namespace cli {
namespace {

constexpr std::size_t max_config = std::size_t{8} << 20;

std::string shown(std::string_view text) { return '"' + base::printable(text, 200) + '"'; }

// The folder that a configuration belongs to: where it lies, or what .vscode and .cursor lie in.
std::string workspace_of(const std::string& file) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(file.c_str(), nullptr), std::free);
  std::string path = real ? real.get() : file;
  const auto up = [&path] { path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/')); };
  up();
  if (path.ends_with("/.vscode") || path.ends_with("/.cursor")) up();
  return path.empty() ? "/" : path;
}

// A line that is typed without being seen.
class HiddenTyping {
 public:
  explicit HiddenTyping(bool hidden) {
    if (!hidden || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios without = before_;
    without.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &without) == 0;
  }
  ~HiddenTyping() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

class Scan {
 public:
  Scan(const ConfiguredScan& scan, const ScanOutput& output, ScanLock& lock, Terminal& terminal)
      : scan_(scan), output_(output), lock_(lock), terminal_(terminal), at_terminal_(::isatty(STDIN_FILENO) == 1) {}

  int run() {
    const auto text = read_input(scan_.file, max_config, "configuration");
    if (!text) return usage_error(terminal_, text.error().message);
    auto config = read_client_config(*text, scan_.file.ends_with(".toml"));
    if (!config) return usage_error(terminal_, "configuration " + shown(scan_.file) + ": " + config.error().message);
    config_ = std::move(*config);
    if (config_.servers.empty()) return failed(terminal_, "configuration " + shown(scan_.file) + " has no servers");
    if (!scan_.yes && !at_terminal_) return usage_error(terminal_, nobody_to_ask());
    for (const ConfiguredServer& server : config_.servers) {
      if (stopped_) break;
      one(server);
    }
    if (stopped_ && reports_.empty()) return exit_failed;
    int status = give_out(reports_, output_, terminal_);
    if (stopped_ && lock_.on() && status == exit_ok) status = exit_failed;
    status = lock_.finish(status, terminal_);
    return status == exit_ok && troubles_ ? exit_failed : status;
  }

 private:
  std::string nobody_to_ask() const {
    std::string names;
    for (const ConfiguredServer& s : config_.servers) names.append(names.empty() ? "" : ", ").append(shown(s.name));
    return "standard input is no terminal, so nobody can be asked whether these servers may be started: " +
           base::printable(names, 1000) + "; add --yes to start them all";
  }

  void trouble(const ConfiguredServer& server, const std::string& what) {
    troubles_ = true;
    terminal_.err << "Error: server " << shown(server.name) << ": " << what << std::endl;
  }

  void one(const ConfiguredServer& server) {
    if (server.disabled) {
      terminal_.err << "intercept: the server " << shown(server.name) << " is disabled there: left out" << std::endl;
      return;
    }
    if (!server.problem.empty()) return trouble(server, server.problem);
    show(server);
    if (!scan_.yes && !asked()) return;
    auto ready = substituted(server, substitutes());
    if (!ready) return trouble(server, ready.error().message);
    auto target = target_of(*ready);
    if (!target) return trouble(server, target.error().message);
    const std::string host = target->remote ? target->remote->url.host : "";
    auto source = scan_server(std::move(*target), scan_.timeout, origin_of(server));
    if (!source) {
      stopped_ = source.error().message.starts_with(client::stopped_by);
      return trouble(server, source.error().message);
    }
    lock(server, ready->command, host, *source);
    if (source->name.empty()) source->name = server.name;
    reports_.push_back({server.name, catalog::make_report(std::move(*source))});
  }

  // Under the name that the proxy will look for when the client starts it; the identity is as it is configured.
  void lock(const ConfiguredServer& s, const std::vector<std::string>& command, const std::string& host,
            const catalog::Source& source) {
    tools::ServerIdentity identity;
    if (s.url.empty()) {
      identity.command = audit::redact_command(s.command);
    } else {
      identity.url = origin_of(s);
    }
    std::string name = s.server_name;
    if (name.empty()) name = s.url.empty() ? default_server_name(command) : host;
    lock_.add(std::move(name), std::move(identity), source);
  }

  // As it is configured: what was put in the places of ${...} may be secret, and so may a URL's query.
  static std::string origin_of(const ConfiguredServer& s) {
    return s.url.empty() ? shown_command(s.command) : base::printable(s.url.substr(0, s.url.find('?')), 1000);
  }

  // All that will be run or connected to, as it is configured; of environment and headers the names.
  void show(const ConfiguredServer& s) {
    std::ostream& err = terminal_.err;
    err << "The server " << shown(s.name) << (s.wrapped ? " (behind intercept)" : "")
        << (s.url.empty() ? " is started with:\n  " : " is at:\n  ");
    err << origin_of(s) << '\n';
    if (!s.directory.empty()) err << "  in the folder " << shown(s.directory) << '\n';
    names("environment", s.environment);
    names("header fields", s.headers);
    if (!s.header_flags.empty()) err << "  and " << s.header_flags.size() << " --header of its intercept\n";
    err << std::flush;
  }

  void names(std::string_view what, const Named& list) {
    if (list.empty()) return;
    terminal_.err << "  with the " << what;
    for (const auto& [name, value] : list) terminal_.err << ' ' << base::printable(name, 100);
    terminal_.err << '\n';
  }

  bool asked() {
    if (all_) return true;
    terminal_.err << "Start it and read its lists? [y]es, [n]o, [a]ll, [q]uit: " << std::flush;
    const std::string answer = line();
    if (answer == "a" || answer == "all") all_ = true;
    if (answer == "q" || answer == "quit" || !std::cin) stopped_ = true;
    return all_ || answer == "y" || answer == "yes";
  }

  static std::string line() {
    std::string out;
    std::getline(std::cin, out);
    return std::string(base::trimmed(out));
  }

  // An input is asked for once; without a terminal it has its default.
  std::optional<std::string> input(std::string_view id) {
    if (const auto known = inputs_.find(id); known != inputs_.end()) return known->second;
    for (const ConfiguredInput& i : config_.inputs) {
      if (i.id != id) continue;
      if (!at_terminal_) return i.initial;
      std::string value;
      {
        const HiddenTyping hidden(i.secret);  // before the question: who is quick is not seen either
        terminal_.err << base::printable(i.description.empty() ? i.id : i.description, 200) << ": " << std::flush;
        value = line();
      }
      if (i.secret) terminal_.err << std::endl;
      if (value.empty() && i.initial) value = *i.initial;
      return inputs_.emplace(id, value).first->second;
    }
    return std::nullopt;
  }

  Substitutes substitutes() {
    Substitutes with;
    with.variable = environment_variable;
    with.input = [this](std::string_view id) { return input(id); };
    with.workspace = workspace_of(scan_.file);
    with.home = environment_variable("HOME").value_or("");
    return with;
  }

  static base::Result<client::Target> target_of(const ConfiguredServer& s) {
    client::Target target;
    if (s.url.empty()) {
      target.command = s.command;
      target.spawn.environment = s.environment;
      target.spawn.directory = s.directory;
      return target;
    }
    HttpArguments http;
    http.upstream = s.url;
    http.headers = s.header_flags;
    for (const auto& [name, value] : s.headers) {
      // What every request has anyway.
      if (http::same_name(name, "Content-Type") || http::same_name(name, "Accept")) continue;
      http.headers.push_back(name + ": " + literal(value));
    }
    const auto variable = [&s](std::string_view name) -> std::optional<std::string> {
      for (const auto& [own, value] : s.environment)
        if (own == name) return value;
      return environment_variable(name);
    };
    auto remote = remote_target(http, variable);
    if (!remote) return std::unexpected(remote.error());
    target.remote = std::move(remote->options);
    target.tls = std::move(remote->tls);
    return target;
  }

  // A value as --header takes it for itself.
  static std::string literal(std::string_view value) {
    std::string out(value.starts_with('@') ? "@" : "");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value.substr(i).starts_with("${")) out += '$';
      out += value[i];
    }
    return out;
  }

  const ConfiguredScan& scan_;
  const ScanOutput& output_;
  ScanLock& lock_;
  Terminal& terminal_;
  const bool at_terminal_;
  ClientConfig config_;
  std::vector<NamedReport> reports_;
  std::map<std::string, std::string, std::less<>> inputs_;
  bool all_ = false, stopped_ = false, troubles_ = false;
};

}  // namespace

int scan_configured(const ConfiguredScan& scan, const ScanOutput& output, ScanLock& lock, Terminal& terminal) {
  return Scan(scan, output, lock, terminal).run();
}

}  // namespace cli
