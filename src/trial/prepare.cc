// Loads what a test file names. Problems of a policy that stands in the test file are shown at their place there.
#include "trial/prepare.h"

#include <algorithm>

#include "base/strings.h"
#include "json/writer.h"
#include "policy/load.h"
#include "trial/tools_list.h"
#include "yaml/tree.h"

namespace trial {
namespace {

using yaml::Problem;
using yaml::Severity;

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line && !text.empty(); ++i) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

// The first line that is not blank; 1 if all are.
std::uint32_t first_text_line(std::string_view text) {
  for (std::uint32_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    if (text.substr(0, end).find_first_not_of(" \r") != std::string_view::npos) return line;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return 1;
}

// Where the lines of a block scalar ("policy: |") stand in the file.
void place(LoadedPolicy& policy, Position at, std::string_view file_text) {
  const std::string_view head = line_of(file_text, at.line);
  const std::size_t column = at.column == 0 ? 0 : at.column - 1;
  policy.placed = column < head.size() && head[column] == '|';
  policy.line_offset = at.line;
  const std::uint32_t first = first_text_line(policy.text);
  const std::size_t outer = indentation(line_of(file_text, at.line + first));
  const std::size_t inner = indentation(line_of(policy.text, first));
  policy.column_offset = static_cast<std::uint32_t>(outer > inner ? outer - inner : 0);
}

class Preparing {
 public:
  Preparing(Prepared& out, std::string_view text, const OpenFile& open, const PrepareOptions& options)
      : out_(out), text_(text), open_(open), options_(options) {}

  void run() {
    yaml::Problems problems;
    auto file = read_test_file(text_, problems);
    for (const Problem& p : problems.take()) show(p, out_.name, text_);
    if (!file) return;
    out_.file = std::move(*file);
    for (std::size_t i = 0; i < out_.file.policies.size(); ++i) load(out_.file.policies[i], i == 0);
    if (out_.file.tools) read_tools(*out_.file.tools);
  }

 private:
  void show(const Problem& problem, const std::string& file, std::string_view text) {
    out_.problems += yaml::render(problem, file, text, options_.colour);
  }

  void mistake(Position at, std::string code, std::string message, std::string hint = "") {
    show({Severity::error, std::move(code), at, std::move(message), std::move(hint)}, out_.name, text_);
  }

  void load(const Source& source, bool main) {
    LoadedPolicy policy;
    policy.own_file = source.is_path;
    policy.file = out_.name;
    policy.text = source.text;
    if (source.is_path) {
      auto opened = open_(source.text);
      if (!opened) {
        return mistake(source.at, "unreadable", opened.error().message,
                       "paths begin at the folder of the test file; a policy's text stands below policy: |");
      }
      policy.file = std::move(opened->shown);
      policy.text = std::move(opened->text);
    } else {
      place(policy, source.at, text_);
    }
    policy::Loaded loaded = policy::load(policy.file, policy.text, {.lint = false});
    const bool refused = main && out_.file.invalid.has_value();
    for (const Problem& p : loaded.problems) {
      if (p.severity != Severity::error) continue;
      if (refused) {
        out_.refused.append(p.message).append(" [").append(p.code).append("] ").append(p.hint).append("\n");
      } else {
        show_problem(p, policy);
      }
    }
    if (!loaded.policy) return;
    policy.model = std::move(*loaded.policy);
    auto lock = load_lock(source, policy.model);
    if (!lock) return mistake(source.at, "unreadable", lock.error().message, "lock paths begin at the policy's folder");
    auto lowered = policy::lower(policy.model, {.server_name = out_.file.server, .lock = std::move(*lock)});
    if (lowered) {
      policy.snapshot = std::move(*lowered);
    } else if (refused) {
      out_.refused += lowered.error().message;
    } else {
      mistake(source.at, "cannot-run", lowered.error().message);
    }
    out_.policies.push_back(std::move(policy));
  }

  // What the policy's lock file holds of the test's server, or of the only one in it. Null without a lock.
  base::Result<std::shared_ptr<const tools::LockedServer>> load_lock(const Source& source,
                                                                     const policy::Policy& model) {
    if (!model.lock) return nullptr;
    const std::size_t slash = source.is_path ? source.text.rfind('/') : std::string::npos;
    const bool beside = slash != std::string::npos && !model.lock->file.starts_with('/');
    const auto opened = open_((beside ? source.text.substr(0, slash + 1) : "") + model.lock->file);
    if (!opened) return std::unexpected(opened.error());
    const auto lock = tools::read_lock(opened->shown, opened->text);
    if (!lock) return std::unexpected(lock.error());
    const tools::LockedServer* server = lock->find(out_.file.server);
    if (server == nullptr && out_.file.server.empty() && lock->servers.size() == 1) server = &lock->servers[0];
    if (server == nullptr) {
      return base::fail(opened->shown + " has no server \"" + base::printable(out_.file.server, 80) +
                        "\"; name one of its servers with server:");
    }
    return std::make_shared<const tools::LockedServer>(*server);
  }

  // At its place in the test file, if it stands there line for line.
  void show_problem(Problem problem, const LoadedPolicy& policy) {
    if (policy.own_file) return show(problem, policy.file, policy.text);
    if (!policy.placed) {
      return show(problem, out_.name + ":" + std::to_string(policy.line_offset) + " (policy)", policy.text);
    }
    if (problem.position.line > 0) problem.position.line += policy.line_offset;
    if (problem.position.column > 0) problem.position.column += policy.column_offset;
    show(problem, out_.name, text_);
  }

  void read_tools(const Source& source) {
    std::string text = source.text, of = "\"tools\"";
    if (source.is_path) {
      auto opened = open_(source.text);
      if (!opened) {
        return mistake(source.at, "unreadable", opened.error().message,
                       "paths begin at the folder of the test file; name a file that holds what tools/list gave");
      }
      text = std::move(opened->text);
      of = out_.tools_file = opened->shown;
    }
    auto tools = tools_of(text);
    if (!tools) return mistake(source.at, "bad-tools", of + ": " + tools.error().message);
    out_.tools = std::move(*tools);
  }

  Prepared& out_;
  std::string_view text_;
  const OpenFile& open_;
  const PrepareOptions& options_;
};

}  // namespace

Prepared prepare(const std::string& name, std::string_view text, const OpenFile& open, const PrepareOptions& options) {
  Prepared out;
  out.name = name;
  Preparing(out, text, open, options).run();
  return out;
}

}  // namespace trial
