// What the pages of the site share: the frame around each, and the pieces that several of them show. Internal to the
// room.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/html.h"
#include "catalog/site.h"
#include "catalog/site_links.h"

namespace catalog {

// A server with the places of its pages.
struct Server {
  std::string id;    // as its operator calls it
  std::string slug;  // in paths
  Report report;
  std::vector<std::string> slugs;  // of report.tools, in their order
  std::vector<std::size_t> order;  // of report.tools: the worst first, then by name

  std::string path() const { return server_path(slug); }
  std::string tool_path(std::size_t tool) const { return catalog::tool_path(slug, slugs[tool]); }
  // "arcane 2.1.0"; what it calls itself where that says more than the id.
  std::string full_name() const;
};

struct Site {
  SiteOptions options;
  std::vector<Server> servers;
  std::vector<Attack> attacks;
  Counts counts;
};

enum class Section : std::uint8_t { servers, risk, attacks };

// Of tools of one name the worst stays.
Server make_server(Entry entry, Slugs& slugs);

// A page in the making: its head is known, its body is appended, its whole is taken at the end.
class Page {
 public:
  // `title`: before the site's name. `summary`: for search engines and previews, one sentence.
  Page(const Site& site, Section section, std::string path, std::string title, std::string summary);

  Html body;
  const Links& links() const { return links_; }
  const std::string& path() const { return path_; }
  const Site& site() const { return site_; }

  // The way to this page, without the page itself, which is the last step: ("path", "text").
  void trail(std::span<const std::pair<std::string, std::string>> steps);
  // The whole document.
  std::string whole() const;

 private:
  const Site& site_;
  Section section_;
  std::string path_, title_, summary_;
  Links links_;
};

// A document that needs no other file: the style within, no script, no links to elsewhere. (`summary` as of a Page.)
std::string whole_alone(const std::string& title, const std::string& summary, const Html& body);

// Words of the program with `code` in backticks; what stands between is escaped like any text.
void prose(Html& out, std::string_view text);

// The name of a class or severity in the style sheet.
Markup style_of(classify::Class c);
Markup style_of(classify::Severity s);

void badge(Html& out, classify::Class c);
void severity(Html& out, classify::Severity s);
// A bar of the classes' shares, with a text for those who do not see it; with `decorative`, beside a text that says it.
void class_bar(Html& out, const Counts& counts, bool decorative);
void class_legend(Html& out, const Counts& counts);

// A text to copy and to save. `name`: the file's. `save`: where it is to be had, or null.
struct Box {
  Markup id;  // of the element, unique on the page
  std::string_view label, text;
  bool copy = true;      // with a button that the site's script brings to life
  bool is_long = false;  // shown in a box that scrolls
  const Link* save = nullptr;
  std::string_view save_as = "";
};
void text_box(Html& out, const Box& what);

// A table and its head. It can be scrolled, with the keyboard as well, where it is wider than the window. Rows follow,
// and close_table().
struct Column {
  std::string_view title;
  Markup style = "";
};
void open_table(Html& out, Markup style, std::string_view caption, std::initializer_list<Column> columns);
void close_table(Html& out);

// "flag (argument), flag": of a tool, for a cell.
void flags_in_short(Html& out, const Tool& tool);

// Of one tool: what it says; signs of poisoning (nothing without any) and contradictions; what it does by argument;
// flags; parameters. Without headings. Of long lists the first.
void description(Html& out, const Tool& tool);
void sign_lines(Html& out, const Tool& tool);
void conflict_lines(Html& out, const Tool& tool);
void uses_table(Html& out, const Tool& tool);
void flags_table(Html& out, const Tool& tool);
void parameters_table(Html& out, const Tool& tool);
bool has_signs(const Tool& tool);
// An entry of a <dl class="facts">.
void fact(Html& out, std::string_view name, std::string_view value, bool code);

// A table of tools of one server, by the indices in `which`. Flags have a column if one of them has any. `links`: of
// the site's page; null: the tools stand on the same page (Links::to_tool).
void tool_table(Html& out, const Links* links, const Server& server, std::span<const std::size_t> which,
                std::string_view caption);

// The pages; each appends to a Page and gives its text.
std::string index_page(const Site& site);
std::string server_page(const Site& site, const Server& server);
std::string server_risk_page(const Site& site, const Server& server, classify::Severity severity);
std::string tool_page(const Site& site, const Server& server, std::size_t tool);
std::string risk_page(const Site& site, classify::Severity severity);
std::string attacks_page(const Site& site);
std::string attack_page(const Site& site, const Attack& attack);
// The index of the search, as a script (site_script.js reads it).
std::string search_index(const Site& site);

// Questions and their answers, as sections with headings of the third level.
void tool_questions(Page& page, const Server& server, const Tool& tool);
void server_questions(Page& page, const Server& server);

}  // namespace catalog
