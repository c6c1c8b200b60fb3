// The top level of a test file and its cases.
#include <algorithm>

#include "base/strings.h"
#include "trial/reading.h"

namespace trial {
namespace {

constexpr std::string_view file_keys[] = {"policy", "policy_file", "tools", "server", "initialized",
                                          "start",  "invalid",     "steps", "cases"};
constexpr std::string_view case_keys[] = {"name", "start", "steps"};

Position position_of(const Node& map, std::string_view key) {
  const auto m = std::ranges::find(map.members, key, &NodeMember::key);
  return m == map.members.end() ? map.position : m->position;
}

// A key that is not known seems to be meant for this one.
bool meant(const Node& map, std::string_view key) {
  const std::string_view keys[] = {key};
  return std::ranges::any_of(map.members, [&](const NodeMember& m) { return !base::nearest(m.key, keys).empty(); });
}

void read_main_policy(Reading& r, const Node& root) {
  const Node *policy = root.find("policy"), *file = root.find("policy_file");
  if (policy != nullptr && file != nullptr) {
    r.problems.error("contradiction", position_of(root, "policy_file"),
                     "\"policy\" and \"policy_file\" in one test file", "keep one of them");
  } else if (policy != nullptr) {
    read_policy(r, *policy, "\"policy\"");
  } else if (file != nullptr) {
    if (auto path = read_text(r, *file, "\"policy_file\"")) {
      r.file.policies.push_back({file->position, std::move(*path), true});
    }
  } else if (!meant(root, "policy")) {
    r.problems.error(
        "missing-key", root.position, "\"policy\" is missing: what shall be tested?",
        "add policy: policy.yaml, a path from this file's folder, or the text of a policy after policy: |");
  }
}

void read_tools(Reading& r, const Node& node) {
  if (node.is_list()) {
    if (auto json = read_value(r, node, "\"tools\"")) r.file.tools = Source{node.position, std::move(*json), false};
    return;
  }
  if (!node.is_text() || node.text.empty()) {
    return wrong_type(r, node, "\"tools\"", "a list of tools, or the path of a file with what tools/list gave");
  }
  r.file.tools =
      Source{node.position, std::string(node.text), !node.text.starts_with('[') && !node.text.starts_with('{')};
}

void read_case(Reading& r, const Node& node) {
  if (!check_map(r, node, "a case", case_keys)) return;
  Case one;
  one.position = node.position;
  if (const Node* name = node.find("name")) {
    one.name = read_text(r, *name, "\"name\"").value_or("");
    const auto same = std::ranges::find(r.file.cases, one.name, &Case::name);
    if (!one.name.empty() && same != r.file.cases.end()) {
      r.problems.error("duplicate-name", name->position, "two cases have the name " + quoted(one.name),
                       "the other one begins in line " + std::to_string(same->position.line) + "; give each its own");
    }
  } else {
    r.problems.error("missing-key", node.position, "\"name\" is missing: what does this case show?",
                     "add name: a few words");
  }
  if (const Node* start = node.find("start")) one.start = read_time(r, *start, "\"start\"");
  if (const Node* steps = node.find("steps")) {
    one.steps = read_steps(r, *steps, node.position, "this case");
  } else {
    r.problems.error("missing-key", node.position, "\"steps\" is missing in this case",
                     "add steps: and a list of them");
  }
  r.file.cases.push_back(std::move(one));
}

void read_what_is_tested(Reading& r, const Node& root) {
  const Node *steps = root.find("steps"), *cases = root.find("cases"), *invalid = root.find("invalid");
  const int count = (steps != nullptr ? 1 : 0) + (cases != nullptr ? 1 : 0) + (invalid != nullptr ? 1 : 0);
  if (count == 0 && (meant(root, "steps") || meant(root, "cases") || meant(root, "invalid"))) return;
  if (count != 1) {
    r.problems.error(
        count == 0 ? "asserts-nothing" : "contradiction", root.position,
        count == 0 ? "this file asserts nothing"
                   : "a file has one of \"steps\", \"cases\" and \"invalid\", not several",
        "a file has steps:, or cases: with steps each, or invalid: and a part of the reason why the policy "
        "must not load");
    return;
  }
  if (invalid != nullptr) {
    r.file.invalid = read_text(r, *invalid, "\"invalid\"");
    r.file.invalid_at = position_of(root, "invalid");
    return;
  }
  if (steps != nullptr) {
    Case all;
    all.position = position_of(root, "steps");
    all.steps = read_steps(r, *steps, all.position, "this file");
    r.file.cases.push_back(std::move(all));
    return;
  }
  if (!cases->is_list() || cases->items.empty()) {
    return wrong_type(r, *cases, "\"cases\"", "a list of cases", "begin each with \"- name: …\"");
  }
  for (const Node* node : cases->items) read_case(r, *node);
}

// A policy that is run as a test has one thing wrong with it, not one a key.
bool is_policy(const Node& root) {
  if (!root.is_map()) return false;
  for (const char* own : {"policy", "policy_file", "steps", "cases", "invalid"})
    if (root.find(own) != nullptr) return false;
  for (const char* of_policies : {"version", "default", "hide", "mode", "servers", "methods", "all_tools"})
    if (root.find(of_policies) != nullptr) return true;
  const Node* tools = root.find("tools");
  return tools != nullptr && tools->is_map();
}

}  // namespace

std::optional<TestFile> read_test_file(std::string_view text, yaml::Problems& problems) {
  const yaml::Tree tree = yaml::read_tree(text, problems);
  if (tree.root == nullptr) return std::nullopt;
  Reading r{problems, {}};
  const Node& root = *tree.root;
  if (is_policy(root)) {
    problems.error(
        "asserts-nothing", root.position, "this is a policy, not a test of one",
        "a test is a file beside it that names it: policy: FILE, then steps: [{call: read_file, args: {path: "
        "/a}, expect: deny}]; intercept validate checks a policy");
    return std::nullopt;
  }
  if (!check_map(r, root, "a test file", file_keys)) return std::nullopt;
  read_main_policy(r, root);
  if (const Node* tools = root.find("tools")) read_tools(r, *tools);
  if (const Node* server = root.find("server")) r.file.server = read_text(r, *server, "\"server\"").value_or("");
  if (const Node* initialized = root.find("initialized")) {
    r.file.initialized = read_bool(r, *initialized, "\"initialized\"").value_or(true);
  }
  read_what_is_tested(r, root);
  if (const Node* start = root.find("start")) {
    const auto time = read_time(r, *start, "\"start\"");
    for (Case& one : r.file.cases) {
      if (!one.start) one.start = time;
    }
  }
  if (problems.has_errors()) return std::nullopt;
  return std::move(r.file);
}

}  // namespace trial
