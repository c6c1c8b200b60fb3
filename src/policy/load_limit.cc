// Limits in all their spellings: rate_limit, spend_limit, limits, state, concurrency. All end as Limit.
// Counters' names are made of what is counted and how, never of a rule's place: editing a policy refills nothing.
#include <algorithm>
#include <map>
#include <tuple>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

using limits::WindowType;

constexpr std::string_view scope_words[] = {"session", "identity", "grant", "tool", "server", "global"};
constexpr std::string_view type_words[] = {"sliding", "calendar"};
constexpr std::string_view refund_words[] = {"undelivered", "on_error", "never"};

// Keys that every limit written as a map may have.
void read_common(Loading& l, const Node& node, WindowLength length, WindowType default_type, Limit& limit) {
  WindowType type = default_type;
  if (const Node* written = node.find("window_type"))
    if (const auto word = read_word(l, *written, "window_type", type_words))
      type = *word == 0 ? WindowType::sliding : WindowType::calendar;
  limit.window = make_window(length, type);
  if (const Node* scope = node.find("scope")) {
    constexpr Scope scopes[] = {Scope::session, Scope::identity, Scope::identity,
                                Scope::tool,    Scope::server,   Scope::global};
    if (const auto word = read_word(l, *scope, "scope", scope_words)) limit.scope = scopes[*word];
  }
  if (const Node* refund = node.find("refund")) {
    constexpr limits::Refund refunds[] = {limits::Refund::undelivered, limits::Refund::on_error, limits::Refund::never};
    if (const auto word = read_word(l, *refund, "refund", refund_words)) limit.refund = refunds[*word];
    if (limit.refund == limits::Refund::on_error)
      l.problems.warn(
          "refund-on-error", refund->position,
          "refund: on_error gives the charge back whenever the server reports an error, also after it acted",
          "a server that acts and then fails makes this limit unlimited; undelivered (the default) does not");
  }
}

const Node* need(Loading& l, const Node& node, std::string_view key, std::string_view what) {
  const Node* found = node.find(key);
  if (found == nullptr) l.error("missing-key", node.position, std::string(what) + " has no " + std::string(key));
  return found;
}

std::string rate_counter(std::int64_t seconds) { return "_rate_" + std::to_string(seconds); }

// "30/hour". Gives nothing after reporting.
std::optional<Limit> parse_rate(Loading& l, const Node& node) {
  constexpr std::string_view form = "write N/window, such as 5/hour; windows: second, minute, hour, day, week, month";
  const std::string_view text = node.text;
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    l.error("bad-rate", node.position, "rate_limit " + quoted(text) + " is not N/window", std::string(form));
    return std::nullopt;
  }
  const std::string_view count = text.substr(0, slash), window = text.substr(slash + 1);
  const bool digits =
      !count.empty() && count.size() <= 15 && count.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || count[0] == '0') {
    l.error("bad-rate", node.position,
            "rate_limit " + quoted(text) + ": the count must be a whole number of at least 1",
            count == "0" ? "to allow nothing, write action: deny" : std::string(form));
    return std::nullopt;
  }
  const auto* word = std::find(std::begin(window_words), std::end(window_words), window);
  if (word == std::end(window_words)) {
    const std::string_view near = base::nearest(window, window_words);
    l.error("bad-rate", node.position, "rate_limit " + quoted(text) + ": unknown window " + quoted(window),
            near.empty() ? std::string(form) + "; other lengths: {max: " + std::string(count) + ", window: 90}"
                         : "did you mean " + std::string(count) + "/" + std::string(near) + "?");
    return std::nullopt;
  }
  Limit limit;
  limit.position = node.position;
  limit.window =
      make_window(window_of_word(static_cast<std::size_t>(word - std::begin(window_words))), WindowType::sliding);
  limit.counter = rate_counter(limit.window.seconds);
  limit.max = base::Amount::of(std::stoll(std::string(count)));
  return limit;
}

// increment and increment_from.
void read_increment(Loading& l, const EntryScope& scope, const Node& node, Limit& limit) {
  const Node* fixed = node.find("increment");
  const Node* from = node.find("increment_from");
  if (fixed != nullptr && from != nullptr)
    l.error("contradiction", from->position, "increment and increment_from exclude each other", "keep one of them");
  if (fixed != nullptr) {
    limit.increment = read_amount(l, *fixed, "increment").value_or(base::Amount::of(1));
    if (limit.increment.is_zero()) {
      limit.increment = base::Amount::of(1);
      l.problems.warn("zero-increment", fixed->position, "increment: 0 counts 1, as the classic proxy reads it",
                      "write increment: 1");
    }
  }
  if (from != nullptr) {
    limit.amount_from = read_amount_path(l, scope, *from, "increment_from");
  }
}

}  // namespace

void read_rate_limit(Loading& l, const Node& node, Rule& rule) {
  if (node.is_text() || node.kind == Node::Kind::ambiguous) {
    if (auto limit = parse_rate(l, node)) rule.limits.push_back(std::move(*limit));
    return;
  }
  l.seen.catalogue = true;
  constexpr std::string_view keys[] = {"max", "window", "scope", "window_type", "refund"};
  if (!node.is_map())
    return wrong_type(l, node, "rate_limit", "N/window or a map", "write 30/hour, or {max: 30, window: 3600}");
  check_map(l, node, "rate_limit", keys);
  Limit limit;
  limit.position = node.position;
  limit.scope = Scope::session;
  const Node* max = need(l, node, "max", "rate_limit");
  const Node* window = need(l, node, "window", "rate_limit");
  if (max == nullptr || window == nullptr) return;
  const auto count = read_count(l, *max, "max", 1);
  const auto length = read_window(l, *window, "window");
  read_common(l, node, length.value_or(WindowLength{60, false}), WindowType::sliding, limit);
  if (!count || !length) return;
  limit.max = base::Amount::of(*count);
  limit.counter = rate_counter(limit.window.seconds);
  rule.limits.push_back(std::move(limit));
}

void read_spend_limit(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  constexpr std::string_view keys[] = {"max",           "window", "from",        "currency",
                                       "currency_from", "scope",  "window_type", "refund"};
  if (!node.is_map()) {
    const std::string max(node.is_number() ? node.text : "50.00");
    return wrong_type(l, node, "spend_limit", "a map", "write {max: " + max + ", window: day, from: args.amount}");
  }
  if (!check_map(l, node, "spend_limit", keys)) return;
  Limit limit;
  limit.kind = Limit::Kind::spend;
  limit.position = node.position;
  const Node* max = need(l, node, "max", "spend_limit");
  const Node* window = need(l, node, "window", "spend_limit");
  const Node* from = need(l, node, "from", "spend_limit");
  if (const Node* currency = node.find("currency")) limit.currency = read_text(l, *currency, "currency").value_or("");
  if (const Node* currency_from = node.find("currency_from")) {
    limit.currency_from = read_amount_path(l, scope, *currency_from, "currency_from");
    if (node.find("currency") == nullptr)
      l.error("missing-key", currency_from->position, "currency_from without currency",
              "say in which currency max is: currency: USD");
  }
  if (max == nullptr || window == nullptr || from == nullptr) return;
  limit.max = read_amount(l, *max, "max");
  const auto length = read_window(l, *window, "window");
  limit.amount_from = read_amount_path(l, scope, *from, "from");
  read_common(l, node, length.value_or(WindowLength{60, false}), WindowType::calendar, limit);
  if (!limit.max || !length || !limit.amount_from) return;
  limit.counter = "_spend_" + limit.amount_from->text() + (limit.currency.empty() ? "" : "_" + limit.currency);
  rule.limits.push_back(std::move(limit));
}

std::optional<Limit> read_hosted_limit(Loading& l, const EntryScope& scope, const Node& node) {
  constexpr std::string_view keys[] = {"counter", "window",      "max",    "increment", "increment_from",
                                       "scope",   "window_type", "refund", "on_deny",   "reason"};
  if (!check_map(l, node, "a limit", keys)) return std::nullopt;
  Limit limit;
  limit.kind = Limit::Kind::hosted;
  limit.position = node.position;
  limit.scope = Scope::identity;
  limit.on_deny = read_on_deny(l, node);
  read_increment(l, scope, node, limit);
  const Node* counter = need(l, node, "counter", "the limit");
  const Node* window = need(l, node, "window", "the limit");
  const Node* max = need(l, node, "max", "the limit");
  if (counter == nullptr || window == nullptr || max == nullptr) return std::nullopt;
  const auto name = read_text(l, *counter, "counter");
  const auto length = read_window(l, *window, "window");
  limit.max = read_amount(l, *max, "max");
  read_common(l, node, length.value_or(WindowLength{60, false}), WindowType::calendar, limit);
  if (!name || !length || !limit.max) return std::nullopt;
  limit.counter = *name;
  return limit;
}

void read_hosted_limits(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  if (!node.is_list())
    return wrong_type(l, node, "limits", "a list", "write limits: [{counter: calls, window: minute, max: 30}]");
  for (const Node* item : node.items)
    if (auto limit = read_hosted_limit(l, scope, *item)) rule.limits.push_back(std::move(*limit));
}

void read_state(Loading& l, const EntryScope& scope, const Node& node, Rule& rule) {
  constexpr std::string_view keys[] = {"counter", "window",      "increment", "increment_from",
                                       "scope",   "window_type", "refund"};
  if (!check_map(l, node, "state", keys)) return;
  Limit limit;
  limit.kind = Limit::Kind::state;
  limit.position = node.position;
  read_increment(l, scope, node, limit);
  const Node* counter = need(l, node, "counter", "state");
  const Node* window = need(l, node, "window", "state");
  if (counter == nullptr || window == nullptr) return;
  const auto name = read_text(l, *counter, "counter");
  const auto length = read_window(l, *window, "window");
  read_common(l, node, length.value_or(WindowLength{60, false}), WindowType::calendar, limit);
  if (!name || !length) return;
  limit.counter = *name;
  rule.limits.push_back(std::move(limit));
}

void read_concurrency(Loading& l, const Node& node, Rule& rule) {
  const auto count = read_count(l, node, "concurrency", 1);
  if (!count) return;
  Limit limit;
  limit.kind = Limit::Kind::concurrency;
  limit.position = node.position;
  limit.counter = "_concurrency";
  limit.window.type = WindowType::lease;
  limit.max = base::Amount::of(*count);
  rule.limits.push_back(std::move(limit));
}

void check_counters(Loading& l, const Entry& entry) {
  // State counters are read by name alone, so that one name is one counter; others are told apart by window and scope.
  using Key = std::tuple<Limit::Kind, std::string, std::int64_t, bool, int>;
  std::map<Key, const Limit*> first;
  for (const Rule& rule : entry.rules) {
    for (const Limit& limit : rule.limits) {
      if (limit.kind != Limit::Kind::state && limit.kind != Limit::Kind::hosted) continue;
      const bool by_name = limit.kind == Limit::Kind::state;
      const Key key =
          by_name ? Key(limit.kind, limit.counter, 0, false, 0)
                  : Key(limit.kind, limit.counter, limit.window.seconds, limit.window.type == WindowType::sliding,
                        limit.scope ? static_cast<int>(*limit.scope) : -1);
      const auto [found, fresh] = first.emplace(key, &limit);
      if (fresh) continue;
      const Limit& other = *found->second;
      const auto from = [](const Limit& x) { return x.amount_from ? x.amount_from->text() : std::string(); };
      if (other.window == limit.window && other.scope == limit.scope && other.increment == limit.increment &&
          from(other) == from(limit))
        continue;
      l.error("duplicate-counter", limit.position,
              "the counter " + quoted(limit.counter) + " is defined again, with another window, scope or increment",
              "the first is in line " + std::to_string(other.position.line) + "; give this one another name");
    }
  }
}

}  // namespace policy
