// The tools of one severity across all servers. A large catalogue is told by server, with a link to each server's own
// page of this severity: the page stays small enough to read.
#include <algorithm>

#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

constexpr std::size_t most_tools = 3'000;   // on one page
constexpr std::size_t most_of_server = 12;  // if there are more

void append_levels(Page& page, classify::Severity current) {
  Html& out = page.body;
  out << "<nav aria-label=\"Risk levels\"><ul class=\"badges\">";
  for (std::size_t i = severities.size(); i-- > 0;) {
    const classify::Severity s = severities[i];
    out << "<li><a class=\"badge severity " << style_of(s) << "\" href=\"" << page.links().to(risk_path(s)) << "\"";
    if (s == current) out << " aria-current=\"page\"";
    out << ">" << grouped(page.site().counts.of(s)) << " " << classify::text(s) << "</a></li>";
  }
  out << "</ul></nav>\n";
}

void append_server(Page& page, const Server& server, classify::Severity level, std::size_t most) {
  Html& out = page.body;
  const std::size_t count = server.report.counts.of(level);
  out << "<h2><a href=\"" << page.links().to(server_risk_path(server.slug, level)) << "\">" << shown_name(server.id, 80)
      << "</a> <span class=\"count\">" << grouped(count) << "</span></h2>\n<ul class=\"more\">";
  std::size_t shown = 0;
  for (const std::size_t i : server.order) {
    const Tool& tool = server.report.tools[i];
    if (tool.assessment.severity != level || shown == most) continue;
    ++shown;
    out << "<li><a class=\"mono\" href=\"" << page.links().to(server.tool_path(i)) << "\">"
        << shown_name(tool.name, 120) << "</a></li>\n";
  }
  out << "</ul>\n";
  if (shown < count) out << "<p class=\"quiet\">and " << grouped(count - shown) << " more</p>\n";
}

}  // namespace

std::string risk_page(const Site& site, classify::Severity level) {
  const std::string word(classify::text(level));
  const std::size_t count = site.counts.of(level);
  const auto has = [&](const Server& server) { return server.report.counts.of(level) > 0; };
  const auto servers = static_cast<std::size_t>(std::ranges::count_if(site.servers, has));
  const std::string lead = counted(count, "tool", "tools") + " of " + counted(servers, "server", "servers") + ". ";
  Page page(site, Section::risk, risk_path(level), word + " risk", lead + std::string(meaning_of(level)));
  Html& out = page.body;
  out << "<h1>" << word << " risk</h1>\n<p class=\"lead\">" << lead << meaning_of(level) << "</p>\n";
  append_levels(page, level);
  for (const Server& server : site.servers)
    if (has(server)) append_server(page, server, level, count > most_tools ? most_of_server : count);
  if (count == 0) out << "<p>No tool of this catalogue has this level.</p>\n";
  return page.whole();
}

}  // namespace catalog
