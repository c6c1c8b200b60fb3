// Lines are put together by hand: a constant head per event, then ,"field":value for each field that says something
// (line.h keeps them safe). What must stay true: a digest of arguments is keyed. Without a key there is none: a bare
// hash of "yes" tells everybody what it was.
#include "audit/record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/line.h"
#include "audit/redact.h"
#include "base/append.h"
#include "base/strings.h"
#include "json/writer.h"

namespace audit {
namespace {

constexpr std::size_t max_keys = 100;   // names in args_keys
constexpr std::size_t max_items = 100;  // charges and shadow results of one line
constexpr std::size_t hash_bytes = 16;
constexpr std::size_t scratch_kept = 64 << 10;

void ended(Line& line, const Shutdown& s) {
  line.text("reason", s.reason);
  if (s.exit_status) line.number("exit_status", *s.exit_status);
  line.number("calls", static_cast<std::int64_t>(s.calls));
  line.number("denied", static_cast<std::int64_t>(s.denied));
}

// What the recorders of a process have in common.
struct Shared {
  const base::Clock& clock;
  LogArgs log_args;
  std::string server;
  std::string instance;  // ,"instance":"…"
  std::optional<base::HmacSha256> keyed = {};
  std::function<base::Result<std::string>()> key_source = {};
  std::string scratch = {};
  std::vector<std::string_view> names = {};  // of the last line's arguments: they may be gone
  Memos memos = {};
  std::int64_t second = -1;  // what `stamp` is the text of
  std::string stamp = {};    // 2026-11-22T10:00:00
};

}  // namespace

std::optional<LogArgs> find_log_args(std::string_view word) {
  if (word == "none") return LogArgs::none;
  if (word == "hash") return LogArgs::hash;
  if (word == "redacted") return LogArgs::redacted;
  if (word == "full") return LogArgs::full;
  return std::nullopt;
}

struct Recorder::Impl {
  std::shared_ptr<Shared> shared;
  std::string context;  // ,"session":…,"identity":…,"server":…

  Impl(std::shared_ptr<Shared> s, std::string_view session, std::string_view identity) : shared(std::move(s)) {
    // The session's name is ours, not the client's; it is what ties lines together, so it is never redacted.
    context = field_of("session", session) + field_of("identity", recordable(identity)) +
              field_of("server", recordable(shared->server));
  }

  static std::string field_of(std::string_view name, std::string_view value) {
    std::string out;
    if (value.empty()) return out;
    out.append(",\"").append(name).append("\":");
    json::write_string(out, value);
    return out;
  }

  void head(std::string& out, std::string_view event) {
    static_assert(schema_version == 1);
    out += R"({"v":1,"time":")";
    append_time(out);
    base::append(out, R"(","event":")", event, "\"", shared->instance);
  }

  // The date and time of a second are worked out once.
  void append_time(std::string& out) {
    constexpr std::size_t to_seconds = 19;
    Shared& s = *shared;
    const std::int64_t now = s.clock.wall().time_since_epoch().count();
    const std::int64_t whole_seconds = now / 1'000'000'000;
    if (now < 0 || whole_seconds != s.second) {
      s.stamp.clear();
      base::append_rfc3339(s.stamp, now);
      s.stamp.resize(to_seconds);
      s.second = whole_seconds;
    }
    const auto ms = static_cast<unsigned>(now % 1'000'000'000 / 1'000'000);
    const std::array<char, 5> tail = {'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                                      static_cast<char>('0' + ms % 10), 'Z'};
    base::append(out, s.stamp, std::string_view(tail.data(), tail.size()));
  }

  void arguments(Line& line, const Decision& d) {
    Shared& s = *shared;
    if (!d.arguments || s.log_args == LogArgs::none) return;
    if (!s.keyed && s.key_source) {
      if (const auto key = std::exchange(s.key_source, nullptr)()) s.keyed.emplace(*key);
    }
    if (s.keyed) {
      s.scratch.clear();
      json::write_canonical(s.scratch, d.arguments);
      line.field("args_hash");
      line.out() += '"';
      base::append_hex(line.out(), (*s.keyed)(s.scratch), hash_bytes);
      line.out() += '"';
      if (s.scratch.capacity() > scratch_kept) std::string().swap(s.scratch);
    }
    if (s.log_args == LogArgs::hash) return keys(line, d.arguments, s.names);
    line.field("args");
    if (s.log_args == LogArgs::redacted) {
      write_redacted(line.out(), d.arguments);
    } else if (d.arguments_text.empty()) {
      json::write(line.out(), d.arguments);
    } else {
      line.out() += d.arguments_text;
    }
  }

  // Sorted top-level names; of very many the first hundred, and how many there are.
  static void keys(Line& line, json::Value arguments, std::vector<std::string_view>& names) {
    if (!arguments.is_object()) return;
    const auto smaller = [](std::string_view a, std::string_view b) { return a < b; };
    names.clear();
    std::size_t count = 0;
    for (const json::Member member : arguments.members()) {  // a heap of the smallest: memory stays bounded
      ++count;
      names.push_back(member.key);
      std::push_heap(names.begin(), names.end(), smaller);
      if (names.size() <= max_keys) continue;
      std::pop_heap(names.begin(), names.end(), smaller);
      names.pop_back();
    }
    std::sort_heap(names.begin(), names.end(), smaller);
    line.field("args_keys");
    char before = '[';
    for (const std::string_view name : names) {
      line.out() += before;
      before = ',';
      line.out() += line.key(name);
    }
    line.out() += before == '[' ? "[]" : "]";
    if (count > max_keys) line.number("args_keys_total", static_cast<std::int64_t>(count));
  }

  static void charges(Line& line, std::span<const Charged> charged) {
    if (charged.empty()) return;
    line.field("charged");
    char before = '[';
    for (const Charged& c : charged.first(std::min(charged.size(), max_items))) {
      line.out() += before;
      before = ',';
      line.out() += R"({"counter":)";
      line.out() += line.counter(c.key);
      line.word("amount", c.amount.text());
      if (c.max) line.word("max", c.max->text());
      line.out() += '}';
    }
    line.out() += ']';
    if (charged.size() > max_items) line.number("charged_total", static_cast<std::int64_t>(charged.size()));
  }

  static void limit(Line& line, const RefusedLimit& l) {
    line.field("limit");
    line.out() += R"({"counter":)";
    line.out() += line.counter(l.key);
    line.word("held", l.held.text());
    line.word("amount", l.amount.text());
    if (l.max) line.word("max", l.max->text());
    if (l.retry_after_ms) line.number("retry_after_ms", *l.retry_after_ms);
    line.out() += '}';
  }

  static void lock(Line& line, const Locked& l) {
    line.field("lock");
    line.out() += R"({"pinned":)";
    json::write_string(line.out(), l.pinned);
    line.word("found", l.found);
    line.out() += '}';
  }

  static void shadow(Line& line, std::span<const Shadow> results) {
    if (results.empty()) return;
    line.field("shadow");
    char before = '[';
    for (const Shadow& s : results.first(std::min(results.size(), max_items))) {
      line.out() += before;
      before = ',';
      line.out() += R"({"rule":)";
      line.out() += quoted_name(s.rule);
      line.text("message", s.message);
      line.out() += '}';
    }
    line.out() += ']';
    if (results.size() > max_items) line.number("shadow_total", static_cast<std::int64_t>(results.size()));
  }
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): the header's promise is a value
Recorder::Recorder(const base::Clock& clock, RecorderOptions options, std::string_view key)
    : impl_(std::make_unique<Impl>(std::make_shared<Shared>(clock, options.log_args, options.server,
                                                            Impl::field_of("instance", options.instance)),
                                   options.session, options.identity)) {
  set_key(key);
}

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder::~Recorder() = default;

Recorder Recorder::for_session(std::string_view session, std::string_view identity) const {
  return Recorder(std::make_unique<Impl>(impl_->shared, session, identity));
}

void Recorder::set_key_source(std::function<base::Result<std::string>()> source) {
  impl_->shared->key_source = std::move(source);
}

void Recorder::set_key(std::string_view key) {
  impl_->shared->keyed.reset();
  if (!key.empty()) impl_->shared->keyed.emplace(key);
}

void Recorder::start(std::string& out, const Start& start) {
  impl_->head(out, "start");
  Line line(out, &impl_->shared->memos);
  line.word("session", start.session);
  line.text("identity", start.identity);
  line.text("server", start.server);
  line.word("version", start.version);
  line.word("transport", start.transport);
  line.text("listen", start.listen);
  line.text("upstream", start.upstream);
  line.field("command");
  char before = '[';
  for (const std::string& word : redact_command(start.command)) {
    out += before;
    before = ',';
    out += quoted_text(word);
  }
  out += before == '[' ? "[]" : "]";
  line.text("policy_file", start.policy_file);
  line.word("policy_digest", start.policy_digest);
  line.word("policy_mode", start.policy_mode);
  line.word("log_args", start.log_args);
  line.text("state", start.state);
  line.number("pid", start.pid);
}

void Recorder::decision(std::string& out, const Decision& d) {
  impl_->head(out, "decision");
  out += impl_->context;
  Line line(out, &impl_->shared->memos);
  line.word("id", d.id);
  line.word("direction", d.direction);
  line.name("method", d.method);
  line.id(d.request_id);
  if (d.target_kind == "resource") line.text(d.target_kind, d.target);  // a URI
  if (d.target_kind == "tool" || d.target_kind == "prompt") line.name(d.target_kind, d.target);
  line.word("decision", d.decision);
  line.word("reason", d.reason);
  line.name("rule", d.rule);
  line.text("condition", d.condition);
  line.text("message", d.message);
  if (d.limit) Impl::limit(line, *d.limit);
  if (d.lock) Impl::lock(line, *d.lock);
  line.word("policy_digest", d.policy_digest);
  line.text("client_name", d.client_name);
  line.word("continues", d.continues);
  line.text("note", d.note);
  impl_->arguments(line, d);
  Impl::charges(line, d.charged);
  Impl::shadow(line, d.shadow);
}

void Recorder::outcome(std::string& out, const Outcome& o) {
  impl_->head(out, "outcome");
  Line line(out, &impl_->shared->memos);
  line.word("id", o.id);
  line.word("outcome", o.outcome);
  if (o.error_code) line.number("error_code", *o.error_code);
  line.number("latency_us", o.latency_us);
  line.number("bytes", static_cast<std::int64_t>(o.bytes));
}

void Recorder::notice(std::string& out, const Notice& notice) {
  impl_->head(out, "notice");
  out += impl_->context;
  Line line(out, &impl_->shared->memos);
  line.word("what", notice.what);
  line.word("direction", notice.direction);
  line.text("detail", notice.detail);
}

void Recorder::event(std::string& out, std::string_view name, std::span<const Field> fields) {
  impl_->head(out, name);
  out += impl_->context;
  Line line(out, &impl_->shared->memos);
  for (const Field& field : fields) line.add(field);
}

void Recorder::shutdown(std::string& out, const Shutdown& s) {
  impl_->head(out, "shutdown");
  Line line(out, &impl_->shared->memos);
  ended(line, s);
}

void Recorder::session_end(std::string& out, const Shutdown& s) {
  impl_->head(out, "session_end");
  out += impl_->context;
  Line line(out, &impl_->shared->memos);
  ended(line, s);
}

}  // namespace audit
