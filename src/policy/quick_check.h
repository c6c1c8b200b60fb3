// A rule of one plain condition, packed into 40 bytes: a tool with a hundred such rules is decided in a walk over a few
// cache lines. A check only ever says "this rule lets the call pass"; whatever it cannot say (other types, missing
// values, denials) is left to the full evaluation, so the two cannot disagree on a refusal.
#pragma once
#include <cstring>
#include <deque>
#include <string_view>
#include <vector>

#include "policy/compiled.h"
#include "policy/condition.h"

namespace policy {

// The check of a rule, or one of kind `none`. Texts that it refers to are kept in `texts`.
QuickCheck quick_check(const CompiledRule& rule, std::deque<std::vector<std::string_view>>& texts);

// Most comparisons fail at the last or first byte, and most texts are short: no call for those.
[[gnu::always_inline]] inline bool starts_with_quickly(std::string_view text, std::string_view prefix) {
  const std::size_t n = prefix.size();
  if (text.size() < n) return false;
  if (n == 0) return true;
  const char* a = text.data();
  const char* b = prefix.data();
  if (a[n - 1] != b[n - 1] || a[0] != b[0]) return false;
  if (n > 8) return std::memcmp(a, b, n) == 0;
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

// True: the rule is passed and charges nothing. False: not known. Looks only at operands that are already there.
[[gnu::always_inline]] inline bool passes_quickly(const QuickCheck& check, const Reader& reader) {
  if (check.kind == QuickCheck::Kind::none || (reader.cached >> check.slot & 1) == 0) return false;
  const Operand& operand = reader.slots[check.slot];
  if (operand.kind != Operand::Kind::present) return false;
  bool truth = false;
  switch (check.kind) {
    case QuickCheck::Kind::integers:
      if (!operand.small) return false;
      truth = check.low <= operand.integer && operand.integer <= check.high;
      break;
    case QuickCheck::Kind::texts:
      if (operand.type != json::Type::string) return false;
      for (std::uint32_t i = 0; i < check.count && !truth; ++i)
        truth = check.texts[i].size() == operand.text.size() && starts_with_quickly(operand.text, check.texts[i]);
      break;
    case QuickCheck::Kind::prefix:
      if (operand.type != json::Type::string) return false;
      truth = starts_with_quickly(operand.text, check.texts[0]);
      break;
    case QuickCheck::Kind::none:
      return false;
  }
  return truth == check.pass_if;
}

}  // namespace policy
