// The rules that admit the arguments that were seen, and no others: an inline JSON Schema for a tool, conditions for a
// prompt. Internal to suggesting.
#pragma once
#include <string>
#include <vector>

#include "trial/suggest.h"

namespace trial {

struct ArgumentRules {
  std::vector<std::string> lines;   // of rules, as list items without indentation
  std::vector<std::string> needed;  // as Suggester::Suggestion::needed
  std::vector<std::string> notes;
};

// `what`: for sentences, printable: tool "read_file".
ArgumentRules tool_arguments(const ObservedArguments& seen, const SuggestOptions& options, const std::string& what);
ArgumentRules prompt_arguments(const ObservedArguments& seen, const SuggestOptions& options, const std::string& what);

}  // namespace trial
