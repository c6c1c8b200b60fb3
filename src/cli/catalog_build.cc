// `intercept catalog build`: the site, from a folder of tool lists.
#include <algorithm>
#include <array>
#include <ostream>

#include "base/strings.h"
#include "catalog/attack_data.h"
#include "catalog/html.h"
#include "catalog/site.h"
#include "cli/catalog_commands.h"
#include "cli/catalog_source.h"
#include "cli/site_folder.h"

namespace cli {
namespace {

constexpr std::array<FlagInfo, 4> flags{
    {{"--from", "DIR", "a folder of tool lists, a file a server; or one file"},
     {"--out", "SITE", "the folder to write; a site that is there already is replaced as a whole, nothing else is"},
     {"--title", "TEXT", "what the site calls itself (default: MCP tool catalogue)"},
     {"--base-url", "URL", "where it will be published: adds canonical links and sitemap.xml"}}};

bool is_base_url(std::string_view url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
  return std::ranges::all_of(url, [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}?#").find(c) == std::string_view::npos;
  });
}

int run(const Invocation& invocation, Terminal& terminal) {
  std::string from, to;
  catalog::SiteOptions options;
  Flags reader(flags);
  reader.text("--from", from).text("--out", to).text("--title", options.title).text("--base-url", options.base_url);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "catalog build takes no server command");
  if (from.empty()) return bad_use(terminal, "catalog build needs --from DIR, a folder of tool lists");
  if (to.empty()) return bad_use(terminal, "catalog build needs --out SITE, the folder to write");
  if (base::trimmed(options.title).empty()) return bad_use(terminal, "--title needs a text");
  if (!options.base_url.empty() && !is_base_url(options.base_url))
    return bad_use(terminal, wrong_word("--base-url", "a URL that begins with https:// or http://, without ? and #",
                                        options.base_url));
  auto entries = read_catalog(from);
  if (!entries) return failed(terminal, entries.error().message);
  auto attacks = catalog::attacks();
  if (!attacks) return failed(terminal, attacks.error().message);
  auto folder = SiteFolder::make(to);
  if (!folder) return failed(terminal, folder.error().message);
  const auto totals =
      catalog::render_site(std::move(*entries), std::move(*attacks), options,
                           [&](std::string_view path, std::string_view text) { return folder->put(path, text); });
  if (!totals) return failed(terminal, totals.error().message);
  if (const auto placed = folder->place(); !placed) return failed(terminal, placed.error().message);
  terminal.out << catalog::grouped(totals->servers) << (totals->servers == 1 ? " server, " : " servers, ")
               << catalog::grouped(totals->tools) << (totals->tools == 1 ? " tool, " : " tools, ")
               << catalog::grouped(totals->files) << " files. Open " << base::printable(to, 4096)
               << (to.ends_with('/') ? "" : "/") << "index.html\n";
  return exit_ok;
}

}  // namespace

const CommandInfo catalog_build_info{
    "catalog build",
    "catalog build --from DIR --out SITE [--title TEXT] [--base-url URL]",
    "write a site of what servers and their tools can do, with a policy for each",
    "The site is a folder of files that need no server, no script to be read and nothing from elsewhere: open its\n"
    "index.html, or publish the folder. DIR holds what servers answered to tools/list, a file each (*.json, *.jsonl,\n"
    "*.yaml, *.yml); a server is called after its file.\n",
    flags,
    "Exit status: 0; 1 if a file cannot be used or the site cannot be written; 2 for bad use. Nothing is written "
    "unless\n"
    "all of it can be.\n"
    "\n"
    "Example:\n"
    "  intercept catalog build --from lists --out site --title \"Our MCP servers\"\n",
    run};

}  // namespace cli
