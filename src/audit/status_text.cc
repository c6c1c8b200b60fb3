// The numbers of a Status, as text and as JSON.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ranges>

#include "audit/status.h"
#include "base/strings.h"
#include "json/writer.h"

namespace audit {
namespace {

std::string decimal(double value) {
  std::array<char, 32> out{};
  const int n = std::snprintf(out.data(), out.size(), "%.1f", value);
  return {out.data(), static_cast<std::size_t>(n)};
}

std::string about(std::string_view method, std::string_view kind, std::string_view target) {
  if (kind == "tool" && method == "tools/call") return base::printable(target, 80);
  return base::printable(method, 60) + (target.empty() ? "" : " " + base::printable(target, 80));
}

template <class T>
void tally_text(std::string& out, std::string_view title, const Tally<T>& tally, std::size_t n) {
  if (tally.size() == 0) return;
  out.append("\n").append(title).append("\n");
  for (const auto& item : tally.top(n)) {
    std::string count = std::to_string(item.count);
    count.insert(0, count.size() < 8 ? 8 - count.size() : 0, ' ');
    out += count + "  " + base::printable(item.name, 120) + "\n";
  }
  if (tally.others() != 0) out += "          (and " + std::to_string(tally.others()) + " of others)\n";
}

template <class T>
void tally_json(json::Composer& c, std::string_view name, const Tally<T>& tally, std::size_t n) {
  c.key(name).open_array();
  for (const auto& item : tally.top(n)) c.open().member("name", item.name).member("count", item.count).close();
  c.close_array();
}

}  // namespace

// The living ones first, then the latest.
std::vector<Tally<Status::Instance>::Item> Status::chosen() const {
  auto items = instances_.top(Tally<Instance>::most);
  std::erase_if(items, [](const auto& item) { return item.extra->is_command; });
  std::ranges::sort(items, [](const auto& a, const auto& b) {
    const bool a_lives = a.extra->life == Life::alive;
    const bool b_lives = b.extra->life == Life::alive;
    if (a_lives != b_lives) return a_lives;
    if (a.extra->last_seen != b.extra->last_seen) return a.extra->last_seen > b.extra->last_seen;
    return a.name < b.name;
  });
  return items;
}

std::string Status::text(const Style& style) const {
  std::string out;
  pauses_text(out);
  instances_text(out, style);
  totals_text(out);
  tally_text(out, "Tools by calls", tools_, shown);
  tally_text(out, "Rules by denials", rules_, shown);
  tally_text(out, "Outcomes", outcomes_, shown);
  if (shadow_.size() != 0) {
    out += "\nShadow rules: what they would have refused\n";
    for (const auto& item : shadow_.top(shown)) {
      out += "  " + std::to_string(item.count) + " × " + base::printable(item.name, 120) + "  last " +
             show_time(item.extra->time, style.time) + "  " + base::printable(item.extra->text, 120) + "  " +
             base::printable(item.extra->id, 60) + "\n";
    }
  }
  denials_text(out, style);
  if (reload_failures_ != 0) {
    out += "\n" + std::to_string(reload_failures_) + " reload(s) of a policy failed, the last " +
           show_time(last_reload_failure_.time, style.time) + " (" + base::printable(last_reload_failure_.id, 40) +
           "): " + base::printable(last_reload_failure_.text) + "\n";
  }
  if (unreadable_ != 0) out += "\n" + std::to_string(unreadable_) + " line(s) could not be read\n";
  return out;
}

void Status::pauses_text(std::string& out) const {
  for (const Pause& p : pauses_) {
    out += "PAUSED: " + (p.server == "*" ? std::string("every server") : "server " + base::printable(p.server, 200)) +
           " since " + base::printable(p.since, 40) + " by " + base::printable(p.by, 200);
    if (!p.reason.empty()) out += ": " + base::printable(p.reason, 500);
    out += "\n";
  }
  if (!pause_trouble_.empty()) {
    out += "PAUSED: everything, because nobody can say what is paused: " + base::printable(pause_trouble_) + "\n";
  }
  if (!out.empty()) out += "\n";
}

void Status::pauses_json(json::Composer& c) const {
  c.key("pauses").open_array();
  for (const Pause& p : pauses_) {
    c.open().member("server", p.server).member("since", p.since).member("by", p.by).member("reason", p.reason).close();
  }
  c.close_array();
  if (!pause_trouble_.empty()) c.member("pause_trouble", pause_trouble_);
}

void Status::instances_text(std::string& out, const Style& style) const {
  const auto items = chosen();
  const auto count = [&](Life life) {
    return std::to_string(std::ranges::count_if(items, [&](const auto& i) { return i.extra->life == life; }));
  };
  out +=
      "Instances: " + count(Life::alive) + " alive, " + count(Life::ended) + " ended, " + count(Life::dead) + " dead\n";
  for (const auto& item : items | std::views::take(shown_instances)) {
    const Instance& i = *item.extra;
    out += "  " + base::printable(item.name, 20) + "  " + std::string(life_word(i.life)) + "  " +
           base::printable(i.server, 60);
    if (i.pid != 0) out += "  pid " + std::to_string(i.pid);
    if (i.started != 0) out += "  since " + show_time(i.started, style.time);
    if (i.last_seen != 0) out += "  last " + show_time(i.last_seen, style.time);
    out += "  " + std::to_string(i.calls) + " calls, " + std::to_string(i.denied) + " denied\n";
  }
  if (items.size() > shown_instances) {
    out += "  … and " + std::to_string(items.size() - shown_instances) + " more\n";
  }
}

void Status::totals_text(std::string& out) const {
  out += "\nCalls: " + std::to_string(calls_) + ", denied " + std::to_string(denied_) + "; " + decimal(per_minute()) +
         " a minute over the last five minutes\n";
  if (asked_ != 0) {
    out += "Asked by servers: " + std::to_string(asked_) + ", denied " + std::to_string(asked_denied_) + "\n";
  }
}

void Status::denials_text(std::string& out, const Style& style) const {
  if (denials_.empty()) return;
  out += "\nLast denials\n";
  for (const Denial& d : denials_) {
    out += "  " + show_time(d.time, style.time) + "  " + base::printable(d.server, 60) + "  " +
           about(d.method, d.target_kind, d.target) + "  " + base::printable(d.message) + "  " +
           base::printable(d.id, 60) + "\n";
  }
}

std::string Status::json() const {
  std::string out;
  json::Composer c(out);
  c.open().member("time", base::rfc3339(now_)).member("entries", entries_).member("unreadable", unreadable_);
  pauses_json(c);
  totals_json(c);
  instances_json(c);
  tally_json(c, "tools", tools_, shown);
  tally_json(c, "denying_rules", rules_, shown);
  tally_json(c, "outcomes", outcomes_, shown);
  c.key("shadow").open_array();
  for (const auto& item : shadow_.top(shown)) {
    c.open().member("rule", item.name).member("count", item.count).member("last_time", base::rfc3339(item.extra->time));
    c.member("last_id", item.extra->id).member("last_message", item.extra->text).close();
  }
  c.close_array();
  denials_json(c);
  c.close();
  return out;
}

void Status::totals_json(json::Composer& c) const {
  c.member("calls", calls_).member("denied", denied_).key("calls_per_minute").raw(decimal(per_minute()));
  c.member("server_requests", asked_).member("server_requests_denied", asked_denied_);
  c.key("reloads").open().member("done", reloads_).member("failed", reload_failures_);
  if (reload_failures_ != 0) {
    c.member("last_failure", base::rfc3339(last_reload_failure_.time)).member("instance", last_reload_failure_.id);
    c.member("message", last_reload_failure_.text);
  }
  c.close();
}

void Status::instances_json(json::Composer& c) const {
  c.key("instances").open_array();
  for (const auto& item : chosen()) {
    const Instance& i = *item.extra;
    c.open().member("instance", item.name).member("state", life_word(i.life)).member("server", i.server);
    if (!i.identity.empty()) c.member("identity", i.identity);
    if (!i.policy_file.empty()) c.member("policy_file", i.policy_file);
    if (i.pid != 0) c.member("pid", i.pid);
    if (i.started != 0) c.member("started", base::rfc3339(i.started));
    if (i.last_seen != 0) c.member("last_seen", base::rfc3339(i.last_seen));
    c.member("calls", i.calls).member("denied", i.denied).close();
  }
  c.close_array();
  if (instances_.others() != 0) c.member("entries_of_other_instances", instances_.others());
}

void Status::denials_json(json::Composer& c) const {
  c.key("recent_denials").open_array();
  for (const Denial& d : denials_) {
    c.open()
        .member("time", base::rfc3339(d.time))
        .member("id", d.id)
        .member("server", d.server)
        .member("method", d.method);
    if (!d.target.empty()) c.member(d.target_kind, d.target);
    if (!d.rule.empty()) c.member("rule", d.rule);
    c.member("message", d.message).close();
  }
  c.close_array();
}

}  // namespace audit
