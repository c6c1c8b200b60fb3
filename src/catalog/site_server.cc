// A server's page, and its pages by severity.
#include <algorithm>

#include "catalog/scaffold.h"
#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

std::vector<std::size_t> tools_of(const Server& server, classify::Class c) {
  std::vector<std::size_t> out;
  for (const std::size_t i : server.order)
    if (server.report.tools[i].assessment.of == c) out.push_back(i);
  return out;
}

std::vector<std::size_t> tools_of(const Server& server, classify::Severity s) {
  std::vector<std::size_t> out;
  for (const std::size_t i : server.order)
    if (server.report.tools[i].assessment.severity == s) out.push_back(i);
  return out;
}

void append_levels(Page& page, const Server& server) {
  Html& out = page.body;
  out << "<nav aria-label=\"Tools by risk level\"><ul class=\"badges\">";
  for (std::size_t i = severities.size(); i-- > 0;) {
    const classify::Severity s = severities[i];
    const std::size_t count = server.report.counts.of(s);
    if (count == 0) continue;
    out << "<li><a class=\"badge severity " << style_of(s) << "\" href=\""
        << page.links().to(server_risk_path(server.slug, s)) << "\">" << grouped(count) << " " << classify::text(s)
        << "</a></li>";
  }
  out << "</ul></nav>\n";
}

void append_tools(Html& out, const Links* links, const Server& server) {
  out << "<h2 id=\"tools\">Tools <span class=\"count\">" << grouped(server.report.tools.size()) << "</span></h2>\n";
  for (std::size_t i = classes.size(); i-- > 0;) {
    const std::vector<std::size_t> which = tools_of(server, classes[i]);
    if (which.empty()) continue;
    out << "<h3 class=\"class\">";
    badge(out, classes[i]);
    out << "<span class=\"quiet\">" << counted(which.size(), "tool that ", "tools, each of which ")
        << meaning_of(classes[i]) << "</span></h3>\n";
    tool_table(out, links, server, which, "Tools of the class " + std::string(classify::text(classes[i])));
  }
}

// What goes into a client's configuration. The command is the reader's own: a list of tools does not say it.
std::string client_entry(const Server& server) {
  std::string name;
  for (const char c : server.slug) name += c == '~' ? '-' : c;
  return "{\n  \"mcpServers\": {\n    \"" + name +
         "\": {\n      \"command\": \"intercept\",\n      \"args\": [\"-c\", \"" + name +
         ".yaml\", \"--\", \"COMMAND\", \"ARGUMENT\"]\n    }\n  }\n}\n";
}

void append_how_to_run(Page& page, const Server& server) {
  Html& out = page.body;
  out << "<h2 id=\"run\">Run it in front of this server</h2>\n<p>Save the policy and put Intercept before the command "
         "that "
         "your client starts; <code>COMMAND</code> and <code>ARGUMENT</code> stand for that. In <code>.mcp.json</code> "
         "of "
         "Claude Code, and likewise in Cursor and Claude Desktop:</p>\n";
  const std::string entry = client_entry(server);
  text_box(out, {.id = "client-text", .label = ".mcp.json", .text = entry});
  out << "<p>A remote server takes the command’s place with its URL:</p>\n";
  std::string name;
  for (const char c : server.slug) name += c == '~' ? '-' : c;
  const std::string command = "intercept validate " + name + ".yaml\nintercept -c " + name +
                              ".yaml --transport http --port 8700 --upstream https://mcp.example.com/mcp\n";
  text_box(out, {.id = "command-text", .label = "Terminal", .text = command});
}

void append_items(Html& out, const Report& report) {
  std::size_t with_signs = 0;
  for (const Item& item : report.items) with_signs += item.signs.empty() ? 0 : 1;
  if (with_signs == 0) return;
  out << "<section class=\"alert\" aria-labelledby=\"items\"><h2 id=\"items\">Signs of poisoning beside the "
         "tools</h2><ul>";
  std::size_t shown = 0;
  for (const Item& item : report.items) {
    if (item.signs.empty() || shown++ == 20) continue;
    out << "<li>" << text(item.kind) << " " << shown_name(item.name, 100) << ": ";
    bool first = true;
    for (const classify::Flag& sign : item.signs) {
      if (!first) out << ", ";
      first = false;
      out << shown_name(classify::text(sign), 100);
    }
    out << "</li>";
  }
  out << "</ul></section>\n";
}

// Lead, bar and the name of its own, below the heading.
void append_lead(Html& out, const Server& server) {
  const Report& report = server.report;
  out << "<p class=\"lead\">" << headline(report.counts) << "</p>\n";
  class_bar(out, report.counts, false);
  class_legend(out, report.counts);
  if (const std::string name = server.full_name(); name != server.id)
    out << "<p class=\"quiet\">It calls itself <q dir=\"auto\">" << shown_name(name, 120) << "</q>.</p>\n";
}

}  // namespace

std::string server_page(const Site& site, const Server& server) {
  const std::string id = shown_name(server.id, 80);
  const Report& report = server.report;
  Page page(site, Section::servers, server.path(), id, "The MCP server " + id + ": " + headline(report.counts));
  const std::pair<std::string, std::string> steps[] = {{std::string(index_path), "Servers"}};
  page.trail(steps);
  Html& out = page.body;
  out << "<h1>" << id << "</h1>\n";
  append_lead(out, server);
  append_levels(page, server);
  append_items(out, report);
  append_tools(out, &page.links(), server);
  const std::string text = scaffold(report, Dialect::catalogue);
  const Link save = page.links().to(server_policy_path(server.slug));
  const std::string save_as = server.slug + ".yaml";
  out << "<h2 id=\"policy\">Policy</h2>\n<p>A rule for every tool, by its class. It loads as it stands.</p>\n";
  text_box(
      out,
      {.id = "policy-text", .label = "policy.yaml", .text = text, .is_long = true, .save = &save, .save_as = save_as});
  append_how_to_run(page, server);
  out << "<h2 id=\"questions\">Questions and answers</h2>\n<div class=\"questions\">\n";
  server_questions(page, server);
  out << "</div>\n";
  return page.whole();
}

std::string server_risk_page(const Site& site, const Server& server, classify::Severity level) {
  const std::string id = shown_name(server.id, 80);
  const std::string word(classify::text(level));
  const std::vector<std::size_t> all = tools_of(server, level);
  const std::string tools = counted(all.size(), "tool", "tools");
  Page page(
      site, Section::servers, server_risk_path(server.slug, level), word + " risk",
      tools + " of the MCP server " + id + " with the risk level " + word + ", and what is recommended for each.");
  const std::pair<std::string, std::string> steps[] = {{std::string(index_path), "Servers"}, {server.path(), id}};
  page.trail(steps);
  Html& out = page.body;
  out << "<h1>" << word << " risk in " << id << "</h1>\n<p class=\"lead\">" << tools << ". " << meaning_of(level)
      << "</p>\n";
  append_levels(page, server);
  for (std::size_t c = classes.size(); c-- > 0;) {
    std::vector<std::size_t> which;
    std::ranges::copy_if(all, std::back_inserter(which),
                         [&](std::size_t i) { return server.report.tools[i].assessment.of == classes[c]; });
    if (which.empty()) continue;
    out << "<h2>";
    badge(out, classes[c]);
    out << " <span class=\"count\">" << grouped(which.size())
        << "</span></h2>\n<p>Recommended: " << rule_in_words(classes[c]) << ". ";
    prose(out, why_this_rule(classes[c]));
    out << "</p>\n";
    open_table(out, "tools", word + " risk, class " + std::string(classify::text(classes[c])),
               {{"Tool"}, {"Why"}, {"Recommended"}, {"Flags", "flags"}});
    for (const std::size_t i : which) {
      const Tool& tool = server.report.tools[i];
      out << "<tr><th scope=\"row\"><a class=\"mono\" href=\"" << page.links().to(server.tool_path(i)) << "\">"
          << shown_name(tool.name, 120) << "</a></th><td>" << why(tool.assessment, 1) << "</td><td>"
          << rule_in_short(classes[c]) << "</td><td class=\"flags\">";
      flags_in_short(out, tool);
      out << "</td></tr>\n";
    }
    close_table(out);
  }
  if (all.empty()) out << "<p>No tool of this server has this level.</p>\n";
  out << "<p><a href=\"" << page.links().to(server.path()) << "\">The whole server and its policy</a></p>\n";
  return page.whole();
}

namespace {

// Where it was found, and what was odd about it.
void append_source(Html& out, const Source& s) {
  const std::pair<std::string_view, std::string_view> facts[] = {
      {"Scanned", s.date}, {"From", s.origin}, {"Transport", s.transport}, {"Revision of MCP", s.protocol}};
  if (std::ranges::any_of(facts, [](const auto& f) { return !f.second.empty(); })) {
    out << "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts)
      if (!value.empty()) fact(out, name, shown_name(value, 300), name == "From");
    out << "</dl>\n";
  }
  if (s.notes.empty()) return;
  out << "<h2 id=\"notes\">Notes</h2>\n<ul>";
  for (const std::string& note : s.notes) out << "<li>" << shown_name(note, 400) << "</li>";
  out << "</ul>\n";
}

void append_alert(Html& out, Markup title, const Tool& tool, void (*lines)(Html&, const Tool&)) {
  out << "<div class=\"alert\"><p><strong>" << title << "</strong></p>";
  lines(out, tool);
  out << "</div>\n";
}

// All of a tool below a heading that the tables above lead to.
void append_tool(Html& out, const Tool& tool, std::size_t index) {
  const classify::Assessment& a = tool.assessment;
  out << "<h3 class=\"mono\" id=\"tool-" << index << "\">" << shown_name(tool.name, 200) << "</h3>\n<p>";
  badge(out, a.of);
  out << " ";
  severity(out, a.severity);
  out << " <span class=\"quiet\">" << why(a, 4) << " (" << a.confidence << " % sure)</span></p>\n";
  description(out, tool);
  if (has_signs(tool)) append_alert(out, "Signs of tool poisoning", tool, sign_lines);
  if (!a.conflicts.empty()) append_alert(out, "What it says does not fit together", tool, conflict_lines);
  uses_table(out, tool);
  flags_table(out, tool);
  parameters_table(out, tool);
}

}  // namespace

std::string to_html(Report report) {
  Slugs slugs;
  std::string name = report.server.name.empty() ? "server" : report.server.name;
  const Server server = make_server({.id = std::move(name), .report = std::move(report)}, slugs);
  const std::string id = shown_name(server.id, 80);
  Html out;
  out << "<h1>" << id << "</h1>\n";
  append_lead(out, server);
  append_source(out, server.report.server);
  append_items(out, server.report);
  append_tools(out, nullptr, server);
  if (!server.order.empty()) out << "<h2 id=\"each\">Each tool</h2>\n";
  for (const std::size_t i : server.order) append_tool(out, server.report.tools[i], i);
  const std::string text = scaffold(server.report, Dialect::catalogue);
  const Link save = Links::download(text);
  const std::string save_as = server.slug + ".yaml";
  out << "<h2 id=\"policy\">Policy</h2>\n<p>A rule for every tool, by its class. It loads as it stands.</p>\n";
  text_box(out, {.id = "policy-text",
                 .label = "policy.yaml",
                 .text = text,
                 .copy = false,
                 .is_long = true,
                 .save = &save,
                 .save_as = save_as});
  return whole_alone(id, "The MCP server " + id + ": " + headline(server.report.counts), out);
}

}  // namespace catalog
