// See the header. The values of scalars never change here; lay_out() looks at that once more.
#include "yaml/layout_text.h"

#include <algorithm>

#include "base/unicode.h"

namespace yaml::layout {
namespace {

using std::string_view;

std::vector<string_view> lines_of(string_view text) {
  std::vector<string_view> lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// In double quotes. `value` is valid UTF-8.
std::string double_quoted(string_view value) {
  constexpr string_view digits = "0123456789ABCDEF";
  std::string out = "\"";
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t start = i;
    const std::uint32_t cp = base::decode_utf8(value, i);
    const bool odd = cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF ||
                     cp == 0xFFFE || cp == 0xFFFF;
    if (cp == '\n') {
      out += "\\n";
    } else if (cp == '\t') {
      out += "\\t";
    } else if (odd) {
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += digits[(cp >> static_cast<unsigned>(shift)) & 0xFU];
    } else {
      if (cp == '"' || cp == '\\') out += '\\';
      out += value.substr(start, i - start);
    }
  }
  return out += '"';
}

std::string single_quoted(string_view value) {
  std::string out = "'";
  for (const char c : value) out.append(c == '\'' ? 2 : 1, c);
  return out += '\'';
}

// Without the white space at both ends, but for a space that a backslash keeps.
string_view folded_line(string_view line, bool first, bool last) {
  if (!first) line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (last) return line;
  const std::size_t end = line.find_last_not_of(" \t") + 1;
  std::size_t backslashes = 0;
  while (backslashes < end && line[end - 1 - backslashes] == '\\') ++backslashes;
  return line.substr(0, end + (backslashes % 2 == 1 && end < line.size() ? 1 : 0));
}

struct Header {
  bool explicit_indent = false;
  std::size_t increment = 0;
  char chomping = '\0';
};

Header read_header(string_view line) {
  Header h;
  for (const char c : line.substr(1)) {
    if (c >= '1' && c <= '9') {
      h.explicit_indent = true;
      h.increment = static_cast<std::size_t>(c - '0');
    } else if (c == '+' || c == '-') {
      h.chomping = c;
    } else {
      break;
    }
  }
  return h;
}

std::size_t spaces_of(string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

// How far the content of a block scalar is indented where it stands.
std::size_t content_indent(const std::vector<string_view>& lines, const Header& header, int column) {
  if (header.explicit_indent) return header.increment + static_cast<std::size_t>(std::max(column, 0));
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (spaces_of(lines[i]) < lines[i].size()) return spaces_of(lines[i]);
  return std::string_view::npos;
}

}  // namespace

bool looks_like_mark(string_view text) {
  if (!text.starts_with("---") && !text.starts_with("...")) return false;
  return text.size() == 3 || text[3] == ' ' || text[3] == '\t' || text[3] == '\n';
}

bool is_block_scalar(const Token& token) { return token.style == Style::literal || token.style == Style::folded; }

std::string one_line(const Token& scalar) {
  const bool one = scalar.source.find('\n') == string_view::npos;
  const bool joined = scalar.value.find('\n') == std::string::npos;
  if (scalar.style == Style::plain && (one || joined)) {
    const string_view text = one ? scalar.source : string_view(scalar.value);
    // Inside [ ] a dash may be text; in a block it would begin an item. What looks like a mark would be one in column
    // 0.
    const bool reads_otherwise = text == "-" || text == "?" || looks_like_mark(text);
    return reads_otherwise ? single_quoted(scalar.value) : std::string(text);
  }
  if (one) return std::string(scalar.source);
  if (joined && scalar.style == Style::single) return single_quoted(scalar.value);
  return double_quoted(scalar.value);
}

std::vector<std::string> flowing_lines(const Token& scalar, std::size_t indent) {
  const std::vector<string_view> lines = lines_of(scalar.source);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const string_view line = folded_line(lines[i], i == 0, i + 1 == lines.size());
    out.push_back((i == 0 || line.empty() ? std::string() : std::string(indent, ' ')).append(line));
  }
  return out;
}

std::vector<std::string> block_lines(const Token& scalar, int column, std::size_t indent) {
  std::vector<string_view> lines = lines_of(scalar.source);
  Header header = read_header(lines[0]);
  const std::size_t was = content_indent(lines, header, column);
  // Text that ends with the file, without a line feed, has none; the file will have one.
  const bool ends_open = !scalar.source.ends_with('\n') && !scalar.value.empty() && !scalar.value.ends_with('\n');
  if (ends_open) header.chomping = '-';
  std::vector<std::string> out{std::string(1, lines[0][0])};
  if (header.explicit_indent) out[0] += '2';
  if (header.chomping != '\0') out[0] += header.chomping;
  const string_view rest = lines.back();  // behind the last line feed
  if (lines.size() > 1 && spaces_of(rest) == rest.size() && rest.size() <= was) lines.pop_back();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const string_view content = lines[i].size() > was ? lines[i].substr(std::min(was, spaces_of(lines[i]))) : "";
    out.push_back(content.empty() ? std::string() : std::string(indent, ' ').append(content));
  }
  while (header.chomping != '+' && out.size() > 1 && out.back().empty()) out.pop_back();
  return out;
}

}  // namespace yaml::layout
