// See the header. One message is one turn of its session; the record is read back as any reader of logs would.
#include "trial/stage.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "audit/entry.h"
#include "base/random.h"
#include "base/strings.h"
#include "json/writer.h"
#include "limits/memory_store.h"
#include "mediator/session.h"

namespace trial {
namespace {

constexpr std::array decision_words = {"allow", "deny", "approval", "error", "nothing", "replay"};
constexpr std::array<std::string_view, 4> answer_words = {"ok", "isError", "error", "none"};

// What is ruled by name: it may not be forwarded without a decision on record.
bool is_ruled(std::string_view method) {
  return method == "tools/call" || method == "resources/read" || method == "prompts/get";
}

void split(std::string_view text, std::vector<std::string_view>& lines) {
  lines.clear();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

const char* decision_word(Decision decision) { return decision_words[static_cast<std::size_t>(decision)]; }

std::optional<Decision> find_decision(std::string_view word) {
  const auto* const found = std::ranges::find(decision_words, word);
  if (found == decision_words.end()) return std::nullopt;
  return static_cast<Decision>(found - decision_words.begin());
}

std::optional<Answer> find_answer(std::string_view word) {
  const auto* const found = std::ranges::find(answer_words, word);
  if (found == answer_words.end()) return std::nullopt;
  return static_cast<Answer>(found - answer_words.begin());
}

struct Stage::Impl {
  struct Open {
    std::unique_ptr<audit::Recorder> recorder;
    std::unique_ptr<mediator::Session> session;
    std::deque<std::string> unanswered;  // ids of requests, JSON text
  };
  enum class From : std::uint8_t { client, server };

  Impl(StageOptions o, std::shared_ptr<const policy::Snapshot> p) : options(std::move(o)), policy(std::move(p)) {
    if (options.start) clock.set_wall(*options.start);
    store.emplace(clock);
  }

  Open& here() {
    if (current == nullptr) current = &open(session_name, identity);
    return *current;
  }

  Open& open(const std::string& name, const std::string& who) {
    Open& made = sessions[{name, who}];
    if (made.session != nullptr) return made;
    mediator::Config config;
    config.server_name = options.server_name;
    config.identity = who;
    config.session = name;
    config.instance = "i" + std::to_string(sessions.size());
    made.recorder = std::make_unique<audit::Recorder>(
        clock, audit::RecorderOptions{audit::LogArgs::none, config.instance, name, who, options.server_name}, "key");
    made.session = std::make_unique<mediator::Session>(config, clock, random, *store, *made.recorder, policy);
    if (options.initialized) {
      take(made.session->on_client(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
      made.session->end_turn();
    }
    return made;
  }

  // The store in memory never has to wait, so that nothing is left undone.
  void take(bool done) {
    if (!done) seen.broken.emplace_back("a message was not taken");
  }

  // A message of one of the two sides, up to what came of it; the turn is still open.
  // `members`: "" for a line that is in seen.sent already.
  void play(From from, std::string_view members, bool with_id) {
    clear();
    if (!members.empty()) {
      seen.sent = R"({"jsonrpc":"2.0",)";
      if (with_id) seen.sent.append(R"("id":)").append(id_text = std::to_string(++ids)).append(",");
      seen.sent.append(members).append("}");
    }
    Open& open = here();
    take(from == From::client ? open.session->on_client(seen.sent) : open.session->on_server(seen.sent));
    if (from == From::client) serve_own_lists(open);
    const mediator::Output& out = open.session->output();
    collect(from == From::client ? out.to_server : out.to_client, forwarded);
    collect(from == From::client ? out.to_client : out.to_server, replies);
    split(out.record, records);
    for (const std::string_view record : records) read_record(record);
    read_lines();
    check(!members.empty() && with_id);
  }

  void clear() {
    seen.decision = Decision::nothing;
    seen.recorded = false;
    for (std::string* text :
         {&seen.id, &seen.reason, &seen.rule, &seen.condition, &seen.message, &seen.limit_held, &seen.line}) {
      text->clear();
    }
    seen.shadow.clear();
    seen.charged.clear();
    seen.limit.reset();
    seen.retry_after_ms.reset();
    seen.broken.clear();
  }

  // The id, as JSON, if the line is a tools/list of the session itself.
  std::string_view own_list_id(std::string_view line) {
    if (line.find(R"("id":"intercept:)") == std::string_view::npos) return {};
    if (!document.read(line, json::Profile::tolerant)) return {};
    const json::Value id = document.root().find("id");
    const bool own = id.string().starts_with("intercept:") && document.root().find("method").string() == "tools/list";
    return own ? id.raw() : std::string_view{};
  }

  // The server answers each tools/list of the session itself; each once, at most a hundred.
  void serve_own_lists(Open& open) {
    constexpr std::size_t most = 100;
    for (std::size_t served = 0, round = 0; round < most; ++round) {
      std::vector<std::string> ids_of_lists;
      split(open.session->output().to_server, forwarded);
      for (const std::string_view line : forwarded) {
        if (const std::string_view id = own_list_id(line); !id.empty()) ids_of_lists.emplace_back(id);
      }
      if (served == ids_of_lists.size()) return;
      const std::string answer = result(ids_of_lists[served++], "{\"tools\":" + options.tools + "}");
      take(open.session->on_server(answer));
    }
  }

  // The lines, without those that the session sent for itself.
  void collect(std::string_view text, std::vector<std::string_view>& lines) {
    split(text, lines);
    std::erase_if(lines, [this](std::string_view line) { return !own_list_id(line).empty(); });
  }

  void read_record(std::string_view line) {
    if (entry.read(line) != audit::Entry::Status::ok) {
      seen.broken.push_back("a record cannot be read: " + entry.trouble());
      return;
    }
    if (!entry.is_decision()) return;
    seen.recorded = true;
    seen.decision = find_decision(entry.decision).value_or(Decision::error);
    if (seen.decision == Decision::deny && entry.reason == "approval") seen.decision = Decision::approval;
    seen.id = entry.id;
    seen.reason = entry.reason;
    seen.rule = entry.rule;
    seen.condition = entry.condition;
    seen.message = entry.message;
    seen.shadow.clear();
    for (const json::Value finding : entry.shadow.elements()) {
      seen.shadow.push_back(
          {std::string(finding.find("rule").string()), std::string(finding.find("message").string())});
    }
    seen.charged.clear();
    for (const json::Value charge : entry.charged.elements()) seen.charged.push_back(charge_of(charge));
    seen.limit.reset();
    if (!entry.limit) return;
    seen.limit = charge_of(entry.limit);
    seen.limit_held = entry.limit.find("held").string();
  }

  static SeenCharge charge_of(json::Value value) {
    return {std::string(value.find("counter").string()), std::string(value.find("amount").string()),
            std::string(value.find("max").string())};
  }

  void read_lines() {
    is_list = has_id = false;
    if (!forwarded.empty()) {
      if (!seen.recorded) seen.decision = Decision::allow;
      seen.line = forwarded.back();
    } else if (!replies.empty()) {
      if (!seen.recorded) seen.decision = Decision::error;
      seen.line = replies.back();
    }
    if (seen.line.empty()) return;
    if (!document.read(seen.line, json::Profile::tolerant)) {
      seen.broken.push_back("not JSON: " + seen.line);
      return;
    }
    const json::Value root = document.root();
    if (forwarded.empty()) {
      if (seen.decision == Decision::error) seen.message = root.find("error").find("message").string();
      return read_retry(root);
    }
    const std::string_view method = root.find("method").string();
    is_list = method == "tools/list";
    has_id = !method.empty() && root.find("id");
    if (has_id) id_text = root.find("id").raw();
    if (!seen.recorded && is_ruled(method)) seen.broken.emplace_back("it was forwarded without a decision on record");
  }

  void read_retry(json::Value root) {
    json::Value decision = root.find("result").find("_meta").find("dev.intercept/decision");
    if (!decision) decision = root.find("error").find("data");
    const std::int64_t retry = audit::whole_number(decision.find("retry_after_ms"), -1);
    if (retry >= 0) seen.retry_after_ms = retry;
  }

  // Of every message, whatever is expected of it. `own_id`: it is a request whose id is ours.
  void check(bool own_id) {
    const bool allowed = seen.decision == Decision::allow;
    if (allowed && (forwarded.size() != 1 || !replies.empty())) {
      seen.broken.emplace_back("an allowed message is forwarded once and not answered");
    }
    if (!allowed && !forwarded.empty()) seen.broken.emplace_back("a refused message was forwarded");
    if (replies.size() > 1) seen.broken.emplace_back("it was answered more than once");
    const bool refused = !allowed && seen.decision != Decision::nothing;
    if (own_id && refused && replies.empty()) seen.broken.emplace_back("a refused request was not answered");
  }

  // Ends the turn; the server answers if the message reached it.
  const Seen& end(Answer how) {
    Open& open = here();
    open.session->end_turn();
    if (seen.decision != Decision::allow || !has_id) return seen;
    if (how == Answer::none) {
      open.unanswered.push_back(id_text);
    } else {
      answer(open, id_text, how);
    }
    return seen;
  }

  const Seen& end_without_answer() {
    here().session->end_turn();
    return seen;
  }

  static std::string result(std::string_view id, std::string_view body) {
    return std::string(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":)").append(body).append("}");
  }

  void answer(Open& open, const std::string& id, Answer how) {
    std::string text;
    if (how == Answer::error) {
      text = R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":-32000,"message":"failed"}})";
    } else if (is_list && how == Answer::ok) {
      text = result(id, "{\"tools\":" + options.tools + "}");
    } else {
      text = result(id, how == Answer::is_error ? R"({"content":[],"isError":true})" : R"({"content":[]})");
    }
    take(open.session->on_server(text));
    open.session->end_turn();
  }

  StageOptions options;
  std::shared_ptr<const policy::Snapshot> policy;
  base::FakeClock clock;
  base::FakeRandom random;
  std::optional<limits::MemoryStore> store;
  std::map<std::pair<std::string, std::string>, Open> sessions;  // by session and identity
  std::string session_name = "first", identity = "local";
  Open* current = nullptr;
  std::uint64_t ids = 0;

  Seen seen;
  std::string id_text;                   // of the message, JSON
  bool is_list = false, has_id = false;  // of what was forwarded
  audit::Entry entry;
  json::Document document;
  std::vector<std::string_view> forwarded, replies, records;
};

Stage::Stage(StageOptions options, std::shared_ptr<const policy::Snapshot> policy)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(policy))) {}

Stage::~Stage() = default;

void Stage::enter_session(std::string_view name) {
  impl_->session_name = name;
  impl_->current = nullptr;
}

void Stage::enter_identity(std::string_view name) {
  impl_->identity = name;
  impl_->current = nullptr;
}

const Seen& Stage::call(std::string_view name, std::string_view arguments, Answer answer) {
  std::string members = R"("method":"tools/call","params":{"name":)";
  json::write_string(members, name);
  if (!arguments.empty()) members.append(R"(,"arguments":)").append(arguments);
  return request(members += '}', answer);
}

const Seen& Stage::request(std::string_view members, Answer answer) {
  impl_->play(Impl::From::client, members, true);
  return impl_->end(answer);
}

const Seen& Stage::notify(std::string_view members) {
  impl_->play(Impl::From::client, members, false);
  return impl_->end_without_answer();
}

const Seen& Stage::client_line(std::string_view line, Answer answer) {
  impl_->seen.sent = line;
  impl_->play(Impl::From::client, {}, false);
  return impl_->end(answer);
}

const Seen& Stage::server_request(std::string_view members) {
  impl_->play(Impl::From::server, members, true);
  return impl_->end_without_answer();
}

const Seen& Stage::server_line(std::string_view line) {
  impl_->seen.sent = line;
  impl_->play(Impl::From::server, {}, false);
  return impl_->end_without_answer();
}

bool Stage::finish(Answer answer) {
  Impl::Open& open = impl_->here();
  if (open.unanswered.empty() || answer == Answer::none) return false;
  const std::string id = std::move(open.unanswered.front());
  open.unanswered.pop_front();
  impl_->is_list = false;
  impl_->answer(open, id, answer);
  return true;
}

bool Stage::finish(std::string_view id, Answer answer) {
  Impl::Open& open = impl_->here();
  const auto found = std::ranges::find(open.unanswered, id);
  if (found == open.unanswered.end() || answer == Answer::none) return false;
  const std::string own = std::move(*found);
  open.unanswered.erase(found);
  impl_->is_list = false;
  impl_->answer(open, own, answer);
  return true;
}

std::vector<std::string> Stage::listed_tools() {
  Impl::Open& open = impl_->here();
  impl_->clear();
  const std::string id = std::to_string(++impl_->ids);
  impl_->take(open.session->on_client(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/list"})"));
  impl_->take(open.session->on_server(Impl::result(id, "{\"tools\":" + impl_->options.tools + "}")));
  std::vector<std::string> names;
  split(open.session->output().to_client, impl_->replies);
  for (const std::string_view line : impl_->replies) {
    if (!impl_->document.read(line, json::Profile::tolerant)) continue;
    const json::Value root = impl_->document.root();
    if (root.find("id").number() != id) continue;
    for (const json::Value tool : root.find("result").find("tools").elements()) {
      names.emplace_back(tool.find("name").string());
    }
  }
  open.session->end_turn();
  return names;
}

void Stage::advance(base::Duration time) {
  impl_->clock.advance(time);
  for (auto& [key, open] : impl_->sessions) {
    impl_->take(open.session->on_timer());
    open.session->end_turn();
  }
}

base::Result<void> Stage::advance_to(base::WallTime moment) {
  const base::Duration ahead = moment - now();
  if (ahead < base::Duration::zero()) {
    return base::fail("it is past: the clock stands at " + base::rfc3339(now().time_since_epoch().count()));
  }
  advance(ahead);
  return {};
}

base::WallTime Stage::now() const { return impl_->clock.wall(); }

void Stage::reload(std::shared_ptr<const policy::Snapshot> policy) {
  impl_->policy = std::move(policy);
  for (auto& [key, open] : impl_->sessions) {
    open.session->on_policy(impl_->policy);
    open.session->end_turn();
  }
}

void Stage::reset() {
  impl_->current = nullptr;
  impl_->sessions.clear();
  impl_->store.emplace(impl_->clock);
}

void Stage::reset(base::WallTime moment) {
  impl_->clock.set_wall(moment);
  reset();
}

void Stage::end_session(std::string_view name) {
  for (auto it = impl_->sessions.lower_bound({std::string(name), {}});
       it != impl_->sessions.end() && it->first.first == name;) {
    // Everything that was forwarded had been written.
    it->second.session->on_end(~std::uint64_t{0});
    it->second.session->end_turn();
    it = impl_->sessions.erase(it);
  }
  impl_->current = nullptr;
}

}  // namespace trial
