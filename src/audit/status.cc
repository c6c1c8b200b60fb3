// Counting. What is shown of it is in status_text.cc.
#include "audit/status.h"

#include <algorithm>

namespace audit {

namespace {

// Of a text in a log that anybody may have written.
std::string kept(std::string_view text) { return std::string(text.substr(0, 512)); }

}  // namespace

std::string_view life_word(Life life) {
  switch (life) {
    case Life::unknown:
      return "unknown";
    case Life::alive:
      return "alive";
    case Life::ended:
      return "ended";
    case Life::dead:
      return "dead";
  }
  return "";
}

void Status::set_life(std::string_view instance, Life life, std::string_view server, std::int64_t pid,
                      std::int64_t started) {
  Instance* place = instances_.count(instance);
  if (place == nullptr) return;
  place->life = life;
  if (place->server.empty()) place->server = kept(server);
  if (place->pid == 0) place->pid = pid;
  if (place->started == 0) place->started = started;
}

void Status::add(const Entry& entry) {
  ++entries_;
  if (entry.event == "shutdown") return add_end(entry.instance, Life::ended, entry.time);
  if (entry.event == "found_dead") {
    add_end(entry.text("dead"), Life::dead, 0);
    return add_end(entry.instance, Life::unknown, entry.time);
  }
  Instance* instance = entry.instance.empty() ? nullptr : instances_.count(entry.instance);
  if (instance != nullptr) {
    instance->last_seen = std::max(instance->last_seen, entry.time);
    if (!entry.server.empty() && instance->server.empty()) instance->server = kept(entry.server);
    if (!entry.identity.empty() && instance->identity.empty()) instance->identity = kept(entry.identity);
  }
  if (entry.is_decision()) return add_decision(entry, instance);
  if (entry.is_outcome()) return void(outcomes_.count(entry.outcome));
  if (entry.event == "start" && instance != nullptr) {
    instance->pid = entry.number("pid");
    instance->started = entry.time;
    instance->is_command = entry.text("transport") == "command";
    instance->policy_file = kept(entry.text("policy_file"));
  } else if (entry.event == "reload") {
    ++reloads_;
  } else if (entry.event == "reload_failed") {
    ++reload_failures_;
    const std::string_view why = !entry.message.empty() ? entry.message : entry.detail;
    last_reload_failure_ = {entry.time, kept(entry.instance), kept(why)};
  }
}

// Of an instance that was seen before; its end says nothing of its server.
void Status::add_end(std::string_view name, Life life, std::int64_t time) {
  Instance* instance = instances_.find(name);
  if (instance == nullptr) return;
  instance->last_seen = std::max(instance->last_seen, time);
  if (instance->life == Life::unknown) instance->life = life;
}

void Status::add_decision(const Entry& entry, Instance* instance) {
  const bool denied = entry.decision == "deny";
  if (entry.direction == "server") {
    ++asked_;
    asked_denied_ += denied;
  } else {
    ++calls_;
    denied_ += denied;
    recent_calls_ += entry.time > now_ - window && entry.time <= now_;
    if (instance != nullptr) ++instance->calls, instance->denied += denied;
  }
  if (entry.target_kind == "tool") tools_.count(entry.target);
  if (denied) {
    rules_.count(entry.rule.empty() ? "(" + kept(entry.reason) + ")" : kept(entry.rule));
    denials_.push_back({entry.time, kept(entry.id), kept(entry.server), kept(entry.method), kept(entry.target_kind),
                        kept(entry.target), kept(entry.rule), kept(entry.message)});
    if (denials_.size() > recent) denials_.pop_front();
  }
  add_shadow(entry);
}

void Status::add_shadow(const Entry& entry) {
  for (const json::Value result : entry.shadow.elements()) {
    if (Last* last = shadow_.count(result.find("rule").string()); last != nullptr) {
      *last = {entry.time, kept(entry.id), kept(result.find("message").string())};
    }
  }
}

}  // namespace audit
