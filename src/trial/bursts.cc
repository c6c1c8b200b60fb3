// See the header.
#include "trial/bursts.h"

#include <algorithm>

#include "json/writer.h"
#include "limits/window.h"
#include "mcp/methods.h"

namespace trial {
namespace {

constexpr std::int64_t longest_burst = 300;
constexpr std::int64_t ms = 1'000'000;

json::Step key_step(std::string key) { return {json::Step::Kind::key, std::move(key), 0}; }

void put(Made& object, const char* key, const Made& value) {
  const json::Step step = key_step(key);
  object.set({&step, 1}, value);
}

// The first moment at which what is counted now is no longer.
std::int64_t window_end(const limits::Window& window, std::int64_t now) {
  if (window.type == limits::WindowType::calendar) {
    const auto span = limits::calendar_span(window, base::WallTime(base::Duration(now)));
    return span.end.time_since_epoch().count();
  }
  return now + window.seconds * 1'000'000'000;
}

// How many calls fit, if each adds its fixed increment; -1: too many to try.
std::int64_t fitting(const policy::Limit& limit) {
  if (!limit.max || limit.increment.raw() <= 0) return -1;
  const auto n = limit.max->raw() / limit.increment.raw();
  if (n > longest_burst) return -1;
  return static_cast<std::int64_t>(n);
}

Call later(Call call, std::int64_t time, const char* about) {
  call.time = time;
  call.about = about;
  return call;
}

// `n` calls that fit, one more, others by somebody else, and about the end of the window.
Scene burst(const policy::Limit& limit, const Draft& base, std::int64_t n, Answered answer) {
  Scene scene;
  Call call = base.call();
  call.answer = answer;
  for (std::int64_t i = 0; i <= n; ++i) {
    call.about = "call " + std::to_string(i + 1) + " of a burst (" + std::to_string(n) + " fit)";
    scene.calls.push_back(call);
  }
  Call other = call;
  other.session = "another";
  other.about = "after a burst, in another session";
  scene.calls.push_back(other);
  other.identity = "somebody-else";
  other.about = "after a burst, by somebody else";
  scene.calls.push_back(other);
  const std::int64_t end = window_end(limit.window, base.time);
  scene.calls.push_back(later(call, end - ms, "just before the window ends"));
  scene.calls.push_back(later(call, end, "when the window ended"));
  return scene;
}

// All of the maximum at once, a little more than it, and one more.
Scene amounts(const policy::Limit& limit, const Draft& base) {
  Scene scene;
  const auto with = [&](const std::string& amount, const char* about) {
    Change change;
    change.steps = limit.amount_from->steps;
    change.value = Made::raw(amount);
    Draft draft = base;
    draft.apply(change);
    Call call = draft.call();
    call.about = about;
    scene.calls.push_back(std::move(call));
  };
  const base::Amount one = base::Amount::of(1);
  with((*limit.max + one).text(), "more than the maximum");
  with(limit.max->text(), "all of the maximum");
  with("1", "one more than the maximum");
  const std::int64_t end = window_end(limit.window, base.time);
  scene.calls.push_back(later(scene.calls.back(), end - ms, "just before the window ends"));
  scene.calls.push_back(later(scene.calls.back(), end, "when the window ended"));
  return scene;
}

Scene at_a_time(const Draft& base, std::int64_t n) {
  Scene scene;
  for (std::int64_t i = 0; i <= n; ++i) {
    Call call = base.call();
    call.answer = Answered::nothing;
    call.about = "call " + std::to_string(i + 1) + " at a time";
    scene.calls.push_back(std::move(call));
  }
  return scene;
}

Scene repeated(const Draft& base, std::int64_t seconds) {
  Scene scene;
  scene.calls = {base.call(), later(base.call(), base.time, "an identical call")};
  const std::int64_t end = base.time + seconds * 1'000'000'000;
  scene.calls.push_back(later(base.call(), end - ms, "an identical call, just within the window"));
  scene.calls.push_back(later(base.call(), end + ms, "an identical call, after the window"));
  return scene;
}

bool is_same(const policy::Limit& a, const policy::Limit& b) {
  return a.kind == b.kind && a.window == b.window && a.max == b.max && a.exclusive == b.exclusive &&
         a.increment == b.increment && a.refund == b.refund && a.amount_from.has_value() == b.amount_from.has_value();
}

}  // namespace

Draft::Draft(const Topic& topic) : topic_(&topic), params_(Made::object()) {
  if (topic.about == About::tool || topic.about == About::prompt) {
    put(params_, "name", Made::text(topic.name));
    put(params_, "arguments", topic.schema ? example_of(topic.schema) : Made::object());
  } else if (topic.about == About::resource) {
    put(params_, "uri", Made::text(topic.name));
  }
}

void Draft::apply(const Change& change) {
  std::vector<json::Step> steps;
  switch (change.where) {
    case Change::Where::args:
      steps.push_back(key_step("arguments"));
      break;
    case Change::Where::params:
      // What it names is the topic's.
      if (change.steps.empty() || change.steps[0].key == "name" || change.steps[0].key == "uri") return;
      break;
    case Change::Where::identity:
      identity = change.text;
      return;
    case Change::Where::session:
      session = change.text;
      return;
    case Change::Where::client:
      client = change.text;
      return;
    case Change::Where::time:
      time = change.time;
      return;
  }
  steps.insert(steps.end(), change.steps.begin(), change.steps.end());
  if (change.value) {
    params_.set(steps, *change.value);
  } else {
    params_.erase(steps);
  }
}

Call Draft::call() const {
  Call call;
  switch (topic_->about) {
    case About::tool:
      break;
    case About::prompt:
      call.method = "prompts/get";
      break;
    case About::resource:
      call.method = "resources/read";
      break;
    case About::method:
      call.method = topic_->name;
      if (const mcp::Method* known = mcp::find_method(topic_->name)) {
        call.from_server = !known->from_client;
        call.notification = known->notification;
      }
      break;
  }
  call.params = params_.json();
  call.time = time;
  call.server = topic_->server;
  call.identity = identity;
  call.session = session;
  call.client_name = client;
  return call;
}

std::string Draft::key(const Call& call) {
  return call.method + '\n' + call.params + '\n' + call.identity + '\n' + call.session + '\n' + call.client_name +
         '\n' + std::to_string(call.time.value_or(0)) + (call.from_server ? 's' : 'c');
}

std::vector<Scene> bursts_of(const Topic& topic, const Draft& base) {
  std::vector<Scene> out;
  std::vector<const policy::Limit*> known;
  for (const policy::Rule* rule : topic.rules) {
    if (rule->idempotency_seconds) out.push_back(repeated(base, *rule->idempotency_seconds));
    for (const policy::Limit& limit : rule->limits) {
      if (std::ranges::any_of(known, [&](const policy::Limit* k) { return is_same(*k, limit); })) continue;
      known.push_back(&limit);
      const std::int64_t n = fitting(limit);
      if (limit.kind == policy::Limit::Kind::concurrency) {
        if (n >= 0) out.push_back(at_a_time(base, n));
      } else if (limit.amount_from && limit.amount_from->root == "args") {
        if (limit.max) out.push_back(amounts(limit, base));
      } else if (n >= 0) {
        out.push_back(burst(limit, base, n, Answered::result));
        if (limit.refund == limits::Refund::on_error) out.push_back(burst(limit, base, n, Answered::error));
      }
    }
  }
  return out;
}

std::vector<Scene> odd_calls(const Topic& topic, const Draft& base) {
  std::vector<Scene> out;
  const auto add = [&](const char* method, std::string params, const char* about) {
    Call call = base.call();
    call.method = method;
    call.params = std::move(params);
    call.about = about;
    out.push_back({{std::move(call)}});
  };
  std::string name;
  json::write_string(name, topic.name);
  if (topic.about == About::tool) {
    add("tools/call", "{\"name\":" + name + "}", "without arguments");
  } else if (topic.about == About::resource) {
    add("resources/subscribe", "{\"uri\":" + name + "}", "subscribing");
    add("completion/complete",
        R"({"ref":{"type":"ref/resource","uri":)" + name + R"(},"argument":{"name":"a","value":"b"}})", "completing");
  } else if (topic.about == About::prompt) {
    add("prompts/get", "{\"name\":" + name + "}", "without arguments");
    add("completion/complete",
        R"({"ref":{"type":"ref/prompt","name":)" + name + R"(},"argument":{"name":"a","value":"b"}})", "completing");
  } else if (const mcp::Method* known = mcp::find_method(topic.name);
             known != nullptr && known->from_client && known->from_server) {
    Call call = base.call();
    call.from_server = !call.from_server;
    call.about = "from the other side";
    out.push_back({{std::move(call)}});
  }
  return out;
}

}  // namespace trial
