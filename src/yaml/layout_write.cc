// Values with their comments -> canonical lines. Where a comment stands is decided here: what stood before a value that
// is written on the line of its dash moves to the lines before the dash.
// Recursion is bounded by the tree's depth.
#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "yaml/layout.h"
#include "yaml/layout_text.h"
#include "yaml/layout_tree.h"

namespace yaml::layout {
namespace {

struct Line {
  std::string text;
  std::string_view comment;
};

using Comments = std::vector<Comment>;

void put_before(Comments& later, Comments earlier) { later.insert(later.begin(), earlier.begin(), earlier.end()); }

bool is_collection(const Value& v) { return v.shape == Value::Shape::list || v.shape == Value::Shape::map; }

class Writer {
 public:
  std::string page(Page& page) {
    comments(page.head, 0, true);
    if (!page.directive.empty()) lines_.push_back({std::string(page.directive), {}});
    if (page.marked || !page.directive.empty()) {
      line_ = "---";
      end(page.after_mark);
    }
    root(page);
    comments(page.tail, 0, lines_.empty());
    return joined();
  }

 private:
  void root(Page& page) {
    Value& v = page.root.value;
    if (is_collection(v) && !fits(v, 0)) {
      if (!v.anchor.empty()) {
        line_ = v.anchor;
        end(v.after);
      }
      put_before(page.tail, std::move(page.root.trailing));
      put_before(v.items.front().head, std::move(v.lead));
      return block(v, 0, false);
    }
    put_before(v.lead, std::move(v.after));  // behind an anchor
    comments(v.lead, 0, true);
    const bool long_text = v.token != nullptr && v.token->source.find('\n') != std::string_view::npos;
    if (long_text && looks_like_mark(v.token->source)) line_ = "  ";
    text(page.root, 2);
  }

  // --- lines ---

  void end(const Comments& comment) {
    lines_.push_back({std::exchange(line_, {}), comment.empty() ? std::string_view() : comment.front().text});
  }
  // Not behind a text that keeps the line feeds at its end: it would get one more.
  void blank() {
    if (lines_.size() != kept_end_) lines_.emplace_back();
  }

  // Lines of their own. `first`: nothing stands before them in their block.
  void comments(const Comments& list, std::size_t indent, bool first) {
    for (const Comment& c : list) {
      if (c.blank_before && !std::exchange(first, false)) blank();
      first = false;
      lines_.push_back({std::string(indent, ' ').append(c.text), {}});
    }
  }

  // Comments that end consecutive lines begin in one column.
  std::string joined() {
    std::string out;
    for (std::size_t i = 0; i < lines_.size();) {
      std::size_t last = i, widest = 0;
      for (; last < lines_.size() && !lines_[last].comment.empty(); ++last)
        widest = std::max(widest, base::code_points(lines_[last].text));
      for (; i < last; ++i) {
        const Line& l = lines_[i];
        out.append(l.text).append(widest - base::code_points(l.text) + 2, ' ').append(l.comment).append("\n");
      }
      if (i < lines_.size()) out.append(lines_[i++].text).append("\n");
    }
    return out;
  }

  // --- what stays on a line ---

  // Appends { } or [ ] on one line. False: it is longer than `room` bytes, and `out` is incomplete.
  static bool flow(std::string& out, const Value& v, std::size_t room) {
    if (!v.anchor.empty()) out.append(v.anchor);
    if (v.shape == Value::Shape::empty) return true;
    if (!v.anchor.empty()) out += ' ';
    if (!is_collection(v)) {
      out += one_line(*v.token);
      return out.size() <= room;
    }
    const bool map = v.shape == Value::Shape::map;
    out += map ? '{' : '[';
    for (const Item& item : v.items) {
      if (&item != v.items.data()) out += ", ";
      if (map) out.append(key(item)).append(": ");
      if (!flow(out, item.value, room)) return false;
    }
    out += map ? '}' : ']';
    return out.size() <= room;
  }

  // A collection that can stand on the line, `column` characters in.
  static bool fits(const Value& v, std::size_t column) {
    if (!v.flow || v.has_comments) return v.items.empty();
    if (v.items.empty()) return true;
    std::string text;
    constexpr std::size_t bytes = layout_width * 4;  // of as many characters
    return flow(text, v, bytes) && column + base::code_points(text) <= layout_width;
  }

  static std::string key(const Item& item) {
    std::string out(item.key_anchor);
    if (!out.empty()) out += ' ';
    out += one_line(*item.key);
    if (item.key->kind == Kind::alias) out += ' ';  // else the colon would belong to the name
    return out;
  }

  // The value is written as a block, on the lines after its key or behind its dash.
  static bool is_block(const Item& item, std::size_t indent) {
    const Value& v = item.value;
    if (!is_collection(v)) return false;
    if (!v.after.empty() || !v.lead.empty()) return !fits(v, indent + 2);
    return !fits(v, indent + (item.key == nullptr ? 2 : base::code_points(key(item)) + 2));
  }

  // --- blocks ---

  // What stands before a block behind a dash goes before the dash.
  static void hoist(Item& item, std::size_t indent) {
    Value& v = item.value;
    if (!is_block(item, indent) || !v.anchor.empty()) return;
    Item& child = v.items.front();
    if (v.shape == Value::Shape::list) hoist(child, indent + 2);
    Comments moved = std::exchange(v.after, {});
    for (Comments* more : {&v.lead, &child.head, &item.trailing}) {
      moved.insert(moved.end(), more->begin(), more->end());
      more->clear();
    }
    if (moved.empty()) return;
    moved.front().blank_before = moved.front().blank_before || item.blank_before;
    item.blank_before = child.blank_before;
    item.head.insert(item.head.end(), moved.begin(), moved.end());
  }

  // `behind_dash`: the first item goes on in the line that was begun.
  void block(Value& v, std::size_t indent, bool behind_dash) {
    bool first = true;
    for (Item& item : v.items) {
      if (v.shape == Value::Shape::list) hoist(item, indent);
      if (!(first && behind_dash)) {
        comments(item.head, indent, first);
        if (item.blank_before && !(first && item.head.empty())) blank();
        line_.assign(indent, ' ');
      }
      first = false;
      line_ += v.shape == Value::Shape::list ? "-" : key(item) + ":";
      if (is_block(item, indent))
        nested(item, indent);
      else
        inline_value(item, indent);
    }
    comments(v.foot, indent, first);
  }

  void nested(Item& item, std::size_t indent) {
    Value& v = item.value;
    if (item.key == nullptr && v.anchor.empty()) {
      line_ += ' ';
      return block(v, indent + 2, true);
    }
    if (!v.anchor.empty()) line_.append(" ").append(v.anchor);
    Comments& place = v.after.empty() ? v.after : v.lead;
    place.insert(place.end(), item.trailing.begin(), item.trailing.end());
    end(v.after);
    put_before(v.items.front().head, std::move(v.lead));
    block(v, indent + 2, false);
  }

  void inline_value(Item& item, std::size_t indent) {
    Value& v = item.value;
    if (v.shape == Value::Shape::empty && v.anchor.empty()) {
      return end(item.trailing.empty() ? v.after : item.trailing);
    }
    if (v.after.empty() && v.lead.empty()) {
      line_ += ' ';
      return text(item, indent + 2);
    }
    end(v.after);
    comments(v.lead, indent + 2, true);
    line_.assign(indent + 2, ' ');
    text(item, indent + 2);
  }

  // The rest of the line, and the lines of a longer text after `indent` spaces.
  void text(const Item& item, std::size_t indent) {
    const Value& v = item.value;
    const bool scalar = v.shape == Value::Shape::scalar;
    if (!scalar || (!is_block_scalar(*v.token) && v.token->source.find('\n') == std::string_view::npos)) {
      (void)flow(line_, v, std::string::npos);
      return end(item.trailing);
    }
    if (!v.anchor.empty()) line_.append(v.anchor).append(" ");
    const bool is_block = is_block_scalar(*v.token);
    const std::vector<std::string> lines =
        is_block ? block_lines(*v.token, v.block_column, indent) : flowing_lines(*v.token, indent);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      line_ += lines[i];
      const bool last = i + 1 == lines.size();
      if (is_block)
        lines_.push_back({std::exchange(line_, {}), i == 0 ? header_comment(*v.token) : std::string_view()});
      else
        end(last ? item.trailing : Comments());
    }
    if (is_block && lines.front().find('+') != std::string::npos) kept_end_ = lines_.size();
  }

  std::vector<Line> lines_;
  std::string line_;
  std::size_t kept_end_ =
      0;  // where a text ends that keeps its last line feeds; 0: the beginning, where no blank is due
};

}  // namespace

std::string write(Page& page) { return Writer().page(page); }

}  // namespace yaml::layout
