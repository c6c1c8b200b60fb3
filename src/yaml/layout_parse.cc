// Tokens -> values with their comments. The grammar is small, since read_yaml() has accepted the text: one document,
// keys that are scalars, no tags. Whose a comment is: behind something in its line, that thing's; on lines of its own,
// the next item's, or, where a block ends, the ended block's as long as it stands deeper than what that block is a part
// of.
#include <algorithm>
#include <utility>

#include "yaml/layout_tree.h"

namespace yaml::layout {
namespace {

class Parser {
 public:
  explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) { arrive(); }

  std::optional<Page> page() {
    Page page;
    if (next().kind == Kind::directive) {
      page.head = take_all();
      page.directive = next().source;
      advance();
    }
    if (next().kind == Kind::document_start) {
      append(page.head, take_all());
      page.marked = true;
      advance();
      page.after_mark = take_same_line();
    }
    page.root.value = value(-1, false);
    page.root.trailing = take_same_line();
    while (next().kind == Kind::document_end) advance();
    page.tail = take_all();
    if (!good_ || next().kind != Kind::stream_end) return std::nullopt;
    return page;
  }

 private:
  const Token& next() const { return tokens_[at_]; }

  // The comments before the next token join those that nobody took yet.
  void arrive() {
    const Token& token = next();
    if (!token.before.empty()) {
      pending_.insert(pending_.end(), token.before.begin(), token.before.end());
      pending_[pending_.size() - token.before.size()].blank_before |= blank_;
      blank_ = token.blank_before;
    } else {
      blank_ = blank_ || token.blank_before;
    }
  }
  void advance() {
    if (!next().source.empty()) blank_ = ends_blank(next());
    if (at_ + 1 < tokens_.size()) ++at_;
    arrive();
  }
  // A block scalar's token takes the blank lines after it along; unless they are its content, they separate.
  static bool ends_blank(const Token& token) {
    if (token.kind != Kind::scalar || (token.style != Style::literal && token.style != Style::folded)) return false;
    const std::string_view s = token.source;
    if (s.substr(0, s.find_first_of("\n#")).find('+') != std::string_view::npos) return false;
    const std::size_t last = s.find_last_not_of(" \n\t");
    return last != std::string_view::npos &&
           std::count(s.begin() + static_cast<std::ptrdiff_t>(last), s.end(), '\n') > 1;
  }

  static void append(std::vector<Comment>& to, std::vector<Comment> more) {
    to.insert(to.end(), more.begin(), more.end());
  }
  std::vector<Comment> take(std::size_t count) {
    std::vector<Comment> out(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    return out;
  }
  std::vector<Comment> take_all() { return take(pending_.size()); }
  std::vector<Comment> take_same_line() { return take(!pending_.empty() && !pending_.front().own_line ? 1 : 0); }
  // Those that belong to a block that ends, which is part of a block in `column`.
  std::vector<Comment> take_foot(int column) {
    std::size_t n = 0;
    while (n < pending_.size() && pending_[n].column > column) ++n;
    return take(n);
  }
  void take_head(Item& item) {
    append(item.head, take_all());
    item.blank_before = blank_;
  }

  bool fail() { return good_ = false; }

  // Nothing stands where a value could.
  bool nothing_next(bool in_list) const {
    switch (next().kind) {
      case Kind::entry:
        return in_list;
      case Kind::key:
      case Kind::value:
      case Kind::comma:
      case Kind::block_end:
      case Kind::flow_list_end:
      case Kind::flow_map_end:
      case Kind::document_end:
      case Kind::stream_end:
        return true;
      default:
        return false;
    }
  }

  // A value in a block that begins in `column`. Takes the comments before it only if there is one.
  Value value(int column, bool in_list) {
    Value v;
    v.after = take_same_line();
    if (nothing_next(in_list)) return v;
    v.lead = take_all();
    if (next().kind == Kind::anchor) {
      v.anchor = next().source;
      advance();
      if (v.after.empty() && v.lead.empty()) v.after = take_same_line();
      if (nothing_next(in_list)) return v;
      append(v.lead, take_all());
    }
    content(v, column);
    return v;
  }

  void content(Value& v, int column) {
    switch (next().kind) {
      case Kind::alias:
      case Kind::scalar:
        v.shape = next().kind == Kind::alias ? Value::Shape::alias : Value::Shape::scalar;
        v.token = &next();
        v.block_column = column;
        advance();
        return;
      case Kind::map_start:
        return block_map(v, column);
      case Kind::list_start:
      case Kind::entry:
        return block_list(v, column);
      case Kind::flow_list_start:
      case Kind::flow_map_start:
        return flow(v);
      default:
        fail();
    }
  }

  void key(Item& item) {
    append(item.head, take_all());
    if (next().kind == Kind::anchor) {
      item.key_anchor = next().source;
      advance();
    }
    if (next().kind != Kind::scalar && next().kind != Kind::alias) {
      fail();
      return;
    }
    // In { } a key may be longer than it may be in a block.
    constexpr std::size_t longest = 1'000;
    const std::string_view source = next().source;
    const bool block = next().style == Style::literal || next().style == Style::folded;
    if (block || source.find('\n') != std::string_view::npos || source.size() + item.key_anchor.size() > longest) {
      fail();
      return;
    }
    item.key = &next();
    advance();
  }

  void block_map(Value& v, int parent) {
    v.shape = Value::Shape::map;
    const int column = next().column;
    advance();
    while (good_ && next().kind != Kind::block_end) {
      Item& item = v.items.emplace_back();
      take_head(item);
      if (next().kind != Kind::key) {
        fail();
        return;
      }
      advance();
      key(item);
      if (next().kind == Kind::value) {
        advance();
        item.value = value(column, false);
      }
      item.trailing = take_same_line();
    }
    v.foot = take_foot(parent);
    advance();
  }

  // Also one whose dashes stand in the column of the key before them; the reader infers neither start nor end of it.
  void block_list(Value& v, int parent) {
    v.shape = Value::Shape::list;
    const bool bare = next().kind == Kind::entry;
    const int column = next().column;
    if (!bare) advance();
    while (good_ && next().kind == Kind::entry) {
      Item& item = v.items.emplace_back();
      take_head(item);
      advance();
      item.value = value(column, true);
      item.trailing = take_same_line();
    }
    v.foot = take_foot(parent);
    if (bare) return;
    if (next().kind != Kind::block_end) fail();
    advance();
  }

  // Behind an item in its line, before or after its comma.
  void take_trailing(Item& item) {
    if (item.trailing.empty()) item.trailing = take_same_line();
  }

  void flow(Value& v) {
    v.flow = true;
    v.shape = next().kind == Kind::flow_map_start ? Value::Shape::map : Value::Shape::list;
    const Kind end = v.shape == Value::Shape::map ? Kind::flow_map_end : Kind::flow_list_end;
    advance();
    while (good_ && next().kind != end) {
      Item& item = v.items.emplace_back();
      append(item.head, take_all());
      flow_item(v, item);
      take_trailing(item);
      if (next().kind == Kind::comma) {
        advance();
        take_trailing(item);
      } else if (next().kind != end) {
        fail();
      }
      v.has_comments = v.has_comments || item.value.has_comments || !item.head.empty() || !item.trailing.empty() ||
                       !item.value.after.empty() || !item.value.lead.empty();
    }
    v.foot = take_all();
    if (v.items.empty()) append(v.lead, std::exchange(v.foot, {}));
    v.has_comments = v.has_comments || !v.foot.empty();
    advance();
  }

  void flow_item(const Value& v, Item& item) {
    const bool pair = next().kind == Kind::key;
    if (v.shape == Value::Shape::list) {
      item.value = pair ? single_pair() : value(0, true);
      return;
    }
    if (pair) advance();
    key(item);
    if (!good_ || next().kind != Kind::value) return;
    advance();
    item.value = value(0, false);
  }

  // [a: b]: a map of one member.
  Value single_pair() {
    Value v;
    v.flow = true;
    v.shape = Value::Shape::map;
    Item& item = v.items.emplace_back();
    flow_item(v, item);
    v.has_comments =
        !item.head.empty() || !item.value.after.empty() || !item.value.lead.empty() || item.value.has_comments;
    return v;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::vector<Comment> pending_;
  bool blank_ = false;
  bool good_ = true;
};

}  // namespace

std::optional<Page> parse(const std::vector<Token>& tokens) { return Parser(tokens).page(); }

}  // namespace yaml::layout
