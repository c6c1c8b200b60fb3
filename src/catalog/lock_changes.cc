// Tools by name, renamed ones by what they say, and of a changed one member by member.
#include "catalog/lock_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "classify/classify.h"
#include "json/writer.h"
#include "tools/digest.h"
#include "tools/sign_text.h"
#include "tools/signs.h"

namespace catalog {
namespace {

using tools::PinnedTool;

constexpr std::size_t most_shown = 2'000;  // code points of a text that is new

std::string shown(std::string_view text) { return tools::visible(text, most_shown); }

std::string canonical(json::Value v) {
  std::string out;
  json::write_canonical(out, v);
  return out;
}

// A pinned definition, ready to read.
class Definition {
 public:
  explicit Definition(const PinnedTool& tool) {
    if (!document_.read(tool.definition, json::Profile::tolerant)) return;  // it was pinned: cannot fail
  }
  json::Value root() const { return document_.root(); }
  json::Value find(std::string_view key) const { return root().find(key); }

 private:
  json::Document document_;
};

// What two tools have in common that differ in their name alone.
std::string essence(const PinnedTool& tool) {
  const Definition d(tool);
  return canonical(d.find("description")) + '\n' + canonical(d.find("inputSchema"));
}

std::string risk_of(json::Value tool) {
  const classify::Assessment a = classify::assess(tool);
  return std::string(classify::text(a.of)) + " (" + std::string(classify::text(a.severity)) + ")";
}

std::string sign_line(const tools::Sign& sign) {
  return std::string(text(sign.kind)) + " at " + sign.where + ": " + sign.reason + ": " + sign.words;
}

// One comparison of two states of a server.
class Comparer {
 public:
  Comparer(const tools::LockedServer* before, const tools::LockedServer& after)
      : before_(before),
        after_(after),
        before_names_(names_of(before)),
        after_names_(names_of(&after)),
        before_signs_(before_names_),
        after_signs_(after_names_) {}

  LockChanges run() {
    server();
    tools();
    return std::move(out_);
  }

 private:
  static std::vector<std::string_view> names_of(const tools::LockedServer* server) {
    std::vector<std::string_view> out;
    if (server != nullptr) {
      for (const PinnedTool& tool : server->tools) out.emplace_back(tool.name);
    }
    return out;
  }

  void server() {
    const auto say = [this](std::string_view what, std::string_view was, std::string_view is) {
      if (before_ == nullptr || was == is) return;
      out_.server.push_back(std::string(what) + ": " + (was.empty() ? "(none)" : shown(was)) + " -> " +
                            (is.empty() ? "(none)" : shown(is)));
    };
    if (before_ != nullptr) {
      say("name", before_->identity.name, after_.identity.name);
      say("version", before_->identity.version, after_.identity.version);
      say("revision", before_->identity.protocol, after_.identity.protocol);
    }
    const std::string was = before_ == nullptr ? "" : before_->instructions.value_or("");
    const std::string is = after_.instructions.value_or("");
    if (was == is) return;
    out_.instructions = true;
    out_.server.push_back("instructions: " + word_diff(was, is));
    std::set<std::string> known;
    for (const tools::Sign& s : tools::signs_of_instructions(was, before_signs_)) known.insert(sign_line(s));
    for (const tools::Sign& s : tools::signs_of_instructions(is, after_signs_)) {
      if (!known.contains(sign_line(s))) out_.server.push_back("sign of poisoning: " + sign_line(s));
    }
  }

  void tools() {
    std::vector<const PinnedTool*> gone, come;
    if (before_ != nullptr) {
      for (const PinnedTool& tool : before_->tools) {
        if (after_.find(tool.name) == nullptr) gone.push_back(&tool);
      }
    }
    std::map<std::string, const PinnedTool*> gone_by_essence;
    for (const PinnedTool* tool : gone) gone_by_essence.emplace(essence(*tool), tool);
    for (const PinnedTool& tool : after_.tools) {
      const PinnedTool* was = before_ == nullptr ? nullptr : before_->find(tool.name);
      if (was != nullptr && was->digest != tool.digest) changed(*was, tool, ToolChange::Kind::changed);
      if (was != nullptr) continue;
      const auto renamed = gone_by_essence.find(essence(tool));
      if (renamed == gone_by_essence.end()) {
        added(tool);
        continue;
      }
      std::erase(gone, renamed->second);
      changed(*renamed->second, tool, ToolChange::Kind::renamed);
      gone_by_essence.erase(renamed);
    }
    for (const PinnedTool* tool : gone) {
      out_.tools.push_back({ToolChange::Kind::removed, shown(tool->name), {}, {}});
    }
    std::ranges::sort(out_.tools, {}, [](const ToolChange& c) { return std::tie(c.name, c.kind); });
  }

  void added(const PinnedTool& tool) {
    ToolChange change{ToolChange::Kind::added, shown(tool.name), {}, {}};
    const Definition d(tool);
    if (const std::string_view words = d.find("description").string(); !words.empty()) {
      change.lines.push_back("description: " + shown(words));
    }
    change.lines.push_back("class: " + risk_of(d.root()));
    for (const tools::Sign& s : signs_of(d.root(), after_signs_)) {
      change.lines.push_back("sign of poisoning: " + sign_line(s));
    }
    out_.tools.push_back(std::move(change));
  }

  void changed(const PinnedTool& was, const PinnedTool& is, ToolChange::Kind kind) {
    ToolChange change{kind, shown(is.name), kind == ToolChange::Kind::renamed ? shown(was.name) : "", {}};
    const Definition before(was), after(is);
    std::set<std::string_view> members;
    for (const Definition* d : {&before, &after}) {
      for (const json::Member m : d->root().members()) members.insert(m.key);
    }
    for (const std::string_view key : members) {
      if (key != "name") member(change.lines, key, before.find(key), after.find(key));
    }
    const std::string risk_was = risk_of(before.root()), risk_is = risk_of(after.root());
    if (risk_was != risk_is) change.lines.push_back("class: " + risk_was + " -> " + risk_is);
    std::set<std::string> known;
    for (const tools::Sign& s : signs_of(before.root(), before_signs_)) known.insert(sign_line(s));
    for (const tools::Sign& s : signs_of(after.root(), after_signs_)) {
      if (!known.contains(sign_line(s))) change.lines.push_back("new sign of poisoning: " + sign_line(s));
    }
    out_.tools.push_back(std::move(change));
  }

  static void member(std::vector<std::string>& lines, std::string_view key, json::Value was, json::Value is) {
    if (was && is && canonical(was) == canonical(is)) return;
    const bool texts = (!was || was.is_string()) && (!is || is.is_string());
    if (texts) return lines.push_back(shown(key) + ": " + word_diff(was.string(), is.string()));
    const std::string_view what = key == "inputSchema" ? "arguments" : key == "outputSchema" ? "result" : key;
    schema_changes(lines, what, was, is);
  }

  const tools::LockedServer* before_;
  const tools::LockedServer& after_;
  std::vector<std::string_view> before_names_, after_names_;
  tools::SignContext before_signs_, after_signs_;
  LockChanges out_;
};

}  // namespace

LockChanges compare_locks(const tools::LockedServer* before, const tools::LockedServer& after) {
  return Comparer(before, after).run();
}

std::string text(const LockChanges& changes) {
  std::string out;
  for (const std::string& line : changes.server) out += "server  " + line + '\n';
  for (const ToolChange& tool : changes.tools) {
    constexpr std::string_view words[] = {"new tool", "tool is gone", "tool was renamed", "tool changed"};
    out.append(words[static_cast<std::size_t>(tool.kind)]).append("  ");
    if (!tool.old_name.empty()) out.append(tool.old_name).append(" -> ");
    out.append(tool.name).append("\n");
    for (const std::string& line : tool.lines) out.append("  ").append(line).append("\n");
  }
  return out;
}

}  // namespace catalog
