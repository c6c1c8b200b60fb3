// lay_out(): read, lay out, and look whether anything but the layout has changed.
#include "yaml/layout.h"

#include <algorithm>
#include <unordered_map>

#include "yaml/layout_json.h"
#include "yaml/layout_tree.h"

namespace yaml {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

std::string with_line_feeds(std::string_view text) {
  if (text.starts_with(bom)) text.remove_prefix(bom.size());
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (c != '\r') out += c;  // read_yaml() accepts it before a line feed only; in JSON it is white space
  return out;
}

class SameTree {
 public:
  bool operator()(const Node& a, const Node& b) {
    if (const auto [known, fresh] = seen_.emplace(&a, &b); !fresh) return known->second == &b;
    if (a.kind != b.kind || a.text != b.text || a.boolean != b.boolean || a.written != b.written) return false;
    if (a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
    for (std::size_t i = 0; i < a.items.size(); ++i)
      if (!(*this)(*a.items[i], *b.items[i])) return false;
    for (std::size_t i = 0; i < a.members.size(); ++i)
      if (a.members[i].key != b.members[i].key || !(*this)(*a.members[i].value, *b.members[i].value)) return false;
    return true;
  }

 private:
  std::unordered_map<const Node*, const Node*> seen_;
};

// What must be the same before and after, beside the tree.
struct Extras {
  std::vector<std::string_view> comments;  // sorted
  std::vector<std::string_view> anchors;   // and aliases, in their order
  bool operator==(const Extras&) const = default;
};

Extras extras_of(const std::vector<layout::Token>& tokens) {
  Extras out;
  for (const layout::Token& t : tokens) {
    for (const layout::Comment& c : t.before) out.comments.push_back(c.text);
    if (t.style == layout::Style::literal || t.style == layout::Style::folded)
      if (const std::string_view c = layout::header_comment(t); !c.empty()) out.comments.push_back(c);
    if (t.kind == layout::Kind::anchor || t.kind == layout::Kind::alias) out.anchors.push_back(t.source);
  }
  std::ranges::sort(out.comments);
  return out;
}

std::optional<std::string> defect(Problems& problems, std::string message, std::string hint) {
  problems.error("layout", {}, std::move(message), std::move(hint));
  return std::nullopt;
}

std::optional<std::string> lay_out_yaml(const std::string& text, const Node& root, Problems& problems) {
  const auto tokens = layout::scan(text);
  auto page = tokens ? layout::parse(*tokens) : std::nullopt;
  if (!page)
    return defect(problems, "a key is longer than 1,000 bytes or stands on several lines",
                  "write it on one line; the file was left as it is");
  std::string out = layout::write(*page);
  Problems again;
  const Tree tree = read_tree(out, again);
  const auto written = tree.root == nullptr ? std::nullopt : layout::scan(out);
  if (!written || !same_tree(root, *tree.root) || extras_of(*written) != extras_of(*tokens))
    return defect(problems, "laying the file out would change what it says",
                  "this is a defect of intercept; the file was left as it is");
  return out;
}

}  // namespace

bool same_tree(const Node& a, const Node& b) { return SameTree()(a, b); }

std::optional<std::string> lay_out(std::string_view written, Problems& problems) {
  const std::string text = with_line_feeds(written);
  const Tree tree = read_tree(written, problems);
  if (tree.root == nullptr || problems.has_errors()) return std::nullopt;
  if (const std::size_t first = text.find_first_not_of(" \t\n"); text[first] == '{') {
    json::Document document;
    json::Budget budget;
    budget.bytes = TreeBudget::bytes;
    budget.depth = TreeBudget::depth;
    budget.values = TreeBudget::nodes;
    if (document.read(text, json::Profile::strict, budget)) {
      std::string out = layout::write_json(document.root());
      Problems again;
      const Tree after = read_tree(out, again);
      if (after.root != nullptr && same_tree(*tree.root, *after.root)) return out;
      return defect(problems, "laying the file out would change what it says",
                    "this is a defect of intercept; the file was left as it is");
    }
  }
  return lay_out_yaml(text, *tree.root, problems);
}

}  // namespace yaml
