// Pieces that several pages show.
#include "catalog/site_parts.h"

#include <algorithm>

#include "catalog/site_text.h"

namespace catalog {
namespace {

// Comments of their own lines are told apart. The text stays what it is.
void append_lines(Html& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string_view::npos && line[first] == '#') {
      out << "<span>" << line << "</span>";
    } else {
      out << line;
    }
  }
}

}  // namespace

std::string Server::full_name() const {
  const Source& s = report.server;
  std::string out = s.title.empty() ? s.name : s.title;
  if (out.empty()) out = id;
  if (!s.version.empty()) out += ' ' + s.version;
  return out;
}

void prose(Html& out, std::string_view text) {
  bool code = false;
  while (true) {
    const std::size_t at = text.find('`');
    const std::string_view part = text.substr(0, at);
    if (code) {
      out << "<code>" << part << "</code>";
    } else {
      out << part;
    }
    if (at == std::string_view::npos) return;
    text.remove_prefix(at + 1);
    code = !code;
  }
}

Markup style_of(classify::Class c) {
  static constexpr Markup names[] = {"read", "write", "execute", "destructive", "financial"};
  return names[static_cast<std::size_t>(c)];
}

Markup style_of(classify::Severity s) {
  static constexpr Markup names[] = {"low", "medium", "high", "critical"};
  return names[static_cast<std::size_t>(s)];
}

void badge(Html& out, classify::Class c) {
  out << "<span class=\"badge " << style_of(c) << "\">" << classify::text(c) << "</span>";
}

void severity(Html& out, classify::Severity s) {
  out << "<span class=\"severity " << style_of(s) << "\">" << classify::text(s) << "</span>";
}

void class_bar(Html& out, const Counts& counts, bool decorative) {
  const std::size_t all = std::max<std::size_t>(total(counts), 1);
  out << "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\"";
  if (decorative) {
    out << " aria-hidden=\"true\">";
  } else {
    out << " role=\"img\" aria-label=\"";
    bool first = true;
    for (const classify::Class c : classes) {
      if (counts.of(c) == 0) continue;
      if (!first) out << ", ";
      first = false;
      out << counts.of(c) << " " << classify::text(c);
    }
    if (first) out << "No tools";
    out << "\">";
  }
  std::size_t before = 0;
  for (const classify::Class c : classes) {
    if (counts.of(c) == 0) continue;
    // From the sums, so that the parts meet exactly and the last one ends at the end.
    const std::size_t from = before * 1000 / all, to = (before + counts.of(c)) * 1000 / all;
    before += counts.of(c);
    out << "<rect class=\"" << style_of(c) << "\" x=\"" << from << "\" width=\"" << to - from << "\" height=\"10\"/>";
  }
  out << "</svg>";
}

void class_legend(Html& out, const Counts& counts) {
  out << "<ul class=\"legend\">";
  for (const classify::Class c : classes) {
    if (counts.of(c) == 0) continue;
    out << "<li class=\"" << style_of(c) << "\"><span><b>" << grouped(counts.of(c)) << "</b> " << classify::text(c)
        << "</span></li>";
  }
  out << "</ul>\n";
}

void text_box(Html& out, const Box& what) {
  out << "<figure class=\"policy";
  if (what.is_long) out << " long";
  out << "\"><figcaption><span>" << what.label << "</span>";
  if (what.copy) out << "<button type=\"button\" data-copy=\"" << what.id << "\" hidden>Copy</button>";
  if (what.save != nullptr) {
    out << "<a class=\"button\" href=\"" << *what.save << "\" download=\"" << what.save_as << "\">Download</a>";
  }
  out << "</figcaption><pre id=\"" << what.id << "\" tabindex=\"0\" role=\"region\" aria-label=\"" << what.label
      << "\">";
  append_lines(out, what.text);
  out << "</pre></figure>\n";
}

void open_table(Html& out, Markup style, std::string_view caption, std::initializer_list<Column> columns) {
  out << "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"" << caption << "\"><table";
  if (!style.text().empty()) out << " class=\"" << style << "\"";
  out << "><thead><tr>";
  for (const Column& column : columns) {
    if (column.title.empty()) continue;
    out << "<th scope=\"col\"";
    if (!column.style.text().empty()) out << " class=\"" << column.style << "\"";
    out << ">" << column.title << "</th>";
  }
  out << "</tr></thead><tbody>\n";
}

void close_table(Html& out) { out << "</tbody></table></div>\n"; }

void flags_in_short(Html& out, const Tool& tool) {
  bool first = true;
  for (const classify::Flag& flag : tool.assessment.flags) {
    if (!first) out << ", ";
    first = false;
    out << shown_name(classify::text(flag), 80);
  }
  if (first) out << "–";
}

void tool_table(Html& out, const Links* links, const Server& server, std::span<const std::size_t> which,
                std::string_view caption) {
  const auto& tools = server.report.tools;
  const bool flags = std::ranges::any_of(which, [&](std::size_t i) { return !tools[i].assessment.flags.empty(); });
  open_table(out, "tools", caption,
             {{"Tool"}, {"What it says"}, {"Severity"}, {flags ? std::string_view("Flags") : "", "flags"}});
  for (const std::size_t i : which) {
    out << "<tr><th scope=\"row\"><a class=\"mono\" href=\""
        << (links != nullptr ? links->to(server.tool_path(i)) : Links::to_tool(i)) << "\">"
        << shown_name(tools[i].name, 120) << "</a></th><td><bdi>" << first_sentence(tools[i].description, 140)
        << "</bdi></td><td>";
    severity(out, tools[i].assessment.severity);
    out << "</td>";
    if (flags) {
      out << "<td class=\"flags\">";
      flags_in_short(out, tools[i]);
      out << "</td>";
    }
    out << "</tr>\n";
  }
  close_table(out);
}

}  // namespace catalog
