// See the header.
#include "catalog/html.h"

#include <algorithm>

#include "base/strings.h"

namespace catalog {
namespace {

constexpr std::string_view special = "&<>\"'";

// `text` with the characters that mean something in HTML as references.
void append_references(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t at = std::min(text.find_first_of(special), text.size());
    out += text.substr(0, at);
    if (at == text.size()) return;
    switch (text[at]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += "&#39;";
    }
    text.remove_prefix(at + 1);
  }
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= ' ' && c < 0x7f) || c == '\n'; });
}

}  // namespace

void Html::append_escaped(std::string_view text) {
  if (is_plain(text)) return append_references(out_, text);
  // Line feeds stay; anything else that is invisible is shown, tabs as the space that they look like.
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    std::ranges::replace(line, '\t', ' ');
    if (line.ends_with('\r')) line.pop_back();
    append_references(out_, base::printable(line, std::string_view::npos));
    if (end == text.size()) return;
    out_ += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string grouped(std::size_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

std::string first_sentence(std::string_view text, std::size_t max) {
  text = base::trimmed(text);
  text = base::trimmed(text.substr(0, text.find('\n')));
  for (std::size_t at = text.find(". "); at != std::string_view::npos; at = text.find(". ", at + 1)) {
    if (at < 6 || text.substr(0, at).ends_with("e.g") || text.substr(0, at).ends_with("i.e")) continue;
    text = text.substr(0, at + 1);
    break;
  }
  std::string line(text.substr(0, 8 * max));
  std::ranges::replace(line, '\t', ' ');
  return base::printable(line, max);
}

std::string shown_name(std::string_view text, std::size_t max) {
  const std::string shown = base::printable(text, max);
  return base::trimmed(shown).empty() ? "(blank)" : shown;
}

std::string shown_text(std::string_view text, std::size_t max) {
  text = base::trimmed(text);
  std::string out;
  std::size_t left = max, blank = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, std::min(end, 8 * left + 8)));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.pop_back();
    std::ranges::replace(line, '\t', ' ');
    text.remove_prefix(std::min(end + 1, text.size()));
    blank = line.empty() ? blank + 1 : 0;
    if (blank > 1) continue;
    const std::string shown = base::printable(line, left);
    out.append(shown);
    const std::size_t used = std::min<std::size_t>(left, line.size() + 1);
    left -= used;
    if (left == 0 && !text.empty()) {
      if (!out.ends_with("…")) out += "…";
      break;
    }
    if (!text.empty()) out += '\n';
  }
  return out;
}

}  // namespace catalog
