// A tool's page: what it is, what can go wrong, and the policy for it.
#include <algorithm>
#include <array>

#include "catalog/scaffold.h"
#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

constexpr std::size_t longest_description = 6'000;
constexpr std::size_t most_parameters = 200;
constexpr std::size_t most_siblings = 24;
constexpr std::size_t most_evidence = 12;
constexpr std::size_t most_signs = 8;
constexpr std::size_t most_uses = 60;

}  // namespace

bool has_signs(const Tool& tool) {
  return std::ranges::any_of(tool.assessment.flags, [](const classify::Flag& f) { return is_sign(f.risk); });
}

// Every sign with its place and words; a tool that is built in has only the flags.
void sign_lines(Html& out, const Tool& tool) {
  if (!has_signs(tool)) return;
  for (const classify::Flag& flag : tool.assessment.flags) {
    if (!is_sign(flag.risk)) continue;
    out << "<p>This tool " << what_can_go_wrong(flag.risk);
    if (!flag.argument.empty()) out << " (" << shown_name(flag.argument, 80) << ")";
    out << "</p>";
  }
  std::size_t shown = 0;
  for (const tools::Sign& sign : tool.poison) {
    if (shown == most_signs) break;
    if (shown++ == 0) out << "<ul>";
    out << "<li>" << tools::text(sign.kind);
    if (!sign.where.empty()) out << " in <code>" << shown_name(sign.where, 100) << "</code>";
    if (!sign.words.empty()) out << ": <q>" << shown_name(sign.words, 160) << "</q>";
    out << ", " << shown_name(sign.reason, 200) << "</li>";
  }
  if (shown > 0) out << "</ul>";
  out << "<p>A model reads this whenever the tools are listed, also if the tool is never called. Let no agent near the "
         "server until a person has read the definition.</p>";
}

void conflict_lines(Html& out, const Tool& tool) {
  out << "<ul>";
  for (const std::string& conflict : tool.assessment.conflicts)
    out << "<li>It contradicts itself: " << shown_name(conflict, 300) << ".</li>";
  out << "</ul>";
}

void description(Html& out, const Tool& tool) {
  const std::string text = shown_text(tool.description, longest_description);
  if (text.empty()) {
    out << "<p class=\"quiet\">The server describes it with no word.</p>\n";
    return;
  }
  out << "<figure class=\"said\"><blockquote dir=\"auto\">" << text
      << "</blockquote><figcaption>In the server’s own words";
  if (tool.description.size() > longest_description && text.ends_with("…"))
    out << ", cut: it has " << grouped(tool.description.size()) << " bytes";
  out << "</figcaption></figure>\n";
}

void uses_table(Html& out, const Tool& tool) {
  if (tool.assessment.uses.empty()) return;
  out << "<p>It does several things, and has the class of the worst.</p>\n";
  open_table(out, "", "What it does by argument", {{"Argument"}, {"Value"}, {"Class"}});
  std::size_t shown = 0;
  for (const classify::Use& use : tool.assessment.uses) {
    if (shown++ == most_uses) break;
    out << "<tr><td><code>" << shown_name(use.argument, 60) << "</code></td><th scope=\"row\"><code>"
        << shown_name(use.value, 60) << "</code></th><td>";
    badge(out, use.of);
    out << "</td></tr>\n";
  }
  close_table(out);
}

void flags_table(Html& out, const Tool& tool) {
  if (tool.assessment.flags.empty()) return;
  open_table(out, "", "Risk flags", {{"Flag"}, {"Argument"}, {"Why it matters"}});
  for (const classify::Flag& flag : tool.assessment.flags) {
    out << "<tr><th scope=\"row\">" << classify::text(flag.risk) << "</th><td>";
    if (flag.argument.empty()) {
      out << "–";
    } else {
      out << "<code>" << shown_name(flag.argument, 80) << "</code>";
    }
    out << "</td><td>This tool ";
    prose(out, what_can_go_wrong(flag.risk));
    out << "</td></tr>\n";
  }
  close_table(out);
}

void parameters_table(Html& out, const Tool& tool) {
  if (tool.parameters.empty()) return;
  open_table(out, "", "Parameters", {{"Name"}, {"Type"}, {"Required"}, {"Description"}});
  std::size_t shown = 0;
  for (const Parameter& p : tool.parameters) {
    if (shown++ == most_parameters) break;
    out << "<tr><th scope=\"row\"><code>" << shown_name(p.name, 120) << "</code></th><td><code>"
        << shown_name(p.type, 160) << "</code></td><td>" << std::string_view(p.required ? "yes" : "no")
        << "</td><td><bdi>" << shown_text(p.description, 400) << "</bdi></td></tr>\n";
  }
  close_table(out);
  if (tool.parameters.size() > most_parameters)
    out << "<p class=\"quiet\">And " << grouped(tool.parameters.size() - most_parameters) << " more.</p>\n";
}

void fact(Html& out, std::string_view name, std::string_view value, bool code) {
  out << "<div><dt>" << name << "</dt><dd>";
  if (code) {
    out << "<code>" << value << "</code>";
  } else {
    out << "<bdi>" << value << "</bdi>";
  }
  out << "</dd></div>\n";
}

namespace {

void append_alerts(Page& page, const Tool& tool) {
  Html& out = page.body;
  if (has_signs(tool)) {
    out << "<section class=\"alert\" aria-labelledby=\"signs\"><h2 id=\"signs\">Signs of tool poisoning</h2>";
    sign_lines(out, tool);
    out << "</section>\n";
  }
  if (!tool.assessment.conflicts.empty()) {
    out << "<section class=\"alert\" aria-labelledby=\"conflicts\"><h2 id=\"conflicts\">What it says does not fit "
           "together</h2>";
    conflict_lines(out, tool);
    out << "</section>\n";
  }
}

void append_wrong(Page& page, const Tool& tool) {
  Html& out = page.body;
  out << "<h2 id=\"wrong\">What can go wrong</h2>\n<ul class=\"wrong\">";
  for (const std::string_view text : what_can_go_wrong(tool.assessment.of)) out << "<li>" << text << "</li>";
  out << "</ul>\n";
}

void append_policy(Page& page, const Server& server, const Tool& tool, std::string_view slug) {
  Html& out = page.body;
  const classify::Class c = tool.assessment.of;
  if (!is_writable(tool.name)) {
    out << "<h2 id=\"policy\">Policy</h2>\n<p>No rule can hold its name. The server’s policy refuses "
           "what it does not name, and so refuses this tool.</p>\n";
    return;
  }
  const std::string text = snippet(tool);
  const Link save = Links::download(text);
  const std::string save_as = std::string(slug) + ".yaml";
  out << "<h2 id=\"policy\">Policy</h2>\n<p>The rule to begin with for a tool that " << meaning_of(c) << ": "
      << rule_in_words(c) << ". ";
  prose(out, why_this_rule(c));
  out << "</p>\n";
  text_box(out, {.id = "policy-text", .label = "policy.yaml", .text = text, .save = &save, .save_as = save_as});
  out << "<p>It is a whole policy and loads as it stands. One for all tools of the server is on <a href=\""
      << page.links().to(server.path()) << "\">the server’s page</a>.</p>\n";
}

void append_evidence(Html& out, const classify::Assessment& a) {
  out << "<h2 id=\"why\">Why this class</h2>\n";
  if (a.evidence.empty()) {
    out << "<p>Nothing in its definition explains what it does, and what nothing explains is held to be "
        << classify::text(a.of) << ".</p>\n";
    return;
  }
  open_table(out, "", "Evidence for the class", {{"Where"}, {"Words"}, {"Speaks for"}, {"Because"}});
  std::size_t shown = 0;
  for (const classify::Evidence& e : a.evidence) {
    if (shown++ == most_evidence) break;
    out << "<tr><th scope=\"row\">" << shown_name(e.where, 80) << "</th><td><q>" << shown_name(e.words, 120)
        << "</q></td><td>";
    badge(out, e.towards);
    out << "</td><td>" << shown_name(e.reason, 200) << "</td></tr>\n";
  }
  close_table(out);
}

void append_attacks(Page& page, const Tool& tool) {
  Html& out = page.body;
  bool any = false;
  for (std::size_t i = severities.size(); i-- > 0;) {
    for (const Attack& attack : page.site().attacks) {
      if (attack.severity != severities[i]) continue;
      if (std::ranges::find(attack.classes, tool.assessment.of) == attack.classes.end()) continue;
      if (!any) {
        out << "<h2 id=\"attacks\">Attack patterns</h2>\n<p>What is known to be done with tools of the class "
            << classify::text(tool.assessment.of) << ".</p>\n<ul class=\"siblings\">";
      }
      any = true;
      out << "<li><a href=\"" << page.links().to(attack_path(attack.slug)) << "\">" << attack.title << "</a> ";
      severity(out, attack.severity);
      out << "</li>\n";
    }
  }
  if (any) out << "</ul>\n";
}

// Around the tool in the order of the server's page: those of its class come first.
void append_siblings(Page& page, const Server& server, std::size_t index) {
  Html& out = page.body;
  const auto& tools = server.report.tools;
  std::vector<std::size_t> others;
  for (const bool same_class : {true, false}) {
    for (const std::size_t i : server.order) {
      if (i == index || others.size() == most_siblings) continue;
      if ((tools[i].assessment.of == tools[index].assessment.of) == same_class) others.push_back(i);
    }
  }
  if (others.empty()) return;
  out << "<h2 id=\"siblings\">Other tools of this server</h2>\n<ul class=\"siblings\">";
  for (const std::size_t i : others) {
    out << "<li><a class=\"mono\" href=\"" << page.links().to(server.tool_path(i)) << "\">"
        << shown_name(tools[i].name, 120) << "</a> ";
    severity(out, tools[i].assessment.severity);
    out << "</li>\n";
  }
  out << "</ul>\n<p><a href=\"" << page.links().to(server.path()) << "\">All " << counted(tools.size(), "tool", "tools")
      << " of " << shown_name(server.id, 80) << "</a></p>\n";
}

void append_names(Html& out, std::string_view name, const Tool& tool, bool required) {
  out << "<div><dt>" << name << "</dt><dd>";
  std::size_t shown = 0, all = 0;
  for (const Parameter& p : tool.parameters) {
    if (p.required != required || ++all > 20) continue;
    if (shown++ > 0) out << ", ";
    out << "<code>" << shown_name(p.name, 60) << "</code>";
  }
  if (all > shown) out << " and " << grouped(all - shown) << " more";
  if (all == 0) out << "none";
  out << "</dd></div>\n";
}

void append_facts(Page& page, const Server& server, const Tool& tool) {
  Html& out = page.body;
  const classify::Assessment& a = tool.assessment;
  out << "<aside aria-labelledby=\"facts\"><h2 id=\"facts\">Facts</h2><dl class=\"facts\">\n";
  fact(out, "Name", shown_name(tool.name, 200), true);
  if (!tool.title.empty() && tool.title != tool.name) fact(out, "Title", shown_name(tool.title, 200), false);
  fact(out, "Category", classify::text(a.of), false);
  out << "<div><dt>Risk level</dt><dd>";
  severity(out, a.severity);
  out << "</dd></div>\n<div><dt>Server</dt><dd><a href=\"" << page.links().to(server.path()) << "\">"
      << shown_name(server.id, 80) << "</a></dd></div>\n";
  fact(out, "Provided by", shown_name(server.full_name(), 120), false);
  append_names(out, "Required parameters", tool, true);
  append_names(out, "Optional parameters", tool, false);
  out << "<div><dt>Confidence in the class</dt><dd>" << a.confidence << " %</dd></div>\n</dl></aside>\n";
}

}  // namespace

std::string tool_page(const Site& site, const Server& server, std::size_t index) {
  const Tool& tool = server.report.tools[index];
  const std::string name = shown_name(tool.name, 200);
  const std::string of = shown_name(server.id, 80);
  Page page(site, Section::servers, server.tool_path(index), name,
            name + " of the MCP server " + of + ": " + std::string(classify::text(tool.assessment.of)) + ", " +
                std::string(classify::text(tool.assessment.severity)) + " risk. " +
                first_sentence(tool.description, 120));
  const std::pair<std::string, std::string> steps[] = {{std::string(index_path), "Servers"}, {server.path(), of}};
  page.trail(steps);
  Html& out = page.body;
  out << "<h1 class=\"mono\">" << name << "</h1>\n<ul class=\"badges\" aria-label=\"Class and severity\"><li>";
  badge(out, tool.assessment.of);
  out << "</li><li><a class=\"badge severity " << style_of(tool.assessment.severity) << "\" href=\""
      << page.links().to(server_risk_path(server.slug, tool.assessment.severity)) << "\">"
      << classify::text(tool.assessment.severity) << "</a></li></ul>\n<div class=\"columns\"><div>\n";
  description(out, tool);
  append_alerts(page, tool);
  out << "</div>\n";
  append_facts(page, server, tool);
  out << "<div class=\"rest\">\n";
  append_wrong(page, tool);
  append_policy(page, server, tool, server.slugs[index]);
  if (!tool.assessment.uses.empty()) out << "<h2 id=\"uses\">What it does by argument</h2>\n";
  uses_table(out, tool);
  if (!tool.assessment.flags.empty()) out << "<h2 id=\"flags\">Flags</h2>\n";
  flags_table(out, tool);
  if (!tool.parameters.empty()) {
    out << "<h2 id=\"parameters\">Parameters <span class=\"count\">" << grouped(tool.parameters.size())
        << "</span></h2>\n";
  }
  parameters_table(out, tool);
  append_evidence(out, tool.assessment);
  append_attacks(page, tool);
  out << "<h2 id=\"questions\">Questions and answers</h2>\n<div class=\"questions\">\n";
  tool_questions(page, server, tool);
  out << "</div>\n";
  append_siblings(page, server, index);
  out << "</div></div>\n";
  return page.whole();
}

}  // namespace catalog
