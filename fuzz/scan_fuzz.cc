// A hostile server against a scan. The input is what it says, a message a line.
//
// What must hold: only lists are asked for, one request at a time and not without end; and whatever was listed, the
// policy that is made of it loads in every dialect, with an entry for each name that can be written, and its text holds
// no character that ends a line or hides.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "catalog/markdown.h"
#include "catalog/sarif.h"
#include "catalog/scaffold.h"
#include "check.h"
#include "client/dialogue.h"
#include "json/document.h"
#include "policy/load.h"

namespace {

constexpr std::string_view asked_for[] = {"server/discover",
                                          "initialize",
                                          "notifications/initialized",
                                          "tools/list",
                                          "resources/list",
                                          "resources/templates/list",
                                          "prompts/list",
                                          ""};

void check_outgoing(client::Dialogue& dialogue) {
  json::Document document;
  for (const client::Dialogue::Message& m : dialogue.take_outgoing()) {
    FUZZ_CHECK(std::ranges::find(asked_for, m.method) != std::end(asked_for));
    FUZZ_CHECK(document.read(m.text, json::Profile::tolerant));
    FUZZ_CHECK(m.text.find('\n') == std::string::npos);
  }
}

void check_scaffold(const catalog::Report& report, catalog::Dialect dialect) {
  const std::string text = catalog::scaffold(report, dialect);
  FUZZ_CHECK(base::first_invalid_utf8(text) == std::string::npos);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const std::uint32_t cp = base::decode_utf8(text, at);
    const std::string_view one = std::string_view(text).substr(begin, at - begin);
    FUZZ_CHECK(cp == '\n' || base::printable(one) == one);
  }
  const policy::Loaded loaded = policy::load("scaffold", text, {.lint = false});
  FUZZ_CHECK(loaded.policy);
  std::set<std::string_view> names;
  for (const catalog::Tool& tool : report.tools)
    if (catalog::is_writable(tool.name)) names.insert(tool.name);
  FUZZ_CHECK(loaded.policy->rules.tools.size() == names.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 256 * 1024) return 0;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  client::Dialogue dialogue("1");
  const bool probe = input.starts_with('p');
  dialogue.begin(probe);
  check_outgoing(dialogue);
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    dialogue.on_text(line);
    check_outgoing(dialogue);
    if (dialogue.failure()) return 0;
  }
  if (!dialogue.done()) dialogue.cut_short("it ended");
  if (!dialogue.done()) return 0;
  client::Listing listing = dialogue.take_listing();
  catalog::Source source;
  source.name = listing.name;
  source.version = listing.version;
  source.instructions = listing.instructions;
  source.tools = listing.tools;
  source.prompts = listing.prompts;
  source.resources = listing.resources;
  source.templates = listing.templates;
  source.notes = listing.notes;
  const catalog::Report report = catalog::make_report(std::move(source));
  for (const auto dialect : {catalog::Dialect::catalogue, catalog::Dialect::classic, catalog::Dialect::hosted})
    check_scaffold(report, dialect);
  json::Document document;
  const std::string json = catalog::to_json(report), sarif = catalog::to_sarif({report}, "1");
  FUZZ_CHECK(document.read(json, json::Profile::tolerant));
  FUZZ_CHECK(document.read(sarif, json::Profile::tolerant));
  const std::string markdown = catalog::to_markdown(report);
  FUZZ_CHECK(markdown.find('<') == std::string::npos || markdown.contains("\\<"));
  return 0;
}
