// The top level of a policy.
#include <algorithm>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view mode_words[] = {"enforce", "shadow"};
constexpr std::string_view hidden_words[] = {"say", "unknown"};

void read_version(Loading& l, const Node& node) {
  if ((node.is_text() || node.is_number()) && node.text == "1") return;
  const std::string found = node.is_text() || node.is_number() ? quoted(node.text) : kind_word(node);
  l.error("bad-version", node.position, "version must be \"1\", not " + found);
}

void read_webhook(Loading& l, const Node& node) {
  const Node* url = &node;
  if (node.is_map()) {
    constexpr std::string_view keys[] = {"url"};
    check_map(l, node, "webhook", keys);
    url = node.find("url");
    if (url == nullptr) return l.error("missing-key", node.position, "webhook has no url");
  }
  const auto text = read_text(l, *url, "the webhook's url");
  if (text && !text->starts_with("https://") && !text->starts_with("http://"))
    l.error("bad-value", url->position, "the webhook's url must begin with https:// or http://");
}

// Checked, so that a file does not break when approvals come; nothing of it is used yet.
void read_approvals(Loading& l, const Node& node) {
  constexpr std::string_view keys[] = {"timeout", "dedupe_window", "max_pending", "hold", "notify"};
  if (!check_map(l, node, "approvals", keys)) return;
  for (const std::string_view key : {"timeout", "dedupe_window", "hold"})
    if (const Node* value = node.find(key)) read_seconds(l, *value, key);
  if (const Node* pending = node.find("max_pending")) read_count(l, *pending, "max_pending", 1);
  if (const Node* notify = node.find("notify")) {
    constexpr std::string_view notify_keys[] = {"webhook"};
    if (check_map(l, *notify, "notify", notify_keys))
      if (const Node* webhook = notify->find("webhook")) read_webhook(l, *webhook);
  }
}

void read_lock(Loading& l, const Node& node, Policy& policy) {
  constexpr std::string_view keys[] = {"file", "on_change", "on_new"};
  constexpr std::string_view change_words[] = {"deny", "warn"};
  constexpr std::string_view new_words[] = {"deny", "warn", "allow"};
  LockSettings lock;
  lock.position = node.position;
  const Node* file = &node;
  if (node.is_map()) {
    check_map(l, node, "lock", keys);
    file = node.find("file");
    if (file == nullptr) return l.error("missing-key", node.position, "lock has no file", "write file: intercept.lock");
    if (const Node* word = node.find("on_change"))
      if (const auto found = read_word(l, *word, "on_change", change_words))
        lock.on_change = static_cast<LockSettings::OnChange>(*found);
    if (const Node* word = node.find("on_new"))
      if (const auto found = read_word(l, *word, "on_new", new_words))
        lock.on_new = static_cast<LockSettings::OnNew>(*found);
  } else if (node.is_list() || node.kind == Node::Kind::null) {
    return wrong_type(l, node, "lock", "a file's name, or a map with file, on_change and on_new",
                      "write lock: intercept.lock");
  }
  const auto name = read_text(l, *file, "the name of the lock file");
  if (!name) return;
  lock.file = *name;
  policy.lock = std::move(lock);
}

void read_servers(Loading& l, const Node& node, Policy& policy) {
  if (!node.is_map()) return wrong_type(l, node, "servers", "a map from names to rules");
  for (const NodeMember& m : node.members) {
    if (m.key.empty()) l.error("empty-text", m.position, "the name of a server is empty");
    ServerRules server;
    server.name = m.key;
    server.position = m.position;
    if (!check_map(l, *m.value, "the rules of a server", ruleset_keys)) continue;
    read_silences(l, *m.value, 1, m.position);
    read_ruleset(l, *m.value, server.rules);
    policy.servers.push_back(std::move(server));
  }
}

// Unknown keys of the top level. A tool that stands beside `tools` has lost its indentation.
void check_top_keys(Loading& l, const Node& root) {
  const bool pasted = root.find("rules") != nullptr;
  for (const NodeMember& m : root.members) {
    if (std::find(std::begin(policy_keys), std::end(policy_keys), m.key) != std::end(policy_keys)) continue;
    const bool entry = m.value->is_map() && (m.value->find("rules") != nullptr || m.value->find("require") != nullptr ||
                                             m.value->find("deny_if") != nullptr);
    if (m.key == "rules") {
      l.error("lost-indentation", m.position, "rules stands at the top level: the indentation of this page was lost",
              "a policy is tools:, then the tool's name indented by two spaces, then rules: indented by four");
    } else if (entry) {
      l.error("lost-indentation", m.position, quoted(m.key) + " stands at the top level and has rules",
              "if it is a tool, indent it under tools:");
    } else if (pasted) {
      l.error("lost-indentation", m.position, quoted(m.key) + " stands at the top level beside rules");
    } else {
      l.error("unknown-key", m.position, "unknown key " + quoted(m.key) + " at the top level",
              key_hint(l, m.key, policy_keys));
    }
  }
}

}  // namespace

void read_policy(Loading& l, const Node& root, Policy& policy) {
  if (!root.is_map()) {
    return l.error("wrong-type", root.position,
                   "a policy is a map with keys such as version, default and tools, not " + kind_word(root),
                   "the smallest policy is:\nversion: \"1\"\ndefault: allow");
  }
  check_top_keys(l, root);
  if (const Node* version = root.find("version")) read_version(l, *version);
  if (const Node* text = root.find("description"))
    if (!(text->is_text() && text->text.empty())) policy.description = read_text(l, *text, "description").value_or("");
  if (const Node* mode = root.find("mode"))
    if (const auto word = read_word(l, *mode, "mode", mode_words))
      policy.mode = *word == 0 ? Mode::enforce : Mode::shadow;
  if (const Node* hidden = root.find("on_hidden"))
    if (const auto word = read_word(l, *hidden, "on_hidden", hidden_words))
      policy.on_hidden = *word == 0 ? OnHidden::say : OnHidden::unknown;
  read_silences(l, root, 0, {});
  read_ruleset(l, root, policy.rules);
  if (const Node* all = root.find("all_tools")) read_all_tools(l, *all, policy.rules);
  if (const Node* approvals = root.find("approvals")) {
    policy.has_approvals_block = true;
    read_approvals(l, *approvals);
  }
  if (const Node* lock = root.find("lock")) read_lock(l, *lock, policy);
  if (const Node* servers = root.find("servers")) read_servers(l, *servers, policy);
  if (l.seen.catalogue + l.seen.classic + l.seen.hosted > 1)
    policy.family = 'M';
  else if (l.seen.hosted)
    policy.family = 'C';
  else if (l.seen.classic || root.find("version") != nullptr)
    policy.family = 'B';
  else
    policy.family = 'A';
}

}  // namespace policy
