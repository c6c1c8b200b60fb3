// A message with something changed, ruled anew. Internal to the room; has nothing to do with tests of policies.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "policy/changes.h"
#include "policy/edit.h"

namespace policy {

// One thing changed, and how that is said.
struct Part {
  Edit edit;
  std::string words;
};
using Fix = std::vector<Part>;

// Later parts replace earlier ones of the same path.
Fix joined(const Fix& first, const Fix& then);
std::string words_of(const Fix& fix);
std::vector<Edit> edits_of(const Fix& fix);

// The changed message: owns its document. `good()` is false if the change could not be made.
class ChangedCall {
 public:
  ChangedCall(const Facts& facts, const std::vector<Edit>& edits);
  ChangedCall(const ChangedCall&) = delete;
  ChangedCall& operator=(const ChangedCall&) = delete;
  bool good() const { return good_; }
  const Facts& facts() const { return facts_; }

 private:
  std::string text_;
  json::Document document_;
  Facts facts_;
  bool good_ = false;
};

// Ways to make a traced condition true (or false), each tried on the condition itself. `subject`: may be null.
void fixes_of(const TracedCondition& condition, bool wanted, const Facts& facts, std::vector<Fix>& out);

}  // namespace policy
