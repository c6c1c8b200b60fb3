// Collects problems, sorts them and drops repetitions. Bounded: a file of a million mistakes gives 200 messages.
#include "yaml/problems.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"

namespace yaml {
namespace {

auto place(const Problem& p) { return std::tie(p.position.line, p.position.column, p.severity, p.code, p.message); }

void sort_by_place(std::vector<Problem>& list) {
  std::sort(list.begin(), list.end(), [](const Problem& a, const Problem& b) { return place(a) < place(b); });
  const auto same = [](const Problem& a, const Problem& b) { return place(a) == place(b); };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
}

}  // namespace

void Problems::add(Severity severity, std::string_view code, Position at, std::string message, std::string hint) {
  if (severity == Severity::error) ++errors_;
  // Beyond the bound only the first error matters: without it the file would pass.
  if (list_.size() >= max_kept && !(severity == Severity::error && errors_ == 1)) return;
  list_.push_back({severity, std::string(code), at, std::move(message), std::move(hint)});
}

void Problems::error(std::string_view code, Position at, std::string message, std::string hint) {
  add(Severity::error, code, at, std::move(message), std::move(hint));
}

void Problems::warn(std::string_view code, Position at, std::string message, std::string hint) {
  add(Severity::warning, code, at, std::move(message), std::move(hint));
}

void Problems::note(std::string_view code, Position at, std::string message, std::string hint) {
  add(Severity::note, code, at, std::move(message), std::move(hint));
}

std::vector<Problem> Problems::take_out(const std::function<bool(const Problem&)>& chosen) {
  std::vector<Problem> out;
  std::erase_if(list_, [&](Problem& p) {
    if (!chosen(p)) return false;
    if (p.severity == Severity::error) --errors_;
    out.push_back(std::move(p));
    return true;
  });
  sort_by_place(out);
  return out;
}

std::vector<Problem> Problems::take() {
  sort_by_place(list_);
  if (list_.size() > max_problems) {
    std::sort(list_.begin(), list_.end(), [&](const Problem& a, const Problem& b) {
      return a.severity != b.severity ? a.severity < b.severity : place(a) < place(b);
    });
    const std::size_t rest = list_.size() - max_problems;
    list_.resize(max_problems);
    std::sort(list_.begin(), list_.end(), [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
    list_.push_back({Severity::note, "more", {}, std::to_string(rest) + " more problems are not shown", ""});
  }
  return std::move(list_);
}

std::string quoted(std::string_view text) { return "\"" + base::printable(text, 80) + "\""; }

}  // namespace yaml
