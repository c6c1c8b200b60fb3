// One command as a manual page. Texts of the table are plain; here what roff would take for its own is escaped, and
// indented lines (examples) are shown as they stand.
#include <vector>

#include "base/unicode.h"
#include "cli/man.h"
#include "cli/version.h"

namespace cli {
namespace {

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const std::uint32_t cp = base::decode_utf8(text, i);
    switch (cp) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        if (cp < 0x80) {
          if (cp == '.' && (start == 0 || text[start - 1] == '\n')) out += "\\&";
          out += static_cast<char>(cp);
          break;
        }
        out += "\\[u";
        for (int shift = cp > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4)
          out += digits[(cp >> static_cast<unsigned>(shift)) & 0xFU];
        out += ']';
    }
  }
  return out;
}

// Text that is filled: lines of at most `width` bytes with their line feed.
std::string filled(std::string_view text) {
  constexpr std::size_t width = 78;
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string word = escaped(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool fresh = column + 1 + word.size() > width;
    if (column > 0) out += fresh ? '\n' : ' ';
    column = (fresh ? 0 : column + 1) + word.size();
    out += word;
  }
  return out += '\n';
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// Paragraphs and indented lines, as they stand in the help.
class Body {
 public:
  explicit Body(std::string& out) : out_(out) {}
  // `begun`: a paragraph macro or heading has just been written.
  void add(std::string_view text, bool begun) {
    bool open = begun, shown = false;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      const bool indented = line.starts_with("  ");
      if (shown && !indented) {
        out_ += ".EE\n.RE\n";
        shown = false;
        open = false;
      }
      if (line.empty()) {
        open = false;
        continue;
      }
      if (!open && !shown) out_ += ".PP\n";
      if (indented && !shown) out_ += ".RS 4\n.EX\n";
      shown = indented;
      open = true;
      out_ += indented ? escaped(line.substr(2)) + '\n' : filled(line);
    }
    if (shown) out_ += ".EE\n.RE\n";
  }

 private:
  std::string& out_;
};

struct Paragraphs {
  std::string status, examples, notes;
};

// "Exit status: …" and "Examples:" have headings of their own in a manual.
Paragraphs sorted(std::string_view after) {
  Paragraphs out;
  while (!after.empty()) {
    const std::size_t end = std::min(after.find("\n\n"), after.size());
    std::string paragraph(after.substr(0, end));
    after.remove_prefix(std::min(end + 2, after.size()));
    if (!paragraph.ends_with('\n')) paragraph += '\n';
    constexpr std::string_view status = "Exit status: ", example = "Example:\n", examples = "Examples:\n";
    if (paragraph.starts_with(status))
      out.status += paragraph.substr(status.size());
    else if (paragraph.starts_with(example) || paragraph.starts_with(examples))
      out.examples += paragraph.substr(paragraph.find('\n') + 1);
    else
      out.notes += (out.notes.empty() ? "" : "\n") + paragraph;
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// "intercept validate -c POLICY [flags]", each form a paragraph; what stands behind four spaces says what it is.
void append_synopsis(std::string& out, std::string_view usage) {
  out += ".SH SYNOPSIS\n";
  for (bool first = true; !usage.empty(); first = false) {
    std::string_view line = take_line(usage);
    line = line.substr(0, line.find("    "));
    if (!first) out += ".br\n";
    out.append("\\fBintercept\\fR ").append(escaped(line)).append("\n");
  }
}

void append_flags(std::string& out, const CommandInfo& command) {
  std::string_view group;
  for (const FlagInfo& flag : command.flags) {
    if (!flag.shown) continue;
    if (group.empty()) out += ".SH OPTIONS\n";
    if (flag.group != group && flag.group != "Flags") out.append(".SS ").append(escaped(flag.group)).append("\n");
    group = flag.group;
    out += ".TP\n";
    if (const std::size_t comma = flag.names.find(','); comma != std::string_view::npos)
      out.append("\\fB").append(escaped(flag.names.substr(0, comma))).append("\\fR, ");
    out.append("\\fB").append(escaped(flag.name())).append("\\fR");
    if (!flag.value.empty()) out.append(" \\fI").append(escaped(flag.value)).append("\\fR");
    out.append("\n").append(filled(flag.help));
  }
}

void append_section(std::string& out, std::string_view heading, std::string_view text) {
  if (text.empty()) return;
  out.append(".SH ").append(heading).append("\n");
  Body(out).add(text, true);
}

void append_commands(std::string& out) {
  out += ".SH COMMANDS\n";
  for (const CommandInfo* c : commands()) {
    if (c->name == "run") continue;
    out.append(".TP\n\\fBintercept ").append(escaped(c->name)).append("\\fR\n").append(filled(c->summary));
  }
}

// Commands of the same group, and the program.
void append_see_also(std::string& out, const CommandInfo& command) {
  std::vector<std::string> pages;
  const std::string_view first = command.name.substr(0, command.name.find(' '));
  for (const CommandInfo* c : commands()) {
    const bool whole = command.name == "run" || c->name == "run";
    const bool group = c->name.substr(0, c->name.find(' ')) == first;
    if (c != &command && (whole || group)) pages.push_back(page_name(*c));
  }
  out += ".SH SEE ALSO\n";
  for (std::size_t i = 0; i < pages.size(); ++i)
    out.append("\\fB").append(escaped(pages[i])).append("\\fR(1)").append(i + 1 < pages.size() ? ",\n" : "\n");
}

}  // namespace

std::string page_name(const CommandInfo& command) {
  std::string out = "intercept";
  if (command.name == "run") return out;
  out.append("-").append(command.name);
  for (char& c : out)
    if (c == ' ') c = '-';
  return out;
}

std::string manual_page(const CommandInfo& command) {
  const bool whole = command.name == "run";
  const std::string name = page_name(command);
  std::string out = ".TH " + upper(name) + " 1 " + std::string(build_date()) + " \"intercept " +
                    std::string(version()) + "\" \"Intercept\"\n.SH NAME\n";
  out += filled(name + " - " +
                std::string(whole ? "a policy firewall between an AI agent and an MCP server" : command.summary));
  append_synopsis(out, command.usage);
  if (whole) out += ".br\n\\fBintercept\\fR \\fICOMMAND\\fR [\\fIflags\\fR]\n";
  const Paragraphs after = sorted(command.after);
  std::string description(whole ? program_introduction() : command.about);
  if (!after.notes.empty()) description.append(description.empty() ? "" : "\n").append(after.notes);
  if (description.empty()) {
    description.append(command.summary).append(".\n");
    description[0] = upper(description.substr(0, 1))[0];
  }
  append_section(out, "DESCRIPTION", description);
  if (whole) append_commands(out);
  append_flags(out, command);
  append_section(out, "EXIT STATUS", after.status);
  append_section(out, "EXAMPLES", after.examples);
  append_see_also(out, command);
  return out;
}

}  // namespace cli
