// Chooses the reader, checks what both need, and says where a byte is.
#include "yaml/tree.h"

#include <algorithm>
#include <vector>

#include "base/unicode.h"
#include "json/document.h"

namespace yaml {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

bool is_utf16(std::string_view text) { return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"); }

// Walks a Document depth first, so that offsets only grow and positions cost one pass over the text.
class JsonWalk {
 public:
  JsonWalk(std::string_view text, Tree& tree) : text_(text), tree_(tree) {}

  const Node* node(json::Value value) {
    Node& n = tree_.make();
    n.position = at(value);
    switch (value.type()) {
      case json::Type::null:
        break;
      case json::Type::boolean:
        n.kind = Node::Kind::boolean;
        n.boolean = value.boolean();
        n.text = n.boolean ? "true" : "false";
        break;
      case json::Type::number:
        n.kind = Node::Kind::number;
        n.text = tree_.keep(value.number());
        break;
      case json::Type::string:
        n.kind = Node::Kind::string;
        n.text = tree_.keep(value.string());
        break;
      case json::Type::array:
        n.kind = Node::Kind::list;
        n.items = items(value);
        break;
      case json::Type::object:
        n.kind = Node::Kind::map;
        n.members = members(value);
        break;
    }
    return &n;
  }

 private:
  std::span<const Node* const> items(json::Value list) {
    std::vector<const Node*> out;
    for (const json::Value item : list.elements()) out.push_back(node(item));
    return tree_.keep(out);
  }

  std::span<const NodeMember> members(json::Value map) {
    std::vector<NodeMember> out;
    for (const json::Member& m : map.members()) {
      const Position key = at(m.key_value);
      out.push_back({tree_.keep(m.key), key, node(m.value)});
    }
    return tree_.keep(out);
  }

  Position at(json::Value value) {
    const auto offset = static_cast<std::size_t>(value.raw().data() - text_.data());
    for (; done_ < offset; ++done_) {
      const auto c = static_cast<unsigned char>(text_[done_]);
      if (c == '\n') {
        ++here_.line;
        here_.column = 1;
      } else if ((c & 0xC0) != 0x80) {
        ++here_.column;
      }
    }
    return here_;
  }

  std::string_view text_;
  Tree& tree_;
  std::size_t done_ = 0;
  Position here_{1, 1};
};

json::Budget json_budget() {
  json::Budget budget;
  budget.bytes = TreeBudget::bytes;
  budget.depth = TreeBudget::depth;
  budget.values = TreeBudget::nodes;
  return budget;
}

// The text looks like JSON and not like a YAML flow map: `{` is followed by a quote or by `}`.
bool looks_like_json(std::string_view text, std::size_t brace) {
  const std::size_t next = text.find_first_not_of(" \t\r\n", brace + 1);
  return next != std::string_view::npos && (text[next] == '"' || text[next] == '}');
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const NodeMember& m : members)
    if (same_key(m.key, key)) return m.value;
  return nullptr;
}

Position position_at(std::string_view text, std::size_t offset) {
  Position p{1, 1};
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      ++p.line;
      p.column = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++p.column;
    }
  }
  return p;
}

std::string kind_word(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return node.written ? "null" : "nothing";
    case Node::Kind::boolean:
      return node.boolean ? "true" : "false";
    case Node::Kind::number:
      return "a number";
    case Node::Kind::string:
      return "a string";
    case Node::Kind::ambiguous:
      return "the bare word " + quoted(node.text);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "something else";
}

Tree read_json(std::string_view text, Problems& problems) {
  Tree tree;
  json::Document document;
  if (const auto read = document.read(text, json::Profile::strict, json_budget()); !read) {
    const bool duplicate = read.error().kind == json::ErrorKind::duplicate_key;
    problems.error(duplicate ? "duplicate-key" : "json", position_at(text, read.error().offset),
                   "not readable as JSON: " + read.error().message);
    return tree;
  }
  tree.root = JsonWalk(text, tree).node(document.root());
  return tree;
}

Tree read_tree(std::string_view text, Problems& problems) {
  if (text.size() > TreeBudget::bytes) {
    problems.error("too-large", {}, "the policy is larger than 8 MiB");
    return {};
  }
  if (is_utf16(text)) {
    problems.error("encoding", {1, 1}, "the file is UTF-16", "save it as UTF-8");
    return {};
  }
  if (text.starts_with(bom)) text.remove_prefix(bom.size());
  if (const std::size_t bad = base::first_invalid_utf8(text); bad != std::string_view::npos) {
    problems.error("encoding", position_at(text, bad), "the text is not valid UTF-8 here", "save the file as UTF-8");
    return {};
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    problems.error("empty", {}, "the file is empty", "the smallest policy is:\nversion: \"1\"\ndefault: allow");
    return {};
  }
  if (text[first] != '{') return read_yaml(text, problems);
  Problems as_json;
  if (Tree tree = read_json(text, as_json); tree.root != nullptr) return tree;
  Problems as_yaml;
  Tree tree = read_yaml(text, as_yaml);
  const bool use_json = tree.root == nullptr && looks_like_json(text, first);
  for (Problem& p : (use_json ? as_json : as_yaml).take()) problems.error(p.code, p.position, p.message, p.hint);
  return tree;
}

}  // namespace yaml
