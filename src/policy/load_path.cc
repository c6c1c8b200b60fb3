// Paths of conditions and amounts: which roots there are, where each may stand, and what may follow it.
#include <algorithm>

#include "base/strings.h"
#include "policy/loading.h"

namespace policy {
namespace {

constexpr std::string_view roots[] = {"args",    "params", "tool", "server", "identity",
                                      "session", "client", "time", "state"};
constexpr std::string_view state_prefix = "state.";

// "args.first name": a key with a space inside needs no brackets where nothing else is special, since the classic
// language only split at dots.
std::optional<json::Path> split_at_dots(std::string_view text) {
  if (text.find_first_of("[]\"'\\*") != std::string_view::npos) return std::nullopt;
  json::Path path;
  for (bool first = true;; first = false) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || part.front() == ' ' || part.back() == ' ') return std::nullopt;
    if (first)
      path.root = part;
    else
      path.steps.push_back({json::Step::Kind::key, std::string(part), 0});
    if (dot == std::string_view::npos) return path;
    text.remove_prefix(dot + 1);
  }
}

std::optional<json::Path> parse(Loading& l, const Node& node, const std::string& text) {
  if (text.starts_with(state_prefix) && text.find('[') == std::string::npos) {
    json::Path path;
    path.root = "state";
    path.steps.push_back({json::Step::Kind::key, text.substr(state_prefix.size()), 0});
    return path;
  }
  auto parsed = json::Path::parse(text);
  if (!parsed) {
    if (auto split = split_at_dots(text)) return split;
    l.error("bad-path", node.position, "path " + quoted(text) + ": " + parsed.error().message,
            "keys that are not plain words are written args[\"any key\"]");
    return std::nullopt;
  }
  if (parsed->root != "state") return std::move(*parsed);
  std::string rest;  // state["my.tool"].counter: joined, as if written with dots
  for (const json::Step& step : parsed->steps) {
    if (step.kind != json::Step::Kind::key) {
      l.error("bad-path", node.position, "path " + quoted(text) + ": state.<entry>.<counter> has names only");
      return std::nullopt;
    }
    if (!rest.empty()) rest += '.';
    rest += step.key;
  }
  parsed->steps.assign(1, {json::Step::Kind::key, rest, 0});
  return std::move(*parsed);
}

// `steps` is exactly one of the words.
bool is_word(const json::Path& path, std::initializer_list<std::string_view> words) {
  return path.steps.size() == 1 && path.steps[0].kind == json::Step::Kind::key &&
         std::find(words.begin(), words.end(), path.steps[0].key) != words.end();
}

// What is wrong with the steps after a root, or "".
std::string check_steps(const json::Path& path) {
  const bool has_steps = !path.steps.empty();
  if (path.root == "server") return is_word(path, {"name"}) ? "" : "after server comes name";
  if (path.root == "session") return is_word(path, {"id"}) ? "" : "after session comes id";
  if (path.root == "client") return is_word(path, {"name"}) ? "" : "after client comes name";
  if (path.root == "identity") return is_word(path, {"name"}) ? "" : "after identity comes name";
  if (path.root == "time")
    return is_word(path, {"hour", "weekday", "date"}) ? "" : "after time comes hour, weekday or date";
  if (path.root == "tool") {
    if (is_word(path, {"name"})) return "";
    const bool annotations =
        has_steps && path.steps[0].kind == json::Step::Kind::key && path.steps[0].key == "annotations";
    return annotations && path.steps.size() > 1 ? "" : "after tool comes name or annotations.<name>";
  }
  return "";
}

std::string root_hint(const json::Path& path, const std::string& text) {
  if (path.root == "arguments") return "did you mean args" + text.substr(path.root.size()) + "?";
  if (path.steps.empty()) return "did you mean args." + text + "?";
  if (const auto near = base::nearest(path.root, roots); !near.empty())
    return "did you mean " + std::string(near) + "?";
  return "a path begins with " + choices(roots) + "; an argument is args." + text;
}

bool check_root(Loading& l, const EntryScope& scope, const Node& node, const json::Path& path,
                const std::string& text) {
  if (std::find(std::begin(roots), std::end(roots), path.root) == std::end(roots)) {
    l.error("bad-path", node.position, "path " + quoted(text) + " begins with an unknown root", root_hint(path, text));
    return false;
  }
  const bool args = path.root == "args";
  if (args && scope.section != Section::tools && scope.section != Section::prompts) {
    l.error("bad-path", node.position, "args exists in rules of tools and prompts only",
            scope.section == Section::methods ? "in methods write params.arguments" + text.substr(4)
                                              : "in resources write params.uri");
    return false;
  }
  if (path.root == "tool" && scope.section != Section::tools) {
    l.error("bad-path", node.position, "tool exists in rules of tools only");
    return false;
  }
  if (const std::string wrong = check_steps(path); !wrong.empty()) {
    l.error("bad-path", node.position, "path " + quoted(text) + ": " + wrong);
    return false;
  }
  return true;
}

}  // namespace

std::optional<json::Path> read_path(Loading& l, const EntryScope& scope, const Node& node) {
  const auto text = read_text(l, node, "path");
  if (!text) return std::nullopt;
  if (text->size() > 4096) {
    l.error("bad-path", node.position, "the path is longer than 4096 bytes");
    return std::nullopt;
  }
  auto path = parse(l, node, *text);
  if (!path || !check_root(l, scope, node, *path, *text)) return std::nullopt;
  return path;
}

std::optional<json::Path> read_amount_path(Loading& l, const EntryScope& scope, const Node& node,
                                           std::string_view what) {
  auto path = read_path(l, scope, node);
  if (!path) return std::nullopt;
  if ((path->root != "args" && path->root != "params") || path->steps.empty() || path->quantified()) {
    l.error("bad-path", node.position,
            std::string(what) + " names one argument: args.<name>, without [all], [any] or [*]");
    return std::nullopt;
  }
  return path;
}

}  // namespace policy
