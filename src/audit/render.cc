// One line or many per entry.
#include "audit/render.h"

#include <array>
#include <initializer_list>

#include "base/strings.h"
#include "json/writer.h"

namespace audit {
namespace {

constexpr std::size_t word_width = 7;
constexpr std::size_t name_width = 14;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string shown(std::string_view text, std::size_t max = 200) { return base::printable(text, max); }

// SGR codes: refusals red, what went wrong yellow.
std::string_view colour_of(const Entry& e) {
  if (e.decision == "deny" || e.event == "reload_failed" || e.event == "state_lost") return "\x1b[31m";
  const bool odd = e.outcome == "error" || e.outcome == "tool_error" || e.outcome == "lost" || e.outcome == "refused";
  if (odd || e.shadow.size() != 0 || e.event == "notice" || e.event == "torn" || e.event == "found_dead")
    return "\x1b[33m";
  return {};
}

std::string_view word_of(const Entry& e) {
  if (e.is_decision() && !e.decision.empty()) return e.decision;
  if (e.is_outcome() && !e.outcome.empty()) return e.outcome;
  return e.event;
}

// Parts of a line, two spaces between; empty ones are left out.
class Parts {
 public:
  explicit Parts(std::string line) : line_(std::move(line)) {}
  void add(const std::string& part) {
    if (!part.empty()) line_.append("  ").append(part);
  }
  std::string take() { return std::move(line_); }

 private:
  std::string line_;
};

// What a message is about: its tool, resource or prompt, and the method unless the tool says it.
std::string about(std::string_view method, std::string_view kind, std::string_view target) {
  if (kind == "tool" && method == "tools/call") return shown(target, 100);
  std::string out = shown(method, 60);
  if (!target.empty()) out += " " + shown(target, 100);
  return out;
}

void add_decision(Parts& parts, const Entry& e) {
  parts.add(shown(e.server, 60));
  parts.add(about(e.method, e.target_kind, e.target));
  parts.add(shown(e.message));
  parts.add(shown(e.rule, 120));
  for (const json::Value result : e.shadow.elements()) {
    parts.add("shadow: " + shown(result.find("rule").string(), 120) + " " + shown(result.find("message").string()));
  }
  parts.add(shown(e.id, 60));
}

void add_outcome(Parts& parts, const Entry& e, const Call* call) {
  if (call != nullptr) {
    parts.add(shown(call->server, 60));
    parts.add(about(call->method, call->target_kind, call->target));
  }
  std::string numbers = show_duration(1e3 * static_cast<double>(e.number("latency_us"))) + ", " +
                        std::to_string(e.number("bytes")) + " B";
  if (const json::Value code = e.field("error_code")) numbers += ", code " + shown(code.number(), 20);
  parts.add(numbers);
  parts.add(shown(e.id, 60));
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view n : names) {
    if (n == name) return true;
  }
  return false;
}

void add_other(Parts& parts, const Entry& e) {
  parts.add(shown(e.server, 60));
  std::string rest;
  for (const json::Member m : e.root().members()) {
    if (is_one_of(m.key,
                  {"v", "time", "event", "instance", "session", "identity", "server", "command", "chain", "mac"}))
      continue;
    rest += (rest.empty() ? "" : " ") + shown(m.key, 60) + "=" + shown_value(m.value, 100);
  }
  parts.add(rest);
  parts.add(shown(e.instance, 40));
}

}  // namespace

std::string shown_value(json::Value value, std::size_t max) {
  if (value.is_string()) return shown(value.string(), max);
  std::string text;
  json::write(text, value);
  return shown(text, max);
}

std::string render_line(const Entry& entry, const Call* call, const Style& style) {
  std::string line = entry.time != 0 ? show_time(entry.time, style.time) : shown(entry.time_text, 40);
  const std::string_view colour = style.colour ? colour_of(entry) : std::string_view();
  line.append("  ").append(colour).append(padded(shown(word_of(entry), 40), word_width));
  if (!colour.empty()) line += "\x1b[0m";
  Parts parts(std::move(line));
  if (entry.is_decision()) {
    add_decision(parts, entry);
  } else if (entry.is_outcome()) {
    add_outcome(parts, entry, call);
  } else {
    add_other(parts, entry);
  }
  return parts.take();
}

std::string render_unreadable(std::string_view line, std::string_view why, const Style& style) {
  std::string out = style.colour ? "\x1b[33munreadable\x1b[0m  " : "unreadable  ";
  return out + shown(why) + ": " + shown(line, 60);
}

std::string render_detail(const Entry& entry, const Style& style) {
  std::string out;
  const auto field = [&](std::string_view name, const std::string& value) {
    out += padded(shown(name, 60), name_width) + "  " + value + "\n";
  };
  for (const json::Member m : entry.root().members()) {
    if (m.key == "time" && entry.time != 0) {
      field(m.key, show_time(entry.time, style.time) +
                       (style.time.offset ? " (" + shown(entry.time_text, 40) + ")" : std::string()));
    } else if (m.value.is_array() && m.value.at(0).is_object()) {
      std::string_view name = m.key;
      for (const json::Value element : m.value.elements()) {
        field(name, shown_value(element, 4'000));
        name = "";
      }
    } else {
      field(m.key, shown_value(m.value, 4'000));
    }
  }
  if (entry.is_cut) field("(cut)", "the line is longer than 1 MiB; only its beginning is shown");
  return out;
}

}  // namespace audit
