// Where the pages of the site lie, and how they refer to each other. Names of servers and tools are hostile: what
// stands in a path is a slug, which is safe on every file system and in every URL, and unique. Links are relative and
// end in a file's name, so that the site works from a folder as it does behind a web server.
//
//   index.html   servers/<server>/index.html   servers/<server>/policy.yaml   servers/<server>/risk/<level>.html
//   tools/<server>/<tool>.html   risk/<level>.html   attacks/index.html   attacks/<attack>.html   assets/…
#pragma once
#include <set>
#include <string>
#include <string_view>

#include "catalog/html.h"
#include "classify/classify.h"

namespace catalog {

// Gives names their slugs: the name itself where it has nothing but letters, digits, ".", "_" and "-" (not at an end),
// is no name that a file system keeps for itself and is not taken, compared without case; else its safe characters, cut
// short, with "~" and a digest of the name. The same names in the same order give the same slugs.
class Slugs {
 public:
  std::string take(std::string_view name);

 private:
  std::set<std::string, std::less<>> taken_;  // in lower case
};

// Of files, from the site's root.
std::string server_path(std::string_view server);
std::string server_policy_path(std::string_view server);
std::string server_risk_path(std::string_view server, classify::Severity severity);
std::string tool_path(std::string_view server, std::string_view tool);
std::string risk_path(classify::Severity severity);
std::string attack_path(std::string_view attack);
inline constexpr std::string_view index_path = "index.html";
inline constexpr std::string_view attacks_path = "attacks/index.html";
inline constexpr std::string_view style_path = "assets/site.css";
inline constexpr std::string_view script_path = "assets/site.js";
inline constexpr std::string_view search_path = "assets/search-index.js";

// "low", "medium", …: as it stands in paths.
std::string_view slug_of(classify::Severity severity);

// The references of one page.
class Links {
 public:
  // `page`: its path from the site's root.
  explicit Links(std::string_view page);
  // To a file of the site. `path` is one of the above: its parts are slugs.
  Link to(std::string_view path) const { return Link(up_ + std::string(path)); }
  // To a heading of the same page.
  static Link to_heading(Markup id) { return Link("#" + std::string(id.text())); }
  // To a tool's heading on the page of one server alone: "#tool-3".
  static Link to_tool(std::size_t number) { return Link("#tool-" + std::to_string(number)); }
  // To the site's root: "../../", or "" on the index.
  Link root() const { return Link(up_); }
  // An https URL of the program's own data (sources of incidents). Anything else becomes "#".
  static Link external(std::string_view url);
  // Of the page itself, below the base URL.
  static Link canonical(std::string_view base_url, std::string_view page);
  // A text as a file to save, without one beside the page.
  static Link download(std::string_view text);

 private:
  std::string up_;
};

}  // namespace catalog
