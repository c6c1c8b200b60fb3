// The site's files, one after the other.
#include "catalog/site.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>

#include "catalog/scaffold.h"
#include "catalog/site_assets.h"
#include "catalog/site_parts.h"
#include "json/writer.h"

namespace catalog {
namespace {

constexpr char letters[] = {'R', 'W', 'X', 'D', 'F'};  // by class, for the search

// A name that is there several times has one page: the worst of them, as in a scaffold.
void drop_repeated(Report& report) {
  std::map<std::string_view, const Tool*> worst;
  for (const Tool& tool : report.tools) {
    const Tool*& kept = worst[tool.name];
    if (kept == nullptr || kept->assessment.of < tool.assessment.of) kept = &tool;
  }
  if (worst.size() == report.tools.size()) return;
  std::vector<Tool> left;
  for (const Tool& tool : report.tools)
    if (worst[tool.name] == &tool) left.push_back(tool);
  report.tools = std::move(left);
  report.counts = {};
  for (const Tool& tool : report.tools) {
    ++report.counts.of_class[static_cast<std::size_t>(tool.assessment.of)];
    ++report.counts.of_severity[static_cast<std::size_t>(tool.assessment.severity)];
  }
}

}  // namespace

Server make_server(Entry entry, Slugs& slugs) {
  Server server{.id = std::move(entry.id), .slug = {}, .report = std::move(entry.report), .slugs = {}, .order = {}};
  server.slug = slugs.take(server.id);
  drop_repeated(server.report);
  const auto& tools = server.report.tools;
  Slugs own;
  for (const Tool& tool : tools) server.slugs.push_back(own.take(tool.name));
  server.order.resize(tools.size());
  std::iota(server.order.begin(), server.order.end(), std::size_t{0});
  std::ranges::sort(server.order, [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      const classify::Assessment& is = tools[i].assessment;
      return std::tuple(-static_cast<int>(is.severity), -static_cast<int>(is.of), std::string_view(tools[i].name));
    };
    return key(a) < key(b);
  });
  return server;
}

namespace {

// Renders and counts, until a file is not taken.
class Writer {
 public:
  Writer(const Site& site, const Emit& emit) : site_(site), emit_(emit) {}

  base::Result<void> put(std::string_view path, std::string_view text) {
    ++files_;
    return emit_(path, text);
  }

  base::Result<void> server(const Server& s) {
    if (auto done = put(s.path(), server_page(site_, s)); !done) return done;
    if (auto done = put(server_policy_path(s.slug), scaffold(s.report, Dialect::catalogue)); !done) return done;
    for (const classify::Severity level : severities)
      if (auto done = put(server_risk_path(s.slug, level), server_risk_page(site_, s, level)); !done) return done;
    for (std::size_t i = 0; i < s.report.tools.size(); ++i)
      if (auto done = put(s.tool_path(i), tool_page(site_, s, i)); !done) return done;
    return {};
  }

  base::Result<void> all() {
    if (auto done = put(style_path, site_style().text()); !done) return done;
    if (auto done = put(script_path, site_script()); !done) return done;
    if (auto done = put(search_path, search_index(site_)); !done) return done;
    if (auto done = put(index_path, index_page(site_)); !done) return done;
    for (const classify::Severity level : severities)
      if (auto done = put(risk_path(level), risk_page(site_, level)); !done) return done;
    if (auto done = put(attacks_path, attacks_page(site_)); !done) return done;
    for (const Attack& attack : site_.attacks)
      if (auto done = put(attack_path(attack.slug), attack_page(site_, attack)); !done) return done;
    for (const Server& s : site_.servers)
      if (auto done = server(s); !done) return done;
    return {};
  }

  std::size_t files() const { return files_; }

 private:
  const Site& site_;
  const Emit& emit_;
  std::size_t files_ = 0;
};

// For machines that look for pages: every page but the assets. Slugs need no escaping, the base URL does.
class SiteMap {
 public:
  explicit SiteMap(std::string_view base_url) : base_url_(base_url) {}
  void add(std::string_view path) {
    if (!path.ends_with(".html")) return;
    out_ << "<url><loc>" << Links::canonical(base_url_, path) << "</loc></url>\n";
  }
  std::string text() const {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "
           "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n" +
           out_.str() + "</urlset>\n";
  }

 private:
  std::string_view base_url_;
  Html out_;
};

}  // namespace

std::string search_index(const Site& site) {
  std::string out = "window.catalogueIndex = [";
  bool first = true;
  for (const Server& server : site.servers) {
    std::string tools;
    for (const std::size_t i : server.order) {
      const Tool& tool = server.report.tools[i];
      const std::string name = shown_name(tool.name, 160);
      if (!tools.empty()) tools += '\n';
      tools += letters[static_cast<std::size_t>(tool.assessment.of)];
      tools += name;
      if (name != server.slugs[i]) tools.append("\t").append(server.slugs[i]);
    }
    out += first ? "\n" : ",\n";
    first = false;
    json::Composer(out)
        .open_array()
        .string(server.slug)
        .string(shown_name(server.id, 80))
        .string(shown_name(server.full_name(), 80))
        .string(tools)
        .close_array();
  }
  return out + "\n];\n";
}

base::Result<SiteTotals> render_site(std::vector<Entry> entries, std::vector<Attack> attacks,
                                     const SiteOptions& options, const Emit& emit) {
  Site site{.options = options, .servers = {}, .attacks = std::move(attacks), .counts = {}};
  Slugs slugs;
  SiteTotals totals{.servers = entries.size()};
  for (Entry& entry : entries) {
    site.servers.push_back(make_server(std::move(entry), slugs));
    const Counts& counts = site.servers.back().report.counts;
    for (std::size_t i = 0; i < classes.size(); ++i) site.counts.of_class[i] += counts.of_class[i];
    for (std::size_t i = 0; i < severities.size(); ++i) site.counts.of_severity[i] += counts.of_severity[i];
    totals.tools += site.servers.back().report.tools.size();
  }
  SiteMap map(options.base_url);
  const Emit noting = [&](std::string_view path, std::string_view text) {
    if (!options.base_url.empty()) map.add(path);
    return emit(path, text);
  };
  Writer writer(site, noting);
  if (auto done = writer.all(); !done) return std::unexpected(done.error());
  if (!options.base_url.empty())
    if (auto done = writer.put("sitemap.xml", map.text()); !done) return std::unexpected(done.error());
  totals.files = writer.files();
  return totals;
}

}  // namespace catalog
