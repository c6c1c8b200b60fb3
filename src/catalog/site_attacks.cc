// The attack database as pages: what happens, how, where it happened, which tools it needs and a policy that stops it.
#include <algorithm>

#include "base/strings.h"
#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

void append_classes(Html& out, const Attack& attack) {
  out << "<ul class=\"badges\" aria-label=\"Classes of tools that it needs\">";
  for (const classify::Class c : attack.classes) {
    out << "<li>";
    badge(out, c);
    out << "</li>";
  }
  out << "</ul>";
}

void append_incidents(Html& out, const Attack& attack) {
  out << "<h2 id=\"incidents\">Where it happened</h2>\n";
  if (attack.incidents.empty()) {
    out << "<p>No public incident is recorded here. The pattern is known from research and from other systems.</p>\n";
    return;
  }
  open_table(out, "", "Incidents", {{"Date"}, {"Incident"}, {"Source"}});
  for (const Incident& incident : attack.incidents) {
    std::string_view host = incident.source;
    if (host.starts_with("https://")) host.remove_prefix(8);
    host = host.substr(0, host.find('/'));
    out << "<tr><td><time datetime=\"" << incident.date << "\">" << incident.date << "</time></td><th scope=\"row\">"
        << incident.title << "</th><td><a rel=\"noreferrer\" href=\"" << Links::external(incident.source) << "\">"
        << host << "<span class=\"visually-hidden\">: " << incident.title << "</span></a></td></tr>\n";
  }
  close_table(out);
}

void append_tools(Page& page, const Attack& attack) {
  Html& out = page.body;
  out << "<h2 id=\"tools\">Which tools it needs</h2>\n<ul class=\"needs\">";
  for (const classify::Class c : attack.classes) {
    const classify::Severity level = classify::severity_of(c);
    out << "<li>";
    badge(out, c);
    out << " A tool that " << meaning_of(c) << ". This catalogue has <a href=\"" << page.links().to(risk_path(level))
        << "\">" << counted(page.site().counts.of(c), "tool", "tools") << "</a> of this class.</li>\n";
  }
  out << "</ul>\n";
}

void append_prevention(Page& page, const Attack& attack) {
  Html& out = page.body;
  const Link save = Links::download(attack.prevention);
  const std::string save_as = attack.slug + ".yaml";
  out << "<h2 id=\"prevention\">A policy that stops it</h2>\n<p>Played against a simulation of the attack, it refuses "
         "what "
         "the attack needs and lets ordinary work pass. Put the names of your own tools in.</p>\n";
  text_box(out,
           {.id = "policy-text", .label = "policy.yaml", .text = attack.prevention, .save = &save, .save_as = save_as});
  if (!attack.run.empty()) {
    out << "<p>It is run with <code>intercept -c policy.yaml";
    for (const std::string& word : attack.run) out << " " << word;
    out << "</code>.</p>\n";
  }
  if (attack.prevention_notes.empty()) return;
  out << "<h3>What it does not do</h3>\n<ul class=\"wrong\">";
  for (const std::string& note : attack.prevention_notes) {
    out << "<li>";
    prose(out, note);
    out << "</li>";
  }
  out << "</ul>\n";
}

}  // namespace

std::string attacks_page(const Site& site) {
  const std::string lead =
      "What is done to agents and their servers, with the incidents in which it happened and a policy "
      "that stops it.";
  Page page(site, Section::attacks, std::string(attacks_path), "Attacks", lead);
  Html& out = page.body;
  out << "<h1>Attacks</h1>\n<p class=\"lead\">" << lead << "</p>\n";
  for (std::size_t i = severities.size(); i-- > 0;) {
    const auto is_of = [&](const Attack& attack) { return attack.severity == severities[i]; };
    const auto count = std::ranges::count_if(site.attacks, is_of);
    if (count == 0) continue;
    out << "<h2>";
    severity(out, severities[i]);
    out << " <span class=\"count\">" << count << "</span></h2>\n<ul class=\"cards\">";
    for (const Attack& attack : site.attacks) {
      if (!is_of(attack)) continue;
      out << "<li><h3><a class=\"cover\" href=\"" << page.links().to(attack_path(attack.slug)) << "\">" << attack.title
          << "</a></h3><p>" << attack.summary << "</p>";
      append_classes(out, attack);
      out << "</li>\n";
    }
    out << "</ul>\n";
  }
  return page.whole();
}

std::string attack_page(const Site& site, const Attack& attack) {
  Page page(site, Section::attacks, attack_path(attack.slug), attack.title, attack.summary);
  const std::pair<std::string, std::string> steps[] = {{std::string(attacks_path), "Attacks"}};
  page.trail(steps);
  Html& out = page.body;
  out << "<h1>" << attack.title << "</h1>\n<p class=\"lead\">" << attack.summary << "</p>\n<p>";
  out << "<span class=\"badge severity " << style_of(attack.severity) << "\">" << classify::text(attack.severity)
      << "</span></p>\n<h2 id=\"what\">What happens</h2>\n";
  std::string_view rest = base::trimmed(attack.what_happens);
  while (!rest.empty()) {
    const std::size_t end = rest.find("\n\n");
    out << "<p>";
    prose(out, base::trimmed(rest.substr(0, end)));
    out << "</p>\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  }
  out << "<h2 id=\"how\">How it works</h2>\n<ol class=\"steps\">";
  for (const std::string& step : attack.steps) {
    out << "<li>";
    prose(out, step);
    out << "</li>";
  }
  out << "</ol>\n";
  append_incidents(out, attack);
  append_tools(page, attack);
  append_prevention(page, attack);
  return page.whole();
}

}  // namespace catalog
