// Reading of *.test files, through the reader of policies: the same YAML, with positions.
#include "data_file.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "json/writer.h"

namespace data {
namespace {

using yaml::Node;

// A string is JSON already: for what YAML cannot say.
std::string json_of(const Node& node) {
  if (node.is_text()) return node.text;
  std::string out;
  yaml::write_json(out, node);
  return out;
}

struct Word {
  std::string_view key;
  Kind kind;
};
constexpr std::array kinds = {
    Word{"call", Kind::call},       Word{"request", Kind::request},   Word{"server", Kind::server},
    Word{"finish", Kind::finish},   Word{"advance", Kind::advance},   Word{"reload", Kind::reload},
    Word{"session", Kind::session}, Word{"identity", Kind::identity}, Word{"list", Kind::list}};

class FileReader {
 public:
  std::pair<std::optional<File>, Mistake> read(const Node& root) {
    if (!root.is_map()) return {std::nullopt, {1, "a test file is a map"}};
    for (const yaml::NodeMember& m : root.members) top(m);
    if (mistake_.message.empty() && file_.policy.empty()) fail(1, "\"policy\" is missing");
    if (mistake_.message.empty() && file_.steps.empty() == file_.invalid.empty()) {
      fail(1, "a file has either \"steps\" or \"invalid\"");
    }
    if (!mistake_.message.empty()) return {std::nullopt, mistake_};
    return {std::move(file_), {}};
  }

 private:
  void fail(std::uint32_t line, std::string message) {
    if (mistake_.message.empty()) mistake_ = {line, std::move(message)};
  }

  void top(const yaml::NodeMember& m) {
    if (m.key == "policy") {
      file_.policy = m.value->text;
    } else if (m.key == "invalid") {
      file_.invalid = m.value->text;
    } else if (m.key == "server") {
      file_.server = m.value->text;
    } else if (m.key == "tools") {
      file_.tools = json_of(*m.value);
    } else if (m.key == "initialized") {
      file_.initialized = m.value->boolean;
    } else if (m.key == "steps") {
      for (const Node* step : m.value->items) read_step(*step);
    } else {
      fail(m.position.line, "unknown key \"" + m.key + "\"");
    }
  }

  void read_step(const Node& node) {
    Step step;
    step.line = node.position.line;
    bool known = false;
    for (const yaml::NodeMember& m : node.members) {
      if (std::string* text = text_of(step, m.key)) {
        *text = m.value->text;
        continue;
      }
      const auto word = std::ranges::find(kinds, m.key, &Word::key);
      if (word == kinds.end()) return fail(m.position.line, "unknown key \"" + m.key + "\" in a step");
      if (known) return fail(m.position.line, "a step does one thing");
      known = true;
      step.kind = word->kind;
      action(step, *m.value);
    }
    if (!known) return fail(step.line, "a step needs one of call, request, server, finish, advance, ...");
    const bool judged = step.kind == Kind::call || step.kind == Kind::request || step.kind == Kind::server;
    if (judged && step.expect.empty()) return fail(step.line, "\"expect\" is missing");
    if (!judged && !step.expect.empty()) return fail(step.line, "nothing can be expected of this step");
    file_.steps.push_back(std::move(step));
  }

  static std::string* text_of(Step& step, std::string_view key) {
    if (key == "expect") return &step.expect;
    if (key == "rule") return &step.rule;
    if (key == "reason") return &step.reason;
    if (key == "message") return &step.message;
    if (key == "retry_after") return &step.retry_after;
    if (key == "shadow") return &step.shadow;
    if (key == "answer") return &step.answer;
    return nullptr;
  }

  void action(Step& step, const Node& value) {
    switch (step.kind) {
      case Kind::call: {
        if (!value.is_map()) {  // just the tool's name
          json::write_string(step.text, value.text);
          step.text = R"("method":"tools/call","params":{"name":)" + step.text + R"(,"arguments":{}})";
          return;
        }
        std::string params;
        for (const yaml::NodeMember& m : value.members) {
          params += params.empty() ? '{' : ',';
          json::write_string(params, m.key);
          params += ':';
          if (m.key == "name" && m.value->is_text()) {
            json::write_string(params, m.value->text);
          } else {
            params += json_of(*m.value);
          }
        }
        step.text = R"("method":"tools/call","params":)" + params + "}";
        return;
      }
      case Kind::request:
      case Kind::server:
        step.raw = value.is_text();
        step.text = json_of(value);
        if (!step.raw) step.text = step.text.substr(1, step.text.size() - 2);
        return;
      case Kind::list:
        for (const Node* name : value.items) step.names.push_back(name->text);
        return;
      case Kind::finish:
      case Kind::advance:
      case Kind::reload:
      case Kind::session:
      case Kind::identity:
        step.text = value.text;
        return;
    }
  }

  File file_;
  Mistake mistake_;
};

}  // namespace

std::pair<std::optional<File>, Mistake> read_file(const std::string& text) {
  yaml::Problems problems;
  const yaml::Tree tree = yaml::read_yaml(text, problems);
  const std::vector<yaml::Problem> list = problems.take();
  if (!list.empty()) return {std::nullopt, {list[0].position.line, list[0].message}};
  if (tree.root == nullptr) return {std::nullopt, {1, "cannot be read"}};
  return FileReader().read(*tree.root);
}

}  // namespace data
