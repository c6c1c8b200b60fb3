// libyaml's events -> tree. What YAML allows and a policy does not is refused here: duplicate keys, several documents,
// tags, merge keys, keys that are not scalars, repeated anchors, aliases beyond a budget; and the characters that make
// a text look different from what it says (line breaks that editors do not show, control characters).
// libyaml is iterative and so is this; depth and nodes are bounded.
#include <yaml.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/unicode.h"
#include "yaml/tree.h"

namespace yaml {
namespace {

struct Parser {
  yaml_parser_t p{};
  explicit Parser(std::string_view text) {
    ok = yaml_parser_initialize(&p) != 0;
    if (!ok) return;
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Parser() {
    if (ok) yaml_parser_delete(&p);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  bool ok;
};

struct Event {
  yaml_event_t e{};
  Event() = default;
  ~Event() { yaml_event_delete(&e); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

Position at(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

// Characters that a policy's text may not hold raw.
bool check_characters(std::string_view text, Problems& problems) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7F) {
      ++i;
      continue;
    }
    if (c == '\n' || c == '\t' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    const std::uint32_t cp = base::decode_utf8(text, i);
    if (c == '\r') {
      problems.error("control-character", position_at(text, start), "a carriage return without a line feed",
                     "end lines with LF or CRLF");
    } else if (cp == 0) {
      problems.error("control-character", position_at(text, start), "a NUL byte: this is not a text file");
    } else if (cp == 0x85 || cp == 0x2028 || cp == 0x2029) {
      problems.error("control-character", position_at(text, start),
                     "a Unicode line break that most editors do not show",
                     "in a double-quoted string write \\N, \\L or \\P");
    } else if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xFEFF || cp == 0xFFFE || cp == 0xFFFF) {
      problems.error("control-character", position_at(text, start), "a control character",
                     "in a double-quoted string write it as \\x.. or \\u....");
    } else {
      continue;
    }
    return false;
  }
  return true;
}

std::string_view line_of(std::string_view text, std::size_t line) {
  for (; line > 0; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

bool has_tab_indent(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return line.substr(0, first).find('\t') != std::string_view::npos;
}

// Where libyaml saw a problem. At the end of a text without a last line feed it counts one line too many.
Position problem_position(const yaml_mark_t& mark, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return mark.line > lines ? position_at(text, text.size()) : at(mark);
}

void report_syntax(const yaml_parser_t& p, std::string_view text, Problems& problems) {
  const yaml_mark_t mark = p.problem_mark;
  const Position place = problem_position(mark, text);
  const std::string_view problem = p.problem == nullptr ? "cannot be read" : p.problem;
  const std::string_view line = line_of(text, mark.line);
  if (has_tab_indent(line) || (mark.line > 0 && has_tab_indent(line_of(text, mark.line - 1)))) {
    problems.error("tab", place, "a tab is used for indentation", "YAML indents with spaces only");
    return;
  }
  std::string hint;
  const std::string_view context = p.context == nullptr ? "" : p.context;
  if (context.find("scanning an alias") != std::string_view::npos ||
      context.find("scanning an anchor") != std::string_view::npos)
    hint = "a name that begins with * or & must be quoted: \"*\"; inside { } so must a path with [*]";
  else if (problem.find("did not find expected ','") != std::string_view::npos)
    hint = "inside { } and [ ] quote text that holds a bracket, a brace or a comma: \"args.tags[any]\"";
  else if (problem.find("mapping values are not allowed") != std::string_view::npos)
    hint = "check the indentation, and quote text that holds \": \"";
  else if (problem.find("did not find expected key") != std::string_view::npos ||
           problem.find("'-' indicator") != std::string_view::npos)
    hint = "check the indentation: what belongs together begins in the same column";
  else if (problem.find("unknown escape character") != std::string_view::npos)
    hint = "in \"double quotes\" a backslash begins an escape; put the text in 'single quotes'";
  else if (problem.find("cannot start any token") != std::string_view::npos)
    hint = "quote text that begins with @, ` or %";
  std::string message = "not readable as YAML: ";
  if (!context.empty()) message.append(context).append(": ");
  problems.error("yaml", place, message.append(problem), std::move(hint));
}

class Builder {
 public:
  Builder(Tree& tree, Problems& problems) : tree_(tree), problems_(problems) {}

  // False: stop, a problem was reported.
  bool take(const yaml_event_t& e) {
    switch (e.type) {
      case YAML_DOCUMENT_START_EVENT:
        return start_document(e);
      case YAML_SCALAR_EVENT:
        return scalar(e);
      case YAML_ALIAS_EVENT:
        return alias(e);
      case YAML_SEQUENCE_START_EVENT:
        return open(e, Node::Kind::list, view(e.data.sequence_start.tag), view(e.data.sequence_start.anchor));
      case YAML_MAPPING_START_EVENT:
        return open(e, Node::Kind::map, view(e.data.mapping_start.tag), view(e.data.mapping_start.anchor));
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return close();
      default:
        return true;
    }
  }
  const Node* root() const { return root_; }

 private:
  struct Frame {
    Node* node;
    std::string anchor;
    std::size_t first_item, first_member;  // where what it has so far stands in items_ and members_
    bool has_key = false;
    std::string_view key;
    Position key_position;
  };

  bool fail(std::string_view code, Position p, std::string message, std::string hint = "") {
    problems_.error(code, p, std::move(message), std::move(hint));
    return false;
  }

  bool start_document(const yaml_event_t& e) {
    const auto& start = e.data.document_start;
    if (start.tag_directives.start != start.tag_directives.end)
      return fail("tag", at(e.start_mark), "tags are not used in policies", "take the %TAG line out");
    if (++documents_ > 1)
      return fail("several-documents", at(e.start_mark), "a second document begins here; a policy is one document",
                  "take out the line ---, or keep one policy a file");
    return true;
  }

  Node* make(const yaml_event_t& e, std::string_view tag) {
    if (!tag.empty()) {
      fail("tag", at(e.start_mark), "the tag " + quoted(tag) + " is not allowed; a policy has plain values only",
           "take the tag out, and quote the value if it is text");
      return nullptr;
    }
    if (++made_ > TreeBudget::nodes) {
      fail("too-many-values", at(e.start_mark), "the policy has more than 1,000,000 values");
      return nullptr;
    }
    Node* node = spare_ == nullptr ? &tree_.make() : spare_;
    spare_ = nullptr;
    *node = {};
    node->position = at(e.start_mark);
    return node;
  }

  bool scalar(const yaml_event_t& e) {
    const auto& s = e.data.scalar;
    Node* node = make(e, view(s.tag));
    if (node == nullptr) return false;
    node->text = tree_.keep(std::string_view(reinterpret_cast<const char*>(s.value), s.length));
    node->bytes = s.length;
    const bool plain = s.style == YAML_PLAIN_SCALAR_STYLE;
    node->kind = Node::Kind::string;
    if (plain) resolve_plain(*node);
    if (!define(view(s.anchor), node, node->position)) return false;
    const bool key = !stack_.empty() && stack_.back().node->is_map() && !stack_.back().has_key;
    if (!place(node, node->position, plain)) return false;
    if (key && s.anchor == nullptr) spare_ = node;  // its text alone is used
    return true;
  }

  bool open(const yaml_event_t& e, Node::Kind kind, std::string_view tag, std::string_view anchor) {
    if (stack_.size() >= TreeBudget::depth)
      return fail("too-deep", at(e.start_mark), "more than 64 levels of lists and maps");
    Node* node = make(e, tag);
    if (node == nullptr) return false;
    node->kind = kind;
    if (!stack_.empty() && stack_.back().node->is_map() && !stack_.back().has_key)
      return fail("key", at(e.start_mark), "a key must be text, not a list or a map");
    stack_.push_back({node, std::string(anchor), items_.size(), members_.size(), false, {}, {}});
    return true;
  }

  bool close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    Node& node = *frame.node;
    if (node.is_map()) drop_duplicates(frame.first_member);
    node.items = tree_.keep(std::span<const Node* const>(items_).subspan(frame.first_item));
    node.members = tree_.keep(std::span<const NodeMember>(members_).subspan(frame.first_member));
    items_.resize(frame.first_item);
    members_.resize(frame.first_member);
    for (const Node* item : node.items) node.nodes += item->nodes, node.bytes += item->bytes;
    for (const NodeMember& m : node.members)
      node.nodes += 1 + m.value->nodes, node.bytes += m.key.size() + m.value->bytes;
    return define(frame.anchor, &node, node.position) && place(&node, node.position, false);
  }

  // The first of equal keys stays; the others are errors. A small map is compared pair by pair, a large one sorted.
  void drop_duplicates(std::size_t first) {
    constexpr std::size_t small = 8;
    const std::span<const NodeMember> members = std::span<const NodeMember>(members_).subspan(first);
    if (members.size() <= small) {
      bool distinct = true;
      for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) distinct = distinct && !same_key(members[i].key, members[j].key);
      if (distinct) return;
    }
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const int by_key = members[a].key.compare(members[b].key);
      return by_key != 0 ? by_key < 0 : a < b;
    });
    std::vector<bool> drop(order.size(), false);
    std::size_t one = 0;
    for (std::size_t i = 1; i < order.size(); ++i) {
      const NodeMember& kept = members[order[one]];
      const NodeMember& m = members[order[i]];
      if (m.key != kept.key) {
        one = i;
        continue;
      }
      drop[order[i]] = true;
      problems_.error("duplicate-key", m.position, "the key " + quoted(m.key) + " stands twice in one map",
                      "the first is in line " + std::to_string(kept.position.line) + "; keep one of them");
    }
    std::size_t i = 0;
    const auto dropped = [&](const NodeMember&) -> bool { return drop[i++]; };
    const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<NodeMember> left;
    std::remove_copy_if(begin, members_.end(), std::back_inserter(left), dropped);
    members_.erase(std::copy(left.begin(), left.end(), begin), members_.end());
  }

  bool alias(const yaml_event_t& e) {
    const std::string_view name = view(e.data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end() || found->second == nullptr)
      return fail("alias", at(e.start_mark), "the alias *" + std::string(name) + " names no value before it",
                  "a name that begins with * must be quoted: \"*" + std::string(name) + "\"");
    alias_nodes_ += found->second->nodes;
    alias_bytes_ += found->second->bytes;
    if (alias_nodes_ > TreeBudget::alias_nodes || alias_bytes_ > TreeBudget::bytes)
      return fail("alias-budget", at(e.start_mark), "aliases expand to more than 100,000 values or 8 MiB");
    return place(found->second, at(e.start_mark), false);
  }

  bool define(std::string_view anchor, const Node* node, Position p) {
    if (anchor.empty()) return true;
    if (anchors_.emplace(anchor, node).second) return true;
    return fail("anchor", p, "the anchor &" + std::string(anchor) + " is defined twice");
  }

  // A finished value takes its place: the root, an element, a key or a member.
  bool place(const Node* node, Position p, bool plain) {
    if (stack_.empty()) {
      root_ = node;
      return true;
    }
    Frame& frame = stack_.back();
    if (frame.node->is_list()) {
      items_.push_back(node);
      return true;
    }
    if (frame.has_key) {
      members_.push_back({frame.key, frame.key_position, node});
      frame.has_key = false;
      return true;
    }
    if (node->is_list() || node->is_map()) return fail("key", p, "a key must be text, not a list or a map");
    if (plain && node->text == "<<")
      return fail("merge-key", p, "merge keys (<<) are not part of the policy language",
                  "write the keys out, or give a whole value an anchor and use its alias");
    if (plain && node->text.empty()) return fail("key", p, "a key is missing before the colon");
    frame.key = node->text;
    frame.key_position = p;
    frame.has_key = true;
    return true;
  }

  Tree& tree_;
  Problems& problems_;
  std::vector<Frame> stack_;
  std::vector<const Node*> items_;   // of the lists that are open, one after the other
  std::vector<NodeMember> members_;  // of the maps that are open
  Node* spare_ = nullptr;            // made and not needed
  std::size_t made_ = 0;
  std::map<std::string, const Node*, std::less<>> anchors_;
  std::uint64_t alias_nodes_ = 0, alias_bytes_ = 0;
  const Node* root_ = nullptr;
  int documents_ = 0;
};

}  // namespace

Tree read_yaml(std::string_view text, Problems& problems) {
  Tree tree;
  if (!check_characters(text, problems)) return tree;
  Parser parser(text);
  if (!parser.ok) {
    problems.error("yaml", {}, "out of memory");
    return tree;
  }
  Builder builder(tree, problems);
  for (bool more = true; more;) {
    Event event;
    if (yaml_parser_parse(&parser.p, &event.e) == 0) {
      report_syntax(parser.p, text, problems);
      return tree;
    }
    if (!builder.take(event.e)) return tree;
    more = event.e.type != YAML_STREAM_END_EVENT;
  }
  const Node* root = builder.root();
  if (root == nullptr || (root->kind == Node::Kind::null && !root->written)) {
    problems.error("empty", {}, "the file has no content (only comments)",
                   "the smallest policy is:\nversion: \"1\"\ndefault: allow");
    return tree;
  }
  tree.root = root;
  return tree;
}

}  // namespace yaml
