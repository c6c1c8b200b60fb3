// See the header. The log is observed entry by entry; the policy is written from what was observed.
#include "trial/suggest.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mcp/methods.h"
#include "trial/suggest_arguments.h"
#include "yaml/quoted.h"

namespace trial {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t most_bytes = std::size_t{7} << 20;  // a policy may have eight

std::string counted(std::uint64_t n, std::string_view word) {
  return std::to_string(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

std::string shown(std::string_view name) { return '"' + base::printable(name, 80) + '"'; }

void append(Lines& out, const Lines& more, std::size_t indent) {
  for (const std::string& line : more) out.push_back(line.empty() ? line : std::string(indent, ' ') + line);
}

// What all URIs begin with, up to a slash behind the authority; "" if there is no such thing.
std::string common_start(const std::map<std::string, Observed>& names) {
  std::string start = names.begin()->first;
  for (const auto& [name, seen] : names) {
    std::size_t same = 0;
    while (same < std::min(start.size(), name.size()) && start[same] == name[same]) ++same;
    start.resize(same);
  }
  start.resize(start.rfind('/') == std::string::npos ? 0 : start.rfind('/') + 1);
  const std::size_t authority = start.find("://");
  const bool below = authority != std::string::npos && start.find('/', authority + 3) != std::string::npos &&
                     start.find('/', authority + 3) + 1 < start.size() + (start.starts_with("file:///") ? 0U : 1U);
  return below ? start : std::string();
}

}  // namespace

std::optional<Generalise> find_generalise(std::string_view word) {
  constexpr std::array<std::string_view, 6> words = {"combinations", "ranges", "paths",
                                                     "lengths",      "types",  "identities"};
  const auto* const found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<Generalise>(found - words.begin());
}

// --- observing ---

void Suggester::observe(Server& server, std::map<std::string, Observed>& names, const audit::Entry& entry) {
  const bool is_subject = !entry.target_kind.empty();
  const std::string name(is_subject ? entry.target : entry.method);
  if (name.empty() || name.size() > longest_name || (!names.contains(name) && names_ >= most_names)) {
    ++too_long_;
    return;
  }
  if (!names.contains(name)) ++names_;
  Observed& seen = names[name];
  if (seen.calls++ == 0) seen.first = entry.time;
  seen.last = entry.time;
  seen.methods.emplace(entry.method);
  seen.directions.emplace(entry.direction);
  seen.identities.add(entry.identity, entry.identity, options_.values);
  server.clock = std::max(server.clock, entry.time);
  seen.rates.add(server.clock);
  const Kept kept = kept_.of(entry);
  if (kept == Kept::full) {
    seen.arguments.see(entry.arguments, options_.values);
  } else if (kept == Kept::redacted) {
    seen.arguments.see_keys(entry.arguments);
  } else if (kept == Kept::keys && !entry.field("args_keys_total")) {
    seen.arguments.see_keys(entry.field("args_keys"));
  } else {
    ++seen.arguments.unknown;
  }
}

void Suggester::see(const audit::Entry& entry) {
  kept_.see(entry);
  if (!entry.is_decision()) return;
  ++decisions_;
  if (entry.decision == "deny") ++denied_;
  if ((entry.decision != "allow" && entry.decision != "replay") || !entry.continues.empty()) return;
  const mcp::Method* method = mcp::find_method(entry.method);
  const bool server_sends = entry.direction == "server";
  if (method != nullptr && !(server_sends ? method->from_server : method->from_client)) method = nullptr;
  if (method != nullptr && method->ruling == mcp::Ruling::plumbing) return;  // passes anyway
  if (!servers_.contains(std::string(entry.server)) && servers_.size() >= most_servers) {
    ++beyond_;
    return;
  }
  if (kept_.of(entry) == Kept::cut) {
    ++cut_;
    return;
  }
  ++allowed_;
  if (first_ == 0) first_ = entry.time;
  last_ = std::max(last_, entry.time);
  Server& server = servers_[std::string(entry.server)];
  if (method == nullptr) return observe(server, server.methods, entry);
  server.methods_seen.emplace(entry.method);
  if (entry.target_kind == "tool") observe(server, server.tools, entry);
  if (entry.target_kind == "resource") observe(server, server.resources, entry);
  if (entry.target_kind == "prompt") observe(server, server.prompts, entry);
}

// --- writing ---

class Suggester::Writer {
 public:
  explicit Writer(const SuggestOptions& options) : options_(options) {}

  Lines ruleset(const Server& server) {
    Lines out;
    section(out, "tools", "tool", server.tools);
    if (server.resources.size() > options_.values) {
      many_resources(out, server.resources);
    } else {
      section(out, "resources", "resource", server.resources);
    }
    section(out, "prompts", "prompt", server.prompts);
    methods(out, server);
    return out;
  }

  Suggestion result;

 private:
  // Who called, and how often: what every entry has.
  Lines common_rules(const Observed& seen, const std::string& what) {
    Lines out;
    if (seen.identities.too_many()) {
      const std::string text = what + ": called by more than " + std::to_string(options_.values) + " identities";
      if (options_.generalise.contains(Generalise::identities)) {
        result.notes.push_back(text + ": anybody is admitted (--generalise identities)");
      } else {
        result.needed.push_back(text + "; --generalise identities admits anybody");
      }
    } else if (!options_.generalise.contains(Generalise::identities)) {
      std::string who;
      for (const auto& [key, identity] : seen.identities.seen()) {
        who.append(who.empty() ? "" : ", ").append(yaml::quoted_text(identity.text));
      }
      out.emplace_back("- name: who called");
      out.push_back("  require: {path: identity.name, op: in, value: [" + who + "]}");
    }
    return out;
  }

  Lines rate_rules(const Observed& seen, const std::string& what) {
    Lines out;
    for (std::size_t i = 0; i < Rates::windows.size(); ++i) {
      const auto peak = seen.rates.peak(i);
      if (!peak) {
        result.notes.push_back(what + ": too many calls to tell the most in a " + Rates::words[i] +
                               "; no limit for it");
        continue;
      }
      // The same number in a longer window is the stricter limit.
      const auto longer = i + 1 < Rates::windows.size() ? seen.rates.peak(i + 1) : std::nullopt;
      if (longer && *longer == *peak) continue;
      out.push_back(std::string("- name: most in a ") + Rates::words[i]);
      out.push_back("  rate_limit: " + std::to_string(*peak) + "/" + Rates::words[i]);
    }
    return out;
  }

  void entry(Lines& out, const std::string& pattern, const std::string& what, const Observed& seen,
             const Lines& rules) {
    out.push_back("  " + pattern + ":  # " + counted(seen.calls, "call") + ", " + base::rfc3339(seen.first) + " to " +
                  base::rfc3339(seen.last));
    out.emplace_back("    rules:");
    append(out, common_rules(seen, what), 6);
    append(out, rules, 6);
    append(out, rate_rules(seen, what), 6);
  }

  void section(Lines& out, const char* section, const char* word, const std::map<std::string, Observed>& names) {
    if (names.empty()) return;
    out.push_back(std::string(section) + ":");
    for (const auto& [name, seen] : names) {
      const std::string what = std::string(word) + " " + shown(name);
      ArgumentRules arguments;
      if (std::string_view(word) == "tool") arguments = tool_arguments(seen.arguments, options_, what);
      const bool prompt = std::string_view(word) == "prompt" && seen.methods.contains("prompts/get");
      if (prompt) arguments = prompt_arguments(seen.arguments, options_, what);
      take(result.needed, arguments.needed);
      take(result.notes, arguments.notes);
      entry(out, yaml::glob_key(name), what, seen, arguments.lines);
    }
  }

  static void take(Lines& into, Lines& from) { into.insert(into.end(), from.begin(), from.end()); }

  void many_resources(Lines& out, const std::map<std::string, Observed>& names) {
    const std::string why = "more than " + std::to_string(options_.values) + " different resources";
    const std::string start = common_start(names);
    if (start.empty()) {
      result.needed.push_back(why + " without a common start; --values N lists more of them");
      return;
    }
    if (!options_.generalise.contains(Generalise::paths)) {
      result.needed.push_back(why + "; --generalise paths admits all below " + shown(start));
      return;
    }
    result.notes.push_back(why + ": all below " + shown(start) + " are admitted (--generalise paths)");
    std::string glob = yaml::glob_key(start);
    glob.insert(glob.size() - 1, "*");
    std::uint64_t calls = 0;
    for (const auto& [name, seen] : names) calls += seen.calls;
    out.emplace_back("resources:");
    out.push_back("  " + glob + ": {}  # " + counted(calls, "call"));
  }

  // Methods that no revision knows, and what must be denied by its method's name.
  void methods(Lines& out, const Server& server) {
    Lines lines;
    for (const auto& [name, seen] : server.methods) {
      Lines rules;
      if (seen.directions.size() == 1) {
        const bool from_client = seen.directions.contains("client");
        rules.emplace_back("- {action: deny, direction: " + std::string(from_client ? "server" : "client") + "}");
      }
      entry(lines, yaml::glob_key(name), "method " + shown(name), seen, rules);
    }
    for (const mcp::Method& method : mcp::all_methods()) {
      if (server.methods_seen.contains(std::string(method.name)) || !is_open(method, server)) continue;
      lines.push_back("  " + yaml::glob_key(method.name) + ": {rules: [{action: deny, reason: It was never seen.}]}");
    }
    if (lines.empty()) return;
    out.emplace_back("methods:");
    out.insert(out.end(), lines.begin(), lines.end());
  }

  // `default: deny` alone does not refuse every such message.
  static bool is_open(const mcp::Method& method, const Server& server) {
    switch (method.ruling) {
      case mcp::Ruling::ask:
        return true;
      case mcp::Ruling::resource:
      case mcp::Ruling::listen:
        return !server.resources.empty();
      case mcp::Ruling::prompt:
        return !server.prompts.empty();
      case mcp::Ruling::completion:
        return !server.resources.empty() || !server.prompts.empty();
      case mcp::Ruling::tool:
      case mcp::Ruling::plumbing:
        break;
    }
    return false;
  }

  const SuggestOptions& options_;
};

Suggester::Suggestion Suggester::suggest() const {
  Writer writer(options_);
  Lines body;
  if (servers_.size() == 1) {
    body = writer.ruleset(servers_.begin()->second);
  } else if (!servers_.empty()) {
    body.emplace_back("servers:");
    for (const auto& [name, server] : servers_) {
      body.push_back("  " + yaml::quoted_text(name) + ":");
      body.emplace_back("    default: deny");
      append(body, writer.ruleset(server), 4);
    }
  }
  Suggestion& out = writer.result;
  out.allowed = allowed_;
  const auto left_out = [&out](std::uint64_t n, const std::string& why) {
    if (n > 0) out.notes.push_back(counted(n, "call") + " " + why + "; not admitted by it");
  };
  left_out(cut_, "longer than 1 MiB");
  left_out(too_long_, "with very long names, or beyond 20,000 names");
  left_out(beyond_, "to servers beyond the first hundred");
  if (!out.needed.empty()) return std::move(out);
  std::string& text = out.text;
  text = "# Suggested by intercept suggest from " + base::printable(options_.place, 400) + ": " +
         counted(decisions_, "decision") + ", " + std::to_string(allowed_) + " allowed, " + std::to_string(denied_) +
         " denied.\n";
  if (allowed_ > 0) {
    text +=
        "# Seen from " + base::rfc3339(first_) + " to " + base::rfc3339(last_) + ". It admits what was allowed then";
    text += out.notes.empty() ? " and nothing else.\n" : ", and, where noted below, more.\n";
  }
  if (servers_.size() == 1 && !servers_.begin()->first.empty()) {
    text += "# Of the server " + shown(servers_.begin()->first) + ": use it with no other.\n";
  }
  constexpr std::size_t most_notes = 200;
  for (std::size_t i = 0; i < out.notes.size() && i < most_notes; ++i) text += "# Note: " + out.notes[i] + ".\n";
  text += "version: \"1\"\ndefault: deny\n";
  for (const std::string& line : body) text.append(line).append("\n");
  if (text.size() > most_bytes) {
    out.needed.emplace_back("the policy would be larger than 7 MiB; list fewer values with --values and --generalise");
    text.clear();
  }
  return std::move(out);
}

}  // namespace trial
