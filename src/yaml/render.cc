// Problems as people read them: file:line:column, the line, a caret, how to mend it. The file's text is shown with
// control characters made visible; a long line is cut around the place.
#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"
#include "yaml/problem.h"

namespace yaml {
namespace {

constexpr std::size_t shown_before = 60, shown_after = 40;  // code points around the caret

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view first_line(std::string_view text) {
  const std::string_view found = text.substr(0, text.find('\n'));
  return found.ends_with('\r') ? found.substr(0, found.size() - 1) : found;
}

std::string_view line_of(std::string_view text, std::uint32_t line) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return first_line(text);
}

// Byte offset of the n-th code point (0-based), or the end. Bytes that are no text count one each.
std::size_t offset_of(std::string_view line, std::size_t n) {
  std::size_t at = 0;
  for (; at < line.size() && n > 0; --n) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::string visible(std::string_view part) {
  std::string spaces(part);
  std::replace(spaces.begin(), spaces.end(), '\t', ' ');
  return base::printable(spaces, part.size() + 1);
}

void append_place(std::string& out, std::string_view line, std::size_t column, const char* paint, const char* plain) {
  const std::size_t point = column - 1;
  const std::size_t first = point > shown_before ? point - shown_before : 0;
  const std::size_t from = offset_of(line, first), at = offset_of(line, point),
                    to = offset_of(line, point + shown_after);
  const std::string before = (first > 0 ? "…" : "") + visible(line.substr(from, at - from));
  out.append("  ").append(before).append(visible(line.substr(at, to - at))).append(to < line.size() ? "…\n" : "\n");
  out.append(2 + base::code_points(before), ' ').append(paint).append("^").append(plain).append("\n");
}

std::string render_with(const Problem& problem, std::string_view file, std::string_view line, bool colour) {
  constexpr const char* words[] = {"error", "warning", "note"};
  constexpr const char* paints[] = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m"};
  const auto severity = static_cast<std::size_t>(problem.severity);
  const char* paint = colour ? paints[severity] : "";
  const char* plain = colour ? "\x1b[0m" : "";
  std::string out = base::printable(file, 4096);
  if (problem.position.line > 0) {
    out += ':' + std::to_string(problem.position.line);
    if (problem.position.column > 0) out += ':' + std::to_string(problem.position.column);
  }
  out.append(": ").append(paint).append(words[severity]).append(":").append(plain).append(" ");
  out.append(base::printable(problem.message, 2'000)).append(" [").append(problem.code).append("]\n");
  if (problem.position.line > 0 && problem.position.column > 0)
    append_place(out, line, problem.position.column, paint, plain);
  std::string_view hint = problem.hint;
  for (bool first = true; !hint.empty(); first = false) {
    const std::size_t end = hint.find('\n');
    out.append(first ? "  hint: " : "    ").append(base::printable(hint.substr(0, end), 2'000)).append("\n");
    hint.remove_prefix(end == std::string_view::npos ? hint.size() : end + 1);
  }
  return out;
}

bool has_place(const Problem& problem) { return problem.position.line > 0 && problem.position.column > 0; }

}  // namespace

Lines::Lines(std::string_view text) : text_(text) {
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
  for (std::size_t at = 0; at != std::string_view::npos;) {
    starts_.push_back(at);
    const std::size_t end = text_.find('\n', at);
    at = end == std::string_view::npos ? end : end + 1;
  }
}

std::string_view Lines::line(std::uint32_t number) const {
  return number == 0 || number > starts_.size() ? std::string_view() : first_line(text_.substr(starts_[number - 1]));
}

std::string render(const Problem& problem, std::string_view file, std::string_view text, bool colour) {
  return render_with(problem, file, has_place(problem) ? line_of(text, problem.position.line) : "", colour);
}

std::string render(const Problem& problem, std::string_view file, const Lines& lines, bool colour) {
  return render_with(problem, file, lines.line(problem.position.line), colour);
}

}  // namespace yaml
