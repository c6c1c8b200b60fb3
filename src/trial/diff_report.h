// What two policies decide differently, for people and for programs. Arguments are shown with secrets taken out and
// cut; texts of agents cannot reach a terminal as they are.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trial/diff.h"

namespace trial {

// Where the calls came from.
struct CallSource {
  enum class Kind : std::uint8_t { generated, audit, file };
  Kind kind = Kind::generated;
  std::string place;                                           // file or directory
  std::uint64_t seed = 0, bounds = 0, combined = 0, left = 0;  // generated (Generated)
  LeftOut left_out;                                            // audit, file
  std::uint64_t without_params = 0;                            // audit
  bool tools_assumed = false;  // rules that need the server's tools were given a list without schemas
};

struct DiffReport {
  const Differ& differ;
  std::vector<SettingChange> settings;
  CallSource source;
  std::string before_file, after_file, before_digest, after_digest;
};

std::string text_report(const DiffReport& report);
// One line: the fields are in docs/diff.md.
std::string json_report(const DiffReport& report);
// One call as a line of JSON: {"call":…,"old":{…},"new":{…},"difference":…}.
std::string json_line(const Call& call, const Side& before, const Side& after, Difference difference);

}  // namespace trial
