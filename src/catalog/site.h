// The catalogue as a static site: pages that a reviewer reads, made of nothing but reports and the attack database.
//
// What must stay true:
// - Everything that a server says is hostile. It reaches a page as escaped text only (html.h), a path as a slug only
//   (site_links.h), the search index as a JSON string whose readers make text of it.
// - No page needs a script, a font, an image or a server: a folder of files that reads from anywhere. Each page carries
//   a content security policy that allows the site's own style sheet and script and nothing else.
// - The same input gives the same bytes.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/attack_data.h"
#include "catalog/report.h"

namespace catalog {

// A server in the catalogue. `id` is what its operator calls it (the name of its file), unique among the servers.
struct Entry {
  std::string id;
  Report report;
};

struct SiteOptions {
  std::string title = "MCP tool catalogue";
  std::string base_url;  // where it will be published, for canonical links and a site map; "": neither
};

// Takes a file of the site: its path from the root, and its text, which lives for the call. An error ends the
// rendering.
using Emit = std::function<base::Result<void>(std::string_view path, std::string_view text)>;

struct SiteTotals {
  std::size_t servers = 0, tools = 0, files = 0;
};

// Renders all of it, servers in the order of the entries, a file at a time: memory grows with the reports and not with
// the site. Of tools of one name in one server the worst counts. Fails only as `emit` does. Pure but for `emit`; any
// thread.
base::Result<SiteTotals> render_site(std::vector<Entry> entries, std::vector<Attack> attacks,
                                     const SiteOptions& options, const Emit& emit);

// One server as a page of its own, for `scan --format html`: its style within it, no script, every tool on it. The same
// pieces and the same promises; its content security policy allows that style and nothing else. Pure; any thread.
std::string to_html(Report report);

}  // namespace catalog
