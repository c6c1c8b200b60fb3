// What calls are made about: each name (of a tool, resource, prompt or method) at each server, with the rules of both
// policies that apply to it and the changes that could matter to them. Internal to generating.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "policy/model.h"
#include "trial/examples.h"

namespace trial {

enum class About : std::uint8_t { tool, resource, prompt, method };

// All changes of one place of a call.
struct Place {
  std::string path;       // "args.amount", as conditions are described
  bool required = false;  // a requirement reads it: it is there from the beginning
  std::vector<Change> changes;
};

struct Topic {
  About about = About::tool;
  std::string server, name;
  std::vector<const policy::Rule*> rules;  // of both policies
  json::Value schema;                      // of the tool, or absent
};

// At most 20,000; of both policies, in the order in which they are written. `tools`: the server's, parsed.
std::vector<Topic> topics_of(const policy::Policy& before, const policy::Policy& after, const std::string& server_name,
                             json::Value tools);
// The places that matter to a topic; at most 64.
std::vector<Place> places_of(const Topic& topic);

}  // namespace trial
