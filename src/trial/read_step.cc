// Steps of a test: what is sent, by whom and when, and what is expected of it.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "json/writer.h"
#include "trial/reading.h"

namespace trial {
namespace {

constexpr std::string_view step_keys[] = {"call",      "args",        "request", "server",  "resource", "prompt",
                                          "answer",    "repeat",      "expect",  "rule",    "reason",   "message",
                                          "condition", "retry_after", "shadow",  "session", "identity", "advance",
                                          "at",        "finish",      "reload",  "list"};
constexpr std::string_view action_keys[] = {"call",   "request", "server", "resource",
                                            "prompt", "finish",  "reload", "list"};
constexpr std::string_view expectation_keys[] = {"rule", "reason", "message", "condition", "retry_after", "shadow"};
constexpr std::string_view decisions[] = {"allow", "deny", "approval", "error", "nothing", "replay"};
constexpr std::string_view answers[] = {"ok", "isError", "error", "none"};
constexpr std::string_view last_answers[] = {"ok", "isError", "error"};
constexpr std::uint32_t most_repeats = 100'000;
constexpr std::size_t title_length = 160;

std::string json_string(std::string_view text) {
  std::string out;
  json::write_string(out, text);
  return out;
}

bool is_known(std::string_view key) { return std::ranges::find(step_keys, key) != std::end(step_keys); }

class StepReader {
 public:
  StepReader(Reading& r, const Node& node) : r_(r), node_(node) { step_.position = node.position; }

  std::optional<Step> read() {
    if (!check_map(r_, node_, "a step", step_keys)) return std::nullopt;
    mistyped_ = std::ranges::any_of(node_.members, [](const NodeMember& m) { return !is_known(m.key); });
    find_action();
    before();
    if (action_ != nullptr) act(*action_);
    message_keys();
    if (action_ == nullptr && !known_ && !mistyped_) {
      r_.problems.error("missing-key", node_.position, "this step does nothing",
                        "give it one of call, resource, prompt, request, server, finish, reload, list, advance, at, "
                        "session, identity");
    }
    if (step_.title.size() > title_length) step_.title = base::printable(step_.title, title_length);
    return std::move(step_);
  }

 private:
  void find_action() {
    for (const NodeMember& m : node_.members) {
      if (std::ranges::find(action_keys, m.key) == std::end(action_keys)) continue;
      if (action_ == nullptr) {
        action_ = &m;
        continue;
      }
      r_.problems.error("contradiction", m.position, quoted(action_->key) + " and " + quoted(m.key) + " in one step",
                        "make them two steps");
    }
  }

  // Who, and when.
  void before() {
    for (const auto& [key, place] : {std::pair("session", &step_.session), std::pair("identity", &step_.identity)}) {
      const Node* value = node_.find(key);
      if (value == nullptr) continue;
      *place = read_text(r_, *value, quoted(key));
      say(std::string(key) + " " + place->value_or(""));
    }
    if (const Node* value = node_.find("advance")) {
      step_.advance = read_duration(r_, *value, quoted("advance")).value_or(base::Duration());
      say("advance " + std::string(value->text));
    }
    if (const Node* value = node_.find("at")) {
      step_.until = read_time(r_, *value, quoted("at"));
      say("at " + std::string(value->text));
      if (node_.find("advance") != nullptr) {
        r_.problems.error("contradiction", value->position, "\"at\" and \"advance\" in one step", "keep one of them");
      }
    }
  }

  void say(const std::string& text) {
    known_ = true;
    step_.title.append(step_.title.empty() ? "" : ", ").append(text);
  }

  void act(const NodeMember& m) {
    const Node& value = *m.value;
    if (m.key == "call") return named(value, "tools/call", m.key);
    if (m.key == "prompt") return named(value, "prompts/get", m.key);
    if (m.key == "resource") return resource(value);
    if (m.key == "request") return whole(value, Step::Shape::request, Step::Shape::client_line, m.key);
    if (m.key == "server") return whole(value, Step::Shape::server_request, Step::Shape::server_line, m.key);
    if (m.key == "finish") {
      step_.kind = Step::Kind::finish;
      if (const auto word = read_word(r_, value, quoted(m.key), last_answers)) step_.answer = *find_answer(*word);
      return say("finish " + std::string(value.text));
    }
    if (m.key == "reload") {
      step_.kind = Step::Kind::reload;
      step_.policy = read_policy(r_, value, quoted(m.key)).value_or(0);
      return say("reload");
    }
    list(value);
  }

  void message(Step::Shape shape, std::string text, const std::string& title) {
    step_.kind = Step::Kind::message;
    step_.shape = shape;
    step_.text = std::move(text);
    say(title);
  }

  // tools/call and prompts/get: a name, or the params.
  void named(const Node& value, std::string_view method, std::string_view key) {
    std::string name, arguments, more;
    if (value.is_map()) {
      for (const NodeMember& m : value.members) param(m, name, arguments, more);
    } else {
      tool_name_ = read_text(r_, value, quoted(key)).value_or("");
      name = json_string(tool_name_);
      arguments = "{}";
    }
    if (const Node* args = node_.find("args")) {
      if (value.is_map() && value.find("arguments") != nullptr) {
        r_.problems.error("contradiction", args->position, "\"args\" beside \"arguments\"", "keep one of them");
      }
      arguments = read_json(r_, *args, "\"args\"").value_or("{}");
    }
    const std::string params =
        "{" +
        joined({name.empty() ? "" : "\"name\":" + name, arguments.empty() ? "" : "\"arguments\":" + arguments, more}) +
        "}";
    if (key == "call") {
      step_.arguments = arguments;
      step_.tool = tool_name_;
    }
    const std::string shown = tool_name_.empty() ? name : base::printable(tool_name_, 100);
    message(Step::Shape::request, "\"method\":\"" + std::string(method) + "\",\"params\":" + params,
            std::string(key) + " " + shown + (arguments == "{}" ? "" : " " + arguments) +
                (more.empty() ? "" : " (" + more + ")"));
  }

  void param(const NodeMember& m, std::string& name, std::string& arguments, std::string& more) {
    if (m.key == "name" && (m.value->is_text() || m.value->kind == Node::Kind::ambiguous)) {
      tool_name_ = m.value->text;
      name = json_string(m.value->text);
      return;
    }
    const std::string json = read_json(r_, *m.value, quoted(m.key)).value_or("{}");
    if (m.key == "name") {
      name = json;
    } else if (m.key == "arguments") {
      arguments = json;
    } else {
      more.append(more.empty() ? "" : ",").append(json_string(m.key)).append(":").append(json);
    }
  }

  static std::string joined(std::initializer_list<std::string> parts) {
    std::string out;
    for (const std::string& part : parts) {
      if (part.empty()) continue;
      out.append(out.empty() ? "" : ",").append(part);
    }
    return out;
  }

  void resource(const Node& value) {
    const std::string uri = read_text(r_, value, "\"resource\"").value_or("");
    message(Step::Shape::request, R"("method":"resources/read","params":{"uri":)" + json_string(uri) + "}",
            "resource " + base::printable(uri, title_length));
  }

  // Any message: a map with its method and params, or a line as it stands.
  void whole(const Node& value, Step::Shape members, Step::Shape line, std::string_view key) {
    if (value.is_text()) return message(line, std::string(value.text), std::string(key).append(" ").append(value.text));
    if (!value.is_map()) {
      return wrong_type(r_, value, quoted(key), "a map with \"method\" and \"params\", or the line as text");
    }
    if (value.find("method") == nullptr) {
      r_.problems.error("missing-key", value.position, "\"method\" is missing in " + quoted(key),
                        "write {method: …, params: {…}}");
      known_ = true;
      step_.kind = Step::Kind::message;
      return;
    }
    const std::string json = read_value(r_, value, quoted(key)).value_or("{}");
    message(members, json.substr(1, json.size() - 2), std::string(key) + " " + json);
  }

  void list(const Node& value) {
    step_.kind = Step::Kind::list;
    if (!value.is_list()) return wrong_type(r_, value, "\"list\"", "a list of the tools' names");
    std::string names;
    for (const Node* name : value.items) {
      step_.names.push_back(read_text(r_, *name, "a tool's name").value_or(""));
      names.append(names.empty() ? "" : ", ").append(step_.names.back());
    }
    say("list [" + names + "]");
  }

  // What may stand beside a message alone.
  void message_keys() {
    const Node* expect = node_.find("expect");
    if (step_.kind != Step::Kind::message) {
      for (const std::string_view key : {"expect", "answer", "repeat", "args"}) misplaced(key);
      for (const std::string_view key : expectation_keys) misplaced(key);
      return;
    }
    if (expect == nullptr && !mistyped_) {
      r_.problems.error("missing-key", node_.position, "\"expect\" is missing: this step asserts nothing",
                        "add expect: allow, or what else shall come of it: deny, approval, error, nothing, replay");
    }
    if (expect != nullptr) {
      const auto word = read_word(r_, *expect, "\"expect\"", decisions);
      if (word) step_.expected.decision = *find_decision(*word);
    }
    if (const Node* value = node_.find("answer")) {
      if (const auto word = read_word(r_, *value, "\"answer\"", answers)) step_.answer = *find_answer(*word);
    }
    if (const Node* value = node_.find("repeat")) {
      step_.repeat = read_count(r_, *value, "\"repeat\"", most_repeats).value_or(1);
    }
    if (action_->key != "call" && action_->key != "prompt") misplaced("args");
    expectations();
  }

  void expectations() {
    Expected& e = step_.expected;
    for (const auto& [key, place] :
         {std::pair("rule", &e.rule), std::pair("reason", &e.reason), std::pair("message", &e.message),
          std::pair("condition", &e.condition), std::pair("shadow", &e.shadow)}) {
      if (const Node* value = node_.find(key)) *place = read_text(r_, *value, quoted(key));
    }
    if (const Node* value = node_.find("retry_after")) {
      if (const auto time = read_duration(r_, *value, "\"retry_after\"")) {
        e.retry_after_ms = std::chrono::ceil<std::chrono::milliseconds>(*time).count();
      }
    }
  }

  void misplaced(std::string_view key) {
    const auto m = std::ranges::find(node_.members, key, &NodeMember::key);
    if (m == node_.members.end() || mistyped_) return;
    const bool args = key == "args";
    r_.problems.error(
        "misplaced-key", m->position,
        quoted(key) + (args ? " belongs to a call or a prompt" : " belongs to a step that sends a message"),
        "put it into the step of the " + std::string(args ? "call" : "message"));
  }

  Reading& r_;
  const Node& node_;
  Step step_;
  const NodeMember* action_ = nullptr;
  bool known_ = false;
  bool mistyped_ = false;  // a key is unknown: what seems to be missing may be meant by it
  std::string tool_name_;
};

bool asserts(const Step& step) { return step.kind == Step::Kind::message || step.kind == Step::Kind::list; }

}  // namespace

std::vector<Step> read_steps(Reading& r, const Node& node, Position at, std::string_view what) {
  std::vector<Step> steps;
  if (!node.is_list()) {
    wrong_type(r, node, "\"steps\"", "a list of steps", node.is_map() ? "begin each step with \"- \"" : "");
    return steps;
  }
  for (const Node* item : node.items) {
    if (auto step = StepReader(r, *item).read()) steps.push_back(std::move(*step));
  }
  if (std::ranges::none_of(steps, asserts) && !r.problems.has_errors()) {
    r.problems.error("asserts-nothing", at, std::string(what) + " asserts nothing",
                     "add a step such as: - {call: some_tool, expect: deny}");
  }
  return steps;
}

}  // namespace trial
