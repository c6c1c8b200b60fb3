// A digest of rules by what they mean: equal rules give equal digests, whatever surrounds them in the file, and any
// change to a rule that applies gives another. Approvals and idempotency are bound to it.
#pragma once
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "policy/model.h"

namespace policy {

class RulesDigest {
 public:
  void add(const Entry& entry);
  void add_word(std::string_view word);  // with its length, so that words cannot run into each other
  void add_number(std::int64_t number);
  void add_flag(bool flag) { add_number(flag ? 1 : 0); }
  std::string finish();  // "sha256:..."

 private:
  void add(const Rule& rule);
  void add(const Condition& condition);
  void add(const Constant& constant);
  void add(const Limit& limit);
  void add(const Validate& validate);
  void add(const std::optional<std::int64_t>& number);
  base::Sha256 state_;
};

}  // namespace policy
