// A counter's key taken apart again (counter_key.h puts it together), for people who look at counters.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace policy {

struct CounterName {
  bool shadow = false;      // counts for shadow rules
  std::string server;       // "" if the process had no name for it
  std::string section;      // "tools", "resources", "prompts", "methods"
  std::string entry;        // as written: a name or a glob
  std::string kind;         // "rate", "spend", "state", "hosted", "concurrency"
  std::string counter;      // its name; of rates and the like made up
  std::string window;       // the window's tag
  std::string scope;        // "entry", "session", "identity", "tool", "server", "global"
  std::string scope_value;  // whose; "" where there is only one

  // "github  tools/create_issue  rate limit", "…  counter daily_spend  identity alice". Printable.
  std::string text() const;
};

// nullopt: it is no key of ours.
std::optional<CounterName> parse_counter_key(std::string_view key);

}  // namespace policy
