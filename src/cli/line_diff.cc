// The shortest edit by E. W. Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986), with
// every frontier kept so that the way can be traced back; the number of edits is bounded.
#include "cli/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/strings.h"

namespace cli {
namespace {

constexpr int max_edits = 4'000;  // 4,000² / 2 numbers: 32 MiB
constexpr std::size_t context = 3;

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end == std::string_view::npos ? text.size() : end + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

struct Change {
  char sign;  // ' ', '-', '+'
  std::string_view line;
};

// Which lines of `a` go and which of `b` come. False: more than max_edits.
bool shortest(const Lines& a, const Lines& b, std::vector<bool>& goes, std::vector<bool>& comes) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  std::vector<std::vector<int>> frontiers;  // [d][k + d]: how far in `a` d edits come on diagonal k, for k = -d..d
  const auto index = [](int d, int k) { return static_cast<std::size_t>(d) + static_cast<std::size_t>(k); };  // k >= -d
  const auto at = [&](const std::vector<int>& f, int d, int k) { return f[index(d, k)]; };
  const auto down = [&](int d, int k) {
    const auto& before = frontiers[static_cast<std::size_t>(d - 1)];
    return k == -d || (k != d && at(before, d - 1, k - 1) < at(before, d - 1, k + 1));
  };
  for (int d = 0; d <= std::min(n + m, max_edits); ++d) {
    std::vector<int> frontier(static_cast<std::size_t>(2 * d + 1), 0);
    for (int k = -d; k <= d; k += 2) {
      int x = 0;
      if (d > 0) {
        const auto& before = frontiers[static_cast<std::size_t>(d - 1)];
        x = down(d, k) ? at(before, d - 1, k + 1) : at(before, d - 1, k - 1) + 1;
      }
      int y = x - k;
      while (x < n && y < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)]) ++x, ++y;
      frontier[index(d, k)] = x;
      if (x < n || y < m) continue;
      for (int e = d, diagonal = k; e > 0; --e) {
        const auto& before = frontiers[static_cast<std::size_t>(e - 1)];
        if (down(e, diagonal)) {
          ++diagonal;
          comes[static_cast<std::size_t>(at(before, e - 1, diagonal) - diagonal)] = true;
        } else {
          --diagonal;
          goes[static_cast<std::size_t>(at(before, e - 1, diagonal))] = true;
        }
      }
      return true;
    }
    frontiers.push_back(std::move(frontier));
  }
  return false;
}

std::vector<Change> changes(const Lines& a, const Lines& b) {
  std::size_t head = 0, tail = 0;
  while (head < std::min(a.size(), b.size()) && a[head] == b[head]) ++head;
  while (tail < std::min(a.size(), b.size()) - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const Lines x(a.begin() + static_cast<std::ptrdiff_t>(head), a.end() - static_cast<std::ptrdiff_t>(tail));
  const Lines y(b.begin() + static_cast<std::ptrdiff_t>(head), b.end() - static_cast<std::ptrdiff_t>(tail));
  std::vector<bool> goes(x.size(), false), comes(y.size(), false);
  if (!shortest(x, y, goes, comes)) {
    goes.assign(x.size(), true);
    comes.assign(y.size(), true);
  }
  std::vector<Change> out;
  out.reserve(a.size() + b.size());
  for (std::size_t i = 0; i < head; ++i) out.push_back({' ', a[i]});
  for (std::size_t i = 0, j = 0; i < x.size() || j < y.size();) {
    if (i < x.size() && goes[i])
      out.push_back({'-', x[i++]});
    else if (j < y.size() && comes[j])
      out.push_back({'+', y[j++]});
    else
      out.push_back({' ', x[i++]}), ++j;
  }
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) out.push_back({' ', a[i]});
  return out;
}

std::string range(std::size_t first, std::size_t count) {
  return std::to_string(count == 0 ? first - 1 : first) + (count == 1 ? "" : "," + std::to_string(count));
}

void append_line(std::string& out, const Change& c, bool colour) {
  const bool cut = !c.line.ends_with('\n');
  std::string_view line = c.line;
  if (!cut) line.remove_suffix(1);
  const bool coloured = colour && c.sign != ' ';
  if (coloured) out += c.sign == '-' ? "\x1b[31m" : "\x1b[32m";
  out += c.sign;
  out += colour ? base::printable(line, 10'000) : std::string(line);
  if (coloured) out += "\x1b[0m";
  out += cut ? "\n\\ No newline at end of file\n" : "\n";
}

// The part of a diff from change `first` to before `last`; `old_line` and `new_line` are those of its first line.
void append_part(std::string& out, const std::vector<Change>& all, std::size_t first, std::size_t last,
                 std::size_t old_line, std::size_t new_line, bool colour) {
  std::size_t old_count = 0, new_count = 0;
  for (std::size_t i = first; i < last; ++i) {
    old_count += all[i].sign != '+' ? 1 : 0;
    new_count += all[i].sign != '-' ? 1 : 0;
  }
  out.append("@@ -").append(range(old_line, old_count)).append(" +").append(range(new_line, new_count)).append(" @@\n");
  for (std::size_t i = first; i < last; ++i) append_line(out, all[i], colour);
}

}  // namespace

std::string line_diff(std::string_view old_name, std::string_view old_text, std::string_view new_name,
                      std::string_view new_text, bool colour) {
  if (old_text == new_text) return "";
  const std::vector<Change> all = changes(lines_of(old_text), lines_of(new_text));
  std::string out = "--- " + base::printable(old_name, 4096) + "\n+++ " + base::printable(new_name, 4096) + "\n";
  std::size_t old_line = 1, new_line = 1, counted = 0;
  const auto count_to = [&](std::size_t end) {
    for (; counted < end; ++counted) {
      old_line += all[counted].sign != '+' ? 1 : 0;
      new_line += all[counted].sign != '-' ? 1 : 0;
    }
  };
  const auto next_change = [&](std::size_t i) {
    while (i < all.size() && all[i].sign == ' ') ++i;
    return i;
  };
  for (std::size_t i = next_change(0); i < all.size();) {
    const std::size_t first = std::max(counted, i - std::min(i, context));
    std::size_t last = i;  // behind the last change of this part
    while (i < all.size() && i - last <= 2 * context) {
      while (i < all.size() && all[i].sign != ' ') ++i;
      last = i;
      i = next_change(i);
    }
    count_to(first);
    const std::size_t end = std::min(all.size(), last + context);
    append_part(out, all, first, end, old_line, new_line, colour);
    count_to(end);
  }
  return out;
}

}  // namespace cli
