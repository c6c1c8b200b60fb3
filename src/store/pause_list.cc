// Reading through json::Document, writing through json::Composer.
#include "store/pause_list.h"

#include <algorithm>
#include <iterator>

#include "base/strings.h"
#include "json/document.h"
#include "json/writer.h"

namespace store {
namespace {

// "a, b" of the members that an object has and may not have, or lacks.
base::Result<void> check_keys(json::Value object, std::initializer_list<std::string_view> keys) {
  for (const json::Member& m : object.members()) {
    if (std::ranges::find(keys, m.key) == keys.end())
      return base::fail("unknown key \"" + base::printable(m.key, 40) + "\"");
  }
  for (const std::string_view key : keys) {
    if (!object.find(key)) return base::fail("the key \"" + std::string(key) + "\" is missing");
  }
  return {};
}

base::Result<Pause> parse_pause(json::Value entry) {
  if (!entry.is_object()) return base::fail("a pause is not an object");
  if (auto checked = check_keys(entry, {"server", "reason", "since", "by"}); !checked)
    return std::unexpected(checked.error());
  for (const json::Member& m : entry.members()) {
    if (!m.value.is_string()) return base::fail("\"" + std::string(m.key) + "\" is not a string");
  }
  Pause pause{std::string(entry.find("server").string()), std::string(entry.find("reason").string()),
              std::string(entry.find("since").string()), std::string(entry.find("by").string())};
  if (auto checked = check_pause(pause); !checked) return std::unexpected(checked.error());
  return pause;
}

base::Result<void> check_text(const char* what, const std::string& text, std::size_t max, bool may_be_empty) {
  if (text.empty() && !may_be_empty) return base::fail(std::string(what) + " is empty");
  if (base::printable(text, std::string::npos) != text)
    return base::fail(std::string(what) + " has characters that are not shown: " + base::printable(text));
  if (base::printable(text, max) != text)
    return base::fail(std::string(what) + " is longer than " + std::to_string(max) + " characters");
  return {};
}

}  // namespace

base::Result<void> check_pause(const Pause& pause) {
  base::Result<void> checked = check_text("the server's name", pause.server, max_name, false);
  if (checked) checked = check_text("the reason", pause.reason, max_reason, true);
  if (checked) checked = check_text("the time", pause.since, 40, false);
  if (checked) checked = check_text("who paused", pause.by, max_name, true);
  return checked;
}

base::Result<std::vector<Pause>> parse_pauses(std::string_view text) {
  json::Document document;
  const json::Budget budget{.bytes = max_pause_file, .depth = 4, .values = 16 * max_pauses};
  if (const auto read = document.read(text, json::Profile::strict, budget); !read)
    return base::fail(read.error().message);
  const json::Value root = document.root();
  if (!root.is_object()) return base::fail("it is not an object");
  if (auto checked = check_keys(root, {"v", "pauses"}); !checked) return std::unexpected(checked.error());
  if (root.find("v").number() != "1") return base::fail("\"v\" is not 1; a newer intercept wrote it");
  if (!root.find("pauses").is_array()) return base::fail("\"pauses\" is not a list");
  std::vector<Pause> pauses;
  for (const json::Value entry : root.find("pauses").elements()) {
    auto pause = parse_pause(entry);
    if (!pause) return std::unexpected(pause.error());
    if (pauses.size() == max_pauses) return base::fail("it has more than " + std::to_string(max_pauses) + " pauses");
    if (std::ranges::find(pauses, pause->server, &Pause::server) != pauses.end())
      return base::fail("server \"" + pause->server + "\" is in it twice");
    pauses.push_back(std::move(*pause));
  }
  return pauses;
}

std::string pauses_text(const std::vector<Pause>& pauses) {
  std::string text;
  json::Composer c(text);
  c.open().member("v", 1).key("pauses").open_array();
  for (const Pause& p : pauses) {
    c.open();
    c.member("server", std::string_view(p.server)).member("reason", std::string_view(p.reason));
    c.member("since", std::string_view(p.since)).member("by", std::string_view(p.by));
    c.close();
  }
  c.close_array().close();
  text += '\n';
  return text;
}

std::vector<Pause> pauses_for(const std::vector<Pause>& pauses, std::string_view server) {
  std::vector<Pause> found;
  std::ranges::copy_if(pauses, std::back_inserter(found),
                       [&](const Pause& p) { return p.server == every_server || p.server == server; });
  return found;
}

}  // namespace store
