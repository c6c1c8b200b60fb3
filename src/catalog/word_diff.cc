// The difference of two texts by words: what both begin and end with is set aside, between them the longest common
// sequence. Bounded: where that would be too much work, all of the middle is one replacement.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "catalog/lock_changes.h"
#include "tools/sign_text.h"

namespace catalog {
namespace {

constexpr std::size_t most_cells = 4'000'000;
constexpr std::size_t context = 6;           // equal words that are shown beside a change
constexpr std::size_t longest_word = 4'000;  // code points of one word that are shown

using WordList = std::vector<std::string_view>;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

WordList words_of(std::string_view text) {
  WordList out;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_blank(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

struct Piece {
  enum class Kind : std::uint8_t { equal, gone, come } kind;
  std::string_view word;
};

void add_all(std::vector<Piece>& out, Piece::Kind kind, std::span<const std::string_view> words) {
  for (const std::string_view word : words) out.push_back({kind, word});
}

// lengths[i][j]: of the longest common sequence of what begins at i and j.
void compare_middle(std::vector<Piece>& out, std::span<const std::string_view> a, std::span<const std::string_view> b) {
  using Kind = Piece::Kind;
  if ((a.size() + 1) * (b.size() + 1) > most_cells) {
    add_all(out, Kind::gone, a);
    return add_all(out, Kind::come, b);
  }
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> lengths((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      lengths[i * width + j] = a[i] == b[j] ? lengths[(i + 1) * width + j + 1] + 1
                                            : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i] == b[j]) {
      out.push_back({Kind::equal, a[i]});
      ++i, ++j;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      out.push_back({Kind::gone, a[i++]});
    } else {
      out.push_back({Kind::come, b[j++]});
    }
  }
  add_all(out, Kind::gone, a.subspan(i));
  add_all(out, Kind::come, b.subspan(j));
}

// Changes of one kind that follow each other stand in one pair of brackets.
std::string written(const std::vector<Piece>& pieces) {
  using Kind = Piece::Kind;
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : " ") + part; };
  for (std::size_t at = 0; at < pieces.size();) {
    std::size_t end = at;
    while (end < pieces.size() && pieces[end].kind == pieces[at].kind) ++end;
    const bool equal = pieces[at].kind == Kind::equal;
    std::string run;
    for (std::size_t k = at; k < end; ++k) {
      const bool far_before = at == 0 || k >= at + context, far_after = end == pieces.size() || k + context < end;
      if (equal && far_before && far_after) {
        if (!run.ends_with("…")) run += run.empty() ? "…" : " …";
        continue;
      }
      run += (run.empty() ? "" : " ") + tools::visible(pieces[k].word, longest_word);
    }
    add(equal ? run : pieces[at].kind == Kind::gone ? "[-" + run + "-]" : "{+" + run + "+}");
    at = end;
  }
  return out;
}

}  // namespace

std::string word_diff(std::string_view before, std::string_view after) {
  const WordList a = words_of(before), b = words_of(after);
  if (a == b) return before == after ? "no change" : "only white space changed";
  const std::span<const std::string_view> was(a), is(b);
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::vector<Piece> pieces;
  add_all(pieces, Piece::Kind::equal, was.first(head));
  compare_middle(pieces, was.subspan(head, a.size() - head - tail), is.subspan(head, b.size() - head - tail));
  add_all(pieces, Piece::Kind::equal, was.last(tail));
  return written(pieces);
}

}  // namespace catalog
