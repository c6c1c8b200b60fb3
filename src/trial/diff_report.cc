// See the header.
#include "trial/diff_report.h"

#include "audit/redact.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace trial {
namespace {

constexpr std::size_t most_shown = 20;  // settings in text
constexpr std::size_t longest_arguments = 160;

std::string counted(std::uint64_t n, std::string_view word) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits + " " + std::string(word) + (n == 1 ? "" : "s");
}

std::string as_text(std::string_view bytes) {
  return base::first_invalid_utf8(bytes) == std::string_view::npos ? std::string(bytes) : base::printable(bytes, 4'096);
}

// What a call names and its arguments, secrets taken out.
struct Shown {
  std::string target, arguments;
};
Shown shown(const Call& call) {
  Shown out;
  json::Document document;
  if (call.params.empty() || !document.read(call.params, json::Profile::tolerant)) return out;
  const json::Value params = document.root();
  for (const char* key : {"name", "uri"}) {
    if (out.target.empty()) out.target = audit::redact_text(params.find(key).string());
  }
  const json::Value arguments = params.find("arguments");
  if (arguments) audit::write_redacted(out.arguments, arguments, longest_arguments);
  return out;
}

void add_example(std::string& out, const Example& example) {
  const Call& call = example.call;
  const Shown s = shown(call);
  out.append("      ").append(base::printable(call.method, 60));
  if (!s.target.empty()) out.append(" ").append(base::printable(s.target, 80));
  if (!s.arguments.empty()) out.append(" ").append(base::printable(s.arguments, longest_arguments));
  out.append("   [").append(base::printable(call.origin, 120));
  if (!call.about.empty()) out.append(": ").append(base::printable(call.about, 100));
  if (!call.server.empty()) out.append(", server ").append(base::printable(call.server, 60));
  if (!call.identity.empty() && call.identity != "local") out.append(", ").append(base::printable(call.identity, 60));
  out.append("]\n");
}

void add_message(std::string& out, const char* which, const Side& side) {
  if (side.message.empty()) return;
  out.append("        ").append(which).append(": ").append(base::printable(side.message, 200)).append("\n");
}

void add_groups(std::string& out, const DiffReport& report, Difference difference, std::string_view title) {
  const std::uint64_t n = report.differ.count(difference);
  if (n == 0) return;
  out.append("\n").append(title).append(" (").append(counted(n, "call")).append(")\n");
  for (const Group* group : report.differ.groups()) {
    if (group->difference != difference) continue;
    out.append("  ").append(base::printable(group->before)).append(" -> ").append(base::printable(group->after));
    out.append("   ").append(counted(group->count, "call")).append("\n");
    for (const Example& example : group->examples) {
      add_example(out, example);
      if (&example != &group->examples.front()) continue;
      add_message(out, "old", example.before);
      add_message(out, "new", example.after);
    }
  }
}

std::string source_text(const DiffReport& report) {
  const CallSource& s = report.source;
  const std::string tried = "Tried " + counted(report.differ.tried(), "call");
  switch (s.kind) {
    case CallSource::Kind::generated: {
      std::string out = tried + ", made from the bounds of both policies (" + counted(s.bounds, "bound") + ", " +
                        counted(s.combined, "combination") + "; seed " + std::to_string(s.seed) + ").\n";
      if (s.left > 0) {
        out += counted(s.left, "more call") + " could have been made from bounds; raise --generate to try them.\n";
      }
      return out;
    }
    case CallSource::Kind::audit:
      return tried + " from the audit log " + base::printable(s.place, 4'096) + ".\n";
    case CallSource::Kind::file:
      break;
  }
  return tried + " from " + base::printable(s.place, 4'096) + ".\n";
}

void add_left_out(std::string& out, const DiffReport& report) {
  const LeftOut& l = report.source.left_out;
  const auto add = [&out](std::uint64_t n, std::string_view why) {
    if (n > 0) out.append("Left out: ").append(counted(n, "call")).append(" ").append(why).append(".\n");
  };
  add(l.without_arguments, "whose arguments are not on record; run the proxy with --log-args full to record them");
  add(l.redacted, "recorded with --log-args redacted; run the proxy with --log-args full to record them as they are");
  add(l.cut, "longer than 1 MiB");
  add(l.continuations, "that continue another (input_required)");
  add(l.unreadable, "or lines that cannot be read");
  add(l.not_calls, "that are answers");
  add(report.differ.beyond_servers(), "to servers beyond the first hundred");
  if (report.source.without_params > 0) {
    out.append("Tried without params, which the log does not keep: ");
    out.append(counted(report.source.without_params, "message")).append(" of other methods.\n");
  }
  if (report.source.tools_assumed) {
    out +=
        "A rule needs the server's list of tools: it was assumed to list every tool that is named, without a schema. "
        "Give the list with --tools.\n";
  }
}

void write_side(json::Composer& c, const char* key, const Side& side) {
  c.key(key).open().member("decision", decision_word(side.decision));
  c.key("reason").string(side.reason).key("rule").string(as_text(side.rule));
  c.key("message").string(as_text(side.message));
  if (!side.shadow.empty()) {
    c.key("shadow").open_array();
    for (const std::string& rule : side.shadow) c.string(as_text(rule));
    c.close_array();
  }
  c.close();
}

void write_example(json::Composer& c, const Example& example) {
  const Call& call = example.call;
  const Shown s = shown(call);
  c.open().key("call").string(as_text(call.origin));
  if (!call.about.empty()) c.key("about").string(as_text(call.about));
  c.key("method").string(call.method).key("target").string(s.target);
  if (!s.arguments.empty()) c.key("arguments").raw(s.arguments);
  for (const auto& [key, value] : {std::pair("server", &call.server), std::pair("identity", &call.identity),
                                   std::pair("session", &call.session)}) {
    if (!value->empty()) c.key(key).string(as_text(*value));
  }
  if (call.time) c.key("time").string(base::rfc3339(*call.time));
  c.member("old_message", as_text(example.before.message)).member("new_message", as_text(example.after.message));
  c.close();
}

void write_source(json::Composer& c, const DiffReport& report) {
  const CallSource& s = report.source;
  constexpr const char* words[] = {"generated", "audit", "file"};
  c.key("calls").open().member("source", words[static_cast<std::size_t>(s.kind)]);
  c.member("tried", report.differ.tried());
  if (s.kind == CallSource::Kind::generated) {
    c.member("seed", s.seed).member("bounds", s.bounds).member("combinations", s.combined).member("not_made", s.left);
  } else {
    c.key("place").string(as_text(s.place));
  }
  c.key("left_out").open().member("total", s.left_out.total() + report.differ.beyond_servers());
  c.member("without_arguments", s.left_out.without_arguments).member("redacted", s.left_out.redacted);
  c.member("too_long", s.left_out.cut).member("continuations", s.left_out.continuations);
  c.member("unreadable", s.left_out.unreadable).member("answers", s.left_out.not_calls);
  c.member("servers", report.differ.beyond_servers()).close();
  c.member("without_params", s.without_params).member("tools_assumed", s.tools_assumed).close();
}

}  // namespace

std::string text_report(const DiffReport& report) {
  const Differ& d = report.differ;
  std::string out = source_text(report);
  add_left_out(out, report);
  add_groups(out, report, Difference::looser, "LOOSER: could not pass before, can now");
  add_groups(out, report, Difference::stricter, "STRICTER: could pass before, cannot now");
  add_groups(out, report, Difference::other, "OTHER REFUSAL: refused by both, for another reason");
  add_groups(out, report, Difference::shadow, "ONLY RECORDED: decided alike, shadow rules differ");
  if (d.ungrouped() > 0)
    out.append("\nMore groups than are shown: ").append(counted(d.ungrouped(), "call")).append(".\n");
  if (!report.settings.empty()) out += "\nALSO CHANGED\n";
  std::size_t shown_settings = 0;
  for (const SettingChange& s : report.settings) {
    if (++shown_settings > most_shown) {
      out.append("  and ").append(std::to_string(report.settings.size() - most_shown)).append(" more\n");
      break;
    }
    out.append("  ").append(base::printable(s.what)).append(": ");
    out.append(s.before.empty() ? "not there" : s.before).append(" -> ");
    out.append(s.after.empty() ? "not there" : s.after).append(s.looser ? "  (looser)\n" : "\n");
  }
  const std::uint64_t differences = d.count(Difference::looser) + d.count(Difference::stricter) +
                                    d.count(Difference::other) + d.count(Difference::shadow);
  out += "\n";
  if (differences == 0) {
    out +=
        report.before_digest == report.after_digest ? "The files are the same.\n" : "No difference in these calls.\n";
  } else {
    out += std::to_string(d.count(Difference::looser)) + " looser, " + std::to_string(d.count(Difference::stricter)) +
           " stricter, " + std::to_string(d.count(Difference::other)) + " refused for another reason, " +
           std::to_string(d.count(Difference::shadow)) + " only recorded otherwise; " +
           std::to_string(d.count(Difference::same)) + " the same.\n";
  }
  if (report.before_digest != report.after_digest) {
    out += "What was not tried may differ: this is a comparison of calls, not a proof.\n";
  }
  return out;
}

std::string json_report(const DiffReport& report) {
  const Differ& d = report.differ;
  std::string out;
  json::Composer c(out);
  c.open().member("looser", d.count(Difference::looser)).member("stricter", d.count(Difference::stricter));
  c.member("other_refusal", d.count(Difference::other)).member("shadow", d.count(Difference::shadow));
  c.member("same", d.count(Difference::same));
  c.key("old").open().member("file", as_text(report.before_file)).member("digest", report.before_digest).close();
  c.key("new").open().member("file", as_text(report.after_file)).member("digest", report.after_digest).close();
  write_source(c, report);
  c.key("groups").open_array();
  for (const Group* group : d.groups()) {
    c.open().member("difference", difference_word(group->difference)).member("count", group->count);
    write_side(c, "old", group->examples.front().before);
    write_side(c, "new", group->examples.front().after);
    c.key("examples").open_array();
    for (const Example& example : group->examples) write_example(c, example);
    c.close_array().close();
  }
  c.close_array().member("ungrouped", d.ungrouped()).key("settings").open_array();
  for (const SettingChange& s : report.settings) {
    c.open().member("what", as_text(s.what)).member("old", as_text(s.before)).member("new", as_text(s.after));
    if (s.looser) c.member("looser", true);
    c.close();
  }
  c.close_array().member("proof", false).close();
  return out + '\n';
}

std::string json_line(const Call& call, const Side& before, const Side& after, Difference difference) {
  std::string out;
  json::Composer c(out);
  c.open().key("call").string(as_text(call.origin)).member("difference", difference_word(difference));
  write_side(c, "old", before);
  write_side(c, "new", after);
  c.close();
  return out + '\n';
}

}  // namespace trial
