// See the header. The two readers end in the same Call.
#include "trial/calls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/redact.h"
#include "audit/time_text.h"
#include "base/strings.h"
#include "json/writer.h"
#include "mcp/methods.h"

namespace trial {
namespace {

constexpr std::string_view cut_mark = "…";
constexpr std::string_view line_form = R"({"tool": "NAME", "arguments": {…}})";

// Something in it was replaced or cut when it was recorded.
bool looks_redacted(json::Value value) {
  if (value.is_string()) {
    const std::string_view text = value.string();
    return text.find(audit::redacted_mark) != std::string_view::npos || text.ends_with(cut_mark);
  }
  for (const json::Value item : value.elements()) {
    if (looks_redacted(item)) return true;
  }
  for (const json::Member member : value.members()) {
    if (looks_redacted(member.value)) return true;
  }
  return false;
}

Answered answered(std::string_view outcome) {
  if (outcome == "tool_error") return Answered::tool_error;
  if (outcome == "error" || outcome == "refused") return Answered::error;
  if (outcome == "lost" || outcome == "cancelled" || outcome == "undelivered") return Answered::nothing;
  return Answered::result;
}

// The params of what a decision names; "" where the log says nothing of them.
std::string recorded_params(const audit::Entry& entry, const mcp::Method* method) {
  std::string out;
  json::Composer c(out);
  const mcp::Ruling ruling = method == nullptr ? mcp::Ruling::plumbing : method->ruling;
  if (ruling == mcp::Ruling::tool || ruling == mcp::Ruling::prompt) {
    c.open().member("name", entry.target);
    if (entry.arguments) c.key("arguments").value(entry.arguments);
    c.close();
  } else if (ruling == mcp::Ruling::resource) {
    c.open().member("uri", entry.target).close();
  } else if (ruling == mcp::Ruling::completion) {
    const bool prompt = entry.target_kind == "prompt";
    c.open().key("ref").open().member("type", prompt ? "ref/prompt" : "ref/resource");
    c.member(prompt ? "name" : "uri", entry.target).close();
    c.key("argument").open().member("name", "").member("value", "").close().close();
  } else if (ruling == mcp::Ruling::listen) {
    c.open().key("notifications").open();
    if (!entry.target.empty()) c.key("resourceSubscriptions").open_array().string(entry.target).close_array();
    c.close().close();
  }
  return out;
}

}  // namespace

std::optional<Answered> find_answered(std::string_view word) {
  if (word == "result") return Answered::result;
  if (word == "tool_error") return Answered::tool_error;
  if (word == "error") return Answered::error;
  if (word == "none") return Answered::nothing;
  return std::nullopt;
}

void KeptArguments::see(const audit::Entry& entry) {
  if (entry.event == "start" && started_.size() < most) {
    started_[std::string(entry.instance)] = {std::string(entry.text("log_args")), std::string(entry.session)};
  } else if (entry.event == "shutdown") {
    started_.erase(std::string(entry.instance));
  }
}

std::string KeptArguments::session_of(std::string_view instance) const {
  const auto known = started_.find(std::string(instance));
  return known == started_.end() ? std::string() : known->second.session;
}

Kept KeptArguments::of(const audit::Entry& decision) const {
  if (decision.is_cut) return Kept::cut;
  const auto known = started_.find(std::string(decision.instance));
  const std::string_view word = known == started_.end() ? std::string_view() : std::string_view(known->second.log_args);
  if (decision.arguments) {
    return word == "redacted" || (word != "full" && looks_redacted(decision.arguments)) ? Kept::redacted : Kept::full;
  }
  if (decision.field("args_keys")) return Kept::keys;
  if (word == "none") return Kept::nothing;
  return Kept::full;  // there were no arguments
}

bool RecordedCalls::see(const audit::Entry& entry) {
  if (entry.event == "shutdown") {
    if (const std::string session = kept_.session_of(entry.instance); !session.empty()) sink_.session_ends(session);
  }
  if (entry.event == "session_end") sink_.session_ends(entry.session);
  kept_.see(entry);
  if (entry.is_decision()) return decision(entry);
  if (entry.is_outcome()) {
    if (const auto it = open_.find(std::string(entry.id)); it != open_.end()) {
      sink_.answer(entry.id, answered(entry.outcome), entry.time);
      open_.erase(it);
    }
  }
  return true;
}

void RecordedCalls::keep_open(std::string_view id) {
  open_.emplace(id);
  order_.emplace_back(id);
  if (order_.size() <= most_open) return;
  open_.erase(order_.front());
  order_.pop_front();
}

bool RecordedCalls::decision(const audit::Entry& entry) {
  if (!entry.continues.empty()) return ++left_out_.continuations, true;
  const mcp::Method* method = mcp::find_method(entry.method);
  const bool has_arguments =
      method != nullptr && (method->ruling == mcp::Ruling::tool || method->ruling == mcp::Ruling::prompt);
  if (has_arguments) {
    const Kept kept = kept_.of(entry);
    if (kept == Kept::cut) return ++left_out_.cut, true;
    if (kept == Kept::redacted) return ++left_out_.redacted, true;
    if (kept != Kept::full) return ++left_out_.without_arguments, true;
  }
  Call call;
  call.method = entry.method;
  call.params = recorded_params(entry, method);
  if (call.params.empty()) ++without_params_;
  call.from_server = entry.direction == "server";
  call.notification = entry.request_id.empty();
  if (entry.time != 0) call.time = entry.time;
  call.server = entry.server;
  call.identity = entry.identity;
  call.session = entry.session;
  call.client_name = entry.client_name;
  call.origin = entry.id;
  call.answered_later = entry.decision == "allow" && !call.notification && !call.from_server;
  if (call.answered_later) keep_open(entry.id);
  return sink_.call(call);
}

// --- from a file ---

std::unexpected<base::Error> WrittenCalls::wrong(const std::string& what) const {
  return base::fail(base::printable(file_, 4096) + ":" + std::to_string(number_) + ": " + what);
}

base::Result<bool> WrittenCalls::see(std::string_view line) {
  ++number_;
  line = base::trimmed(line);
  if (line.empty()) return true;
  if (const auto read = document_.read(line, json::Profile::strict); !read) {
    return wrong("not JSON: " + read.error().message + "; a line is one call: " + std::string(line_form));
  }
  if (!document_.root().is_object()) {
    return wrong("not an object; a line is one call: " + std::string(line_form));
  }
  return take(document_.root());
}

// Members that say how a call came, not what it is.
base::Result<void> WrittenCalls::take_side(const json::Member& member, Call& call, bool& is_side) const {
  const std::array<std::pair<std::string_view, std::string*>, 4> texts = {{{"identity", &call.identity},
                                                                           {"session", &call.session},
                                                                           {"server", &call.server},
                                                                           {"client_name", &call.client_name}}};
  is_side = true;
  const std::string key(member.key);
  for (const auto& [name, place] : texts) {
    if (member.key != name) continue;
    if (!member.value.is_string()) return wrong("\"" + key + "\" is a text");
    *place = member.value.string();
    return {};
  }
  if (member.key == "time") {
    call.time = audit::parse_rfc3339(member.value.string());
    if (!call.time) return wrong("\"time\" is RFC 3339 with a zone: 2026-11-22T10:00:00Z");
  } else if (member.key == "answer") {
    const auto word = find_answered(member.value.string());
    if (!word) return wrong("\"answer\" is result, tool_error, error or none");
    call.answer = *word;
  } else if (member.key == "from") {
    if (member.value.string() != "client" && member.value.string() != "server") {
      return wrong("\"from\" is client or server");
    }
    call.from_server = member.value.string() == "server";
  } else {
    is_side = false;
  }
  return {};
}

// What is called. Members that are no part of it are kept: they are params.
base::Result<void> WrittenCalls::take_subject(json::Value root, Call& call) const {
  if (const json::Value method = root.find("method")) {
    if (!method.is_string()) return wrong("\"method\" is a text");
    call.method = method.string();
    if (const json::Value params = root.find("params")) json::write(call.params, params);
    call.notification = root.find("jsonrpc") && !root.find("id");
    return {};
  }
  constexpr std::array<std::array<const char*, 3>, 4> kinds = {{{"tool", "tools/call", "name"},
                                                                {"name", "tools/call", "name"},
                                                                {"prompt", "prompts/get", "name"},
                                                                {"resource", "resources/read", "uri"}}};
  const auto* const kind = std::ranges::find_if(kinds, [&](const auto& k) { return root.find(k[0]).is_string(); });
  if (kind == kinds.end()) {
    return wrong("it names no \"tool\", \"prompt\", \"resource\" or \"method\"; a line is one call: " +
                 std::string(line_form));
  }
  call.method = (*kind)[1];
  json::Composer c(call.params);
  c.open().member((*kind)[2], root.find((*kind)[0]).string());
  for (const json::Member member : root.members()) {
    Call ignored;
    bool is_side = false;
    static_cast<void>(take_side(member, ignored, is_side));
    if (!is_side && member.key != (*kind)[0]) c.key(member.key).value(member.value);
  }
  c.close();
  return {};
}

base::Result<bool> WrittenCalls::take(json::Value root) {
  if (!root.find("method") && (root.find("result") || root.find("error")) && root.find("jsonrpc")) {
    return ++left_out_.not_calls, true;
  }
  Call call;
  call.origin = file_ + ":" + std::to_string(number_);
  for (const json::Member member : root.members()) {
    bool is_side = false;
    if (auto taken = take_side(member, call, is_side); !taken) return std::unexpected(taken.error());
  }
  if (auto taken = take_subject(root, call); !taken) return std::unexpected(taken.error());
  return sink_.call(call);
}

}  // namespace trial
