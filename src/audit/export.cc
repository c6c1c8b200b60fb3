// CEF:0|Intercept|intercept|<version>|<signature>|<name>|<severity>|<extension>
// In the header `\` and `|` are escaped, in the extension `\`, `=` and line ends; control characters are made visible
// before that, so that no value can begin another line or field.
#include "audit/export.h"

#include <span>

#include "audit/render.h"
#include "base/strings.h"

namespace audit {
namespace {

constexpr std::size_t longest = 4'000;  // bytes of a value

void append_escaped(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

// Line ends of a value are written as CEF has them: \n and \r.
void append_value(std::string& out, std::string_view text) {
  text = text.substr(0, longest);
  for (;;) {
    const std::size_t end = text.find_first_of("\r\n");
    append_escaped(out, base::printable(text.substr(0, end), longest), "=");
    if (end == std::string_view::npos) return;
    out += text[end] == '\n' ? "\\n" : "\\r";
    text.remove_prefix(end + 1);
  }
}

void field(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (!out.empty()) out += ' ';
  out.append(key).append("=");
  append_value(out, value);
}

void labelled(std::string& out, std::string_view key, std::string_view label, std::string_view value) {
  if (value.empty()) return;
  field(out, key, value);
  field(out, std::string(key) + "Label", label);
}

// What an event is called, and how much it matters (0 to 10).
struct Kind {
  std::string_view word, name;
  int severity;
};
constexpr Kind denials[] = {
    {"wire", "Ambiguous message refused", 8},
    {"hidden", "Call of a hidden tool refused", 7},
    {"limit", "Limit reached", 5},
    {"state", "Counter store unusable", 7},
    {"approval", "Approval needed", 5},
    {"idempotency", "Repeated call refused", 4},
};
constexpr Kind events[] = {
    {"start", "Session started", 1},
    {"session_end", "Session of a listener ended", 1},
    {"shutdown", "Session ended", 1},
    {"notice", "Notice", 4},
    {"reload", "Policy reloaded", 3},
    {"reload_failed", "Policy reload failed", 7},
    {"pause", "Calls paused", 5},
    {"resume", "Calls resumed", 5},
    {"limits_reset", "Limits reset", 5},
    {"state_lost", "Counters lost", 8},
    {"found_dead", "Instance found dead", 6},
    {"retention", "Old logs removed", 3},
    {"torn", "Failed write in the log", 6},
    {"file", "Log file begun", 0},
    {"file_end", "Log file finished", 0},
};

Kind find_kind(std::span<const Kind> kinds, std::string_view word, Kind otherwise) {
  for (const Kind& k : kinds) {
    if (k.word == word) return k;
  }
  return otherwise;
}

Kind kind_of(const Entry& e) {
  if (e.is_decision()) {
    if (e.decision == "deny") return find_kind(denials, e.reason, {"", "Call refused by policy", 6});
    if (e.decision == "replay") return {"", "Call answered with an earlier result", 2};
    return {"", e.shadow.size() != 0 ? "Call allowed, refused by a shadow rule" : "Call allowed",
            e.shadow.size() != 0 ? 3 : 1};
  }
  if (e.is_outcome()) {
    const bool failed =
        e.outcome != "result" && e.outcome != "replayed" && e.outcome != "input_required" && e.outcome != "task";
    return {"", failed ? "Call failed" : "Call answered", failed ? 3 : 1};
  }
  return find_kind(events, e.event, {"", "Event", 3});
}

// decision:deny:limit, outcome:error, notice:server_noise, reload
std::string signature(const Entry& e) {
  std::string out(e.event);
  for (const std::string_view part : {e.decision, e.is_decision() ? e.reason : std::string_view(), e.outcome, e.what}) {
    if (!part.empty()) out.append(":").append(part);
  }
  return base::printable(out, 100);
}

void extension(std::string& out, const Entry& e, const Call* call) {
  const auto or_calls = [&](std::string_view own, std::string Call::* of_call) -> std::string_view {
    return own.empty() && call != nullptr ? std::string_view(call->*of_call) : own;
  };
  if (e.time != 0) field(out, "rt", std::to_string(e.time / 1'000'000));
  field(out, "externalId", e.id);
  field(out, "act", e.decision);
  field(out, "outcome", e.outcome);
  field(out, "reason", e.is_decision() ? e.reason : e.text("reason"));
  field(out, "suser", or_calls(e.identity, &Call::identity));
  field(out, "dhost", or_calls(e.server, &Call::server));
  field(out, "requestMethod", or_calls(e.method, &Call::method));
  field(out, "requestClientApplication", e.client_name);
  field(out, "msg", !e.message.empty() ? e.message : !e.detail.empty() ? e.detail : e.note);
  field(out, "dvcpid", e.field("pid").number());
  field(out, "out", e.is_outcome() ? e.field("bytes").number() : std::string_view());
  labelled(out, "cs1", "rule", or_calls(e.rule, &Call::rule));
  const std::string_view kind = or_calls(e.target_kind, &Call::target_kind);
  labelled(out, "cs2", kind, or_calls(e.target, &Call::target));
  labelled(out, "cs3", "session", or_calls(e.session, &Call::session));
  labelled(out, "cs4", "instance", e.instance);
  labelled(out, "cs5", "policyDigest", e.policy_digest);
  labelled(out, "cs6", "argsHash", e.text("args_hash"));
  labelled(out, "cn1", "latencyMicroseconds", e.field("latency_us").number());
  labelled(out, "cn2", "errorCode", e.field("error_code").number());
}

}  // namespace

void append_cef(std::string& out, const Entry& entry, const Call* call, std::string_view version) {
  const Kind kind = kind_of(entry);
  std::string line = "CEF:0|Intercept|intercept|";
  append_escaped(line, version, "|");
  line += '|';
  append_escaped(line, signature(entry), "|");
  line += '|';
  append_escaped(line, kind.name, "|");
  line.append("|").append(std::to_string(kind.severity)).append("|");
  std::string fields;
  extension(fields, entry, call);
  out.append(line).append(fields).append("\n");
}

}  // namespace audit
