// The first page: what there is, how bad it is, and every server.
#include "catalog/site_parts.h"
#include "catalog/site_text.h"

namespace catalog {
namespace {

void append_levels(Page& page) {
  const Site& site = page.site();
  Html& out = page.body;
  out << "<h2 id=\"levels\">By risk level</h2>\n<ul class=\"cards levels\">";
  for (std::size_t i = severities.size(); i-- > 0;) {
    const classify::Severity s = severities[i];
    out << "<li><h3><a class=\"cover\" href=\"" << page.links().to(risk_path(s)) << "\">";
    severity(out, s);
    out << "</a></h3><span class=\"number\">" << grouped(site.counts.of(s)) << "<span class=\"visually-hidden\"> ";
    out << std::string_view(site.counts.of(s) == 1 ? "tool" : "tools") << "</span></span><p>" << meaning_of(s)
        << "</p></li>\n";
  }
  out << "</ul>\n";
}

void append_classes(Page& page) {
  const Site& site = page.site();
  Html& out = page.body;
  out << "<h2 id=\"classes\">What a tool can do</h2>\n<p>Every tool has one of five classes, computed from its name, "
         "description, parameters and annotations. The class decides which rule it gets to begin with.</p>\n";
  open_table(out, "", "The five classes",
             {{"Class"}, {"A tool of this class"}, {"Rule to begin with"}, {"Tools", "number"}});
  for (const classify::Class c : classes) {
    out << "<tr><th scope=\"row\">";
    badge(out, c);
    out << "</th><td>" << meaning_of(c) << "</td><td>" << rule_in_words(c) << "</td><td class=\"number\">"
        << grouped(site.counts.of(c)) << "</td></tr>\n";
  }
  close_table(out);
}

void append_server(Page& page, const Server& server) {
  Html& out = page.body;
  const Counts& counts = server.report.counts;
  out << "<tr><th scope=\"row\"><a class=\"name\" href=\"" << page.links().to(server.path()) << "\">"
      << shown_name(server.id, 80) << "</a><span class=\"quiet\"><bdi>" << shown_name(server.full_name(), 80)
      << "</bdi></span></th><td class=\"number\">" << grouped(total(counts)) << "</td><td class=\"mix\">";
  class_bar(out, counts, true);
  out << "</td>";
  for (const classify::Class c : classes) {
    if (counts.of(c) == 0) {
      out << "<td class=\"number by-class none\">0</td>";
    } else {
      out << "<td class=\"number by-class\">" << grouped(counts.of(c)) << "</td>";
    }
  }
  out << "<td>";
  severity(out, server.report.worst());
  out << "</td></tr>\n";
}

void append_servers(Page& page) {
  Html& out = page.body;
  out << "<h2 id=\"servers\">Servers <span class=\"count\">" << grouped(page.site().servers.size()) << "</span></h2>\n";
  static constexpr Markup number = "number by-class";
  open_table(out, "servers", "Servers with their tools per class and the worst severity",
             {{"Server"},
              {"Tools", "number"},
              {"Mix"},
              {"Read", number},
              {"Write", number},
              {"Execute", number},
              {"Destructive", number},
              {"Financial", number},
              {"Worst"}});
  for (const Server& server : page.site().servers) append_server(page, server);
  close_table(out);
}

}  // namespace

std::string index_page(const Site& site) {
  const std::string lead = counted(site.servers.size(), "server", "servers") + ", " + headline(site.counts);
  Page page(site, Section::servers, std::string(index_path), site.options.title, lead);
  Html& out = page.body;
  out << "<h1>" << site.options.title << "</h1>\n<p class=\"lead\">" << lead
      << " Here is what each tool can do, how bad that can get, and the policy that keeps it in bounds.</p>\n";
  class_bar(out, site.counts, false);
  class_legend(out, site.counts);
  append_levels(page);
  append_servers(page);
  append_classes(page);
  if (!site.attacks.empty()) {
    out << "<h2 id=\"attacks\">Attacks</h2>\n<p>Most harm follows a pattern. <a href=\""
        << page.links().to(attacks_path) << "\">" << counted(site.attacks.size(), "attack", "attacks")
        << "</a> on agents and their servers are described with the incidents in which they happened and a policy that "
           "stops each.</p>\n";
  }
  return page.whole();
}

}  // namespace catalog
