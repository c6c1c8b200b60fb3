// See the header.
#include "trial/diff.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "json/writer.h"
#include "policy/evaluate.h"
#include "trial/examples.h"

namespace trial {
namespace {

constexpr std::size_t most_servers = 100;
constexpr std::size_t most_sessions = 256;  // of one server, at a time
constexpr std::size_t most_open = 10'000;
constexpr std::size_t most_groups = 1'000;
constexpr std::size_t most_examples = 3;

// How far a call comes: the greater, the less. A limit refuses until its window moves, everything else for good.
int distance(const Side& side) {
  switch (side.decision) {
    case Decision::allow:
      return 0;
    case Decision::replay:
      return 1;
    case Decision::approval:
      return 2;
    case Decision::deny:
      return side.reason == "limit" || side.reason == "idempotency" ? 3 : 4;
    case Decision::error:
    case Decision::nothing:
      break;
  }
  return 4;
}

bool is_allowed(const Side& side) { return side.decision == Decision::allow || side.decision == Decision::replay; }

Side side_of(const Seen& seen) {
  Side side{seen.decision, seen.reason, seen.rule, seen.message, seen.condition, {}};
  for (const SeenFinding& finding : seen.shadow) side.shadow.push_back(finding.rule);
  return side;
}

std::string label(const Side& side) {
  std::string out = decision_word(side.decision);
  if (!side.rule.empty()) out.append(" ").append(side.rule);
  if (side.rule.empty() && !side.reason.empty()) out.append(" (").append(side.reason).append(")");
  for (const std::string& rule : side.shadow) out.append(", would refuse: ").append(rule);
  return out;
}

Answer answer_of(Answered answered) {
  switch (answered) {
    case Answered::result:
      return Answer::ok;
    case Answered::tool_error:
      return Answer::is_error;
    case Answered::error:
      return Answer::error;
    case Answered::nothing:
      break;
  }
  return Answer::none;
}

std::string_view or_else(const std::string& text, std::string_view otherwise) {
  return text.empty() ? otherwise : std::string_view(text);
}

}  // namespace

const char* difference_word(Difference difference) {
  constexpr std::array words = {"same", "looser", "stricter", "other_refusal", "shadow"};
  return words[static_cast<std::size_t>(difference)];
}

Difference compare(const Side& before, const Side& after) {
  const int was = distance(before), is = distance(after);
  if (was != is) {
    // Between a limit and a person nobody can tell.
    if (std::min(was, is) == 2 && std::max(was, is) == 3) return Difference::looser;
    return is < was ? Difference::looser : Difference::stricter;
  }
  if (!is_allowed(after) &&
      (before.rule != after.rule || before.message != after.message || before.decision != after.decision)) {
    return Difference::other;
  }
  return before.shadow == after.shadow ? Difference::same : Difference::shadow;
}

// One server, under both policies.
struct Differ::Pair {
  std::array<std::unique_ptr<Stage>, 2> stages;
  struct Known {
    std::string session;
    std::uint64_t used = 0;
    std::string client_name;
  };
  std::vector<Known> sessions;

  // Remembers a session; the one that was not used for longest ends when there are too many.
  Known& session(std::string_view name, std::uint64_t now) {
    auto found = std::ranges::find(sessions, name, &Known::session);
    if (found == sessions.end()) {
      if (sessions.size() >= most_sessions) {
        const auto oldest = std::ranges::min_element(sessions, {}, &Known::used);
        for (const auto& stage : stages) stage->end_session(oldest->session);
        sessions.erase(oldest);
      }
      sessions.push_back({std::string(name), now, {}});
      found = sessions.end() - 1;
    }
    found->used = now;
    return *found;
  }
};

Differ::Differ(const policy::Policy& before, const policy::Policy& after, DiffOptions options, Each each)
    : policies_{&before, &after}, options_(std::move(options)), each_(std::move(each)) {}

Differ::~Differ() = default;

Differ::Pair* Differ::pair_for(const std::string& server) {
  const auto found = pairs_.find(server);
  if (found != pairs_.end()) return found->second.get();
  if (pairs_.size() >= most_servers) return nullptr;
  auto pair = std::make_unique<Pair>();
  for (std::size_t i = 0; i < 2; ++i) {
    auto snapshot = policy::lower(*policies_[i], {server, server});
    if (!snapshot) {
      trouble_ = policies_[i]->file + ": " + snapshot.error().message;
      return nullptr;
    }
    StageOptions options;
    options.server_name = server;
    options.tools = options_.tools;
    options.start = base::WallTime(base::Duration(usual_time));
    pair->stages[i] = std::make_unique<Stage>(std::move(options), std::move(*snapshot));
  }
  return pairs_.emplace(server, std::move(pair)).first->second.get();
}

// One message on one stage; `line_` is the message, `id_` its id as JSON.
const Seen& Differ::play(Pair& pair, std::size_t which, const Call& call) {
  Stage& stage = *pair.stages[which];
  stage.enter_session(or_else(call.session, "first"));
  stage.enter_identity(or_else(call.identity, "local"));
  if (!call.from_server) return stage.client_line(line_, call.answered_later ? Answer::none : answer_of(call.answer));
  return stage.server_line(line_);
}

bool Differ::call(const Call& call) {
  Pair* pair = pair_for(call.server.empty() ? options_.server_name : call.server);
  if (pair == nullptr) return ++beyond_servers_, trouble_.empty();
  ++tried_;
  id_ = "\"d" + std::to_string(++ids_) + '"';
  line_ = R"({"jsonrpc":"2.0",)";
  if (!call.notification) line_.append(R"("id":)").append(id_).append(",");
  line_ += R"("method":)";
  json::write_string(line_, call.method);
  if (!call.params.empty()) line_.append(R"(,"params":)").append(call.params);
  line_ += '}';

  if (call.fresh) pair->sessions.clear();
  Pair::Known& session = pair->session(or_else(call.session, "first"), ids_);
  const bool introduces = !call.client_name.empty() && call.client_name != session.client_name;
  if (introduces) session.client_name = call.client_name;
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; ++i) {
    Stage& stage = *pair->stages[i];
    if (call.fresh) {
      stage.reset(call.time ? base::WallTime(base::Duration(*call.time)) : stage.now());
    } else if (call.time) {
      // A clock that was set back: time stands still.
      static_cast<void>(stage.advance_to(base::WallTime(base::Duration(*call.time))));
    }
    if (introduces) {
      stage.enter_session(or_else(call.session, "first"));
      stage.enter_identity(or_else(call.identity, "local"));
      std::string members = R"("method":"initialize","params":{"clientInfo":{"name":)";
      json::write_string(members, call.client_name);
      stage.request(members + "}}");
    }
    const Seen& seen = play(*pair, i, call);
    sides[i] = side_of(seen);
    if (call.from_server && seen.decision == Decision::allow && !call.notification) {
      stage.client_line(R"({"jsonrpc":"2.0","id":)" + id_ + R"(,"result":{}})");
    }
  }
  if (call.answered_later) {
    open_[call.origin] = {pair, std::string(or_else(call.session, "first")),
                          std::string(or_else(call.identity, "local")), id_};
    order_.push_back(call.origin);
    if (order_.size() > most_open) {
      open_.erase(order_.front());
      order_.pop_front();
    }
  }
  note(call, sides[0], sides[1]);
  return true;
}

void Differ::answer(std::string_view origin, Answered answer, std::int64_t time) {
  const auto found = open_.find(std::string(origin));
  if (found == open_.end()) return;
  const Open& open = found->second;
  for (const auto& stage : open.pair->stages) {
    if (time != 0) static_cast<void>(stage->advance_to(base::WallTime(base::Duration(time))));
    stage->enter_session(open.session);
    stage->enter_identity(open.identity);
    stage->finish(open.id, answer_of(answer));
  }
  open_.erase(found);
}

void Differ::session_ends(std::string_view session) {
  for (const auto& [server, pair] : pairs_) {
    for (const auto& stage : pair->stages) stage->end_session(session);
    std::erase_if(pair->sessions, [&](const Pair::Known& known) { return known.session == session; });
  }
}

Probed Differ::probe(bool of_new, const Call& call) {
  Pair* pair = pair_for(call.server.empty() ? options_.server_name : call.server);
  if (pair == nullptr) return {};
  line_ = R"({"jsonrpc":"2.0","id":"p","method":)";
  json::write_string(line_, call.method);
  if (!call.params.empty()) line_.append(R"(,"params":)").append(call.params);
  line_ += '}';
  Stage& stage = *pair->stages[of_new ? 1 : 0];
  stage.reset(call.time ? base::WallTime(base::Duration(*call.time)) : stage.now());
  const Seen& seen = play(*pair, of_new ? 1 : 0, call);
  return {seen.decision != Decision::allow, seen.condition.empty() ? seen.message : seen.condition};
}

void Differ::note(const Call& call, const Side& before, const Side& after) {
  const Difference difference = compare(before, after);
  ++counts_[static_cast<std::size_t>(difference)];
  if (each_) each_(call, before, after, difference);
  if (difference == Difference::same) return;
  const std::string was = label(before), is = label(after);
  std::string key = std::to_string(static_cast<int>(difference));
  key.append("\n").append(was).append("\n").append(is);
  auto found = groups_.find(key);
  if (found == groups_.end()) {
    if (groups_.size() >= most_groups) {
      ++ungrouped_;
      return;
    }
    found = groups_.emplace(std::move(key), Group{difference, was, is, 0, {}}).first;
  }
  Group& group = found->second;
  ++group.count;
  if (group.examples.size() < most_examples) group.examples.push_back({call, before, after});
}

std::vector<const Group*> Differ::groups() const {
  std::vector<const Group*> out;
  out.reserve(groups_.size());
  for (const auto& [key, group] : groups_) out.push_back(&group);
  std::ranges::sort(out, [](const Group* a, const Group* b) {
    if (a->difference != b->difference) return a->difference < b->difference;
    if (a->count != b->count) return a->count > b->count;
    return std::tie(a->before, a->after) < std::tie(b->before, b->after);
  });
  return out;
}

}  // namespace trial
