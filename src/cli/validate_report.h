// What `intercept validate` found in one file, and how it is shown.
#pragma once
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/load.h"

namespace cli {

struct ValidateReport {
  std::string file;  // as given
  bool valid = false;
  std::string digest;  // "" if the file could not be loaded
  std::string text;
  std::vector<policy::Problem> problems, compat;
  std::vector<policy::Silenced> silenced;
  std::shared_ptr<const policy::Snapshot> snapshot;  // if the policy may be used
};

struct ReportStyle {
  bool compat = false;         // the list of --compat as well
  bool show_silenced = false;  // silenced findings with their reasons
  bool colour = false;         // of text
  bool several = false;        // one file of several: it is named in every line
};

// One line: {"valid","file","digest","problems":[…],"silenced":[…]} and, if wanted, "compat".
void print_json(const ValidateReport& report, const ReportStyle& style, std::ostream& out);

// Problems and the summary of a failure on `err`, the rest on `out`. True if a finding with a code was shown.
bool print_text(const ValidateReport& report, const ReportStyle& style, std::ostream& out, std::ostream& err);

}  // namespace cli
