// Conditions as trees: any, all, not, and comparisons whose paths may run over arrays.
#pragma once
#include <array>
#include <span>
#include <string>
#include <type_traits>

#include "policy/compiled.h"
#include "policy/truth.h"

namespace policy {

static_assert(std::is_trivially_destructible_v<Operand> && std::is_trivially_copyable_v<Operand>);

// What conditions are read against. One per message; remembers what the present entry's paths yielded.
struct Reader {
  const Facts& facts;
  const Subject* subject;    // null for rules of methods that name nothing
  json::Value empty;         // {}: what absent arguments and params count as
  std::uint32_t cached = 0;  // bit i: slots[i] is filled for the present entry
  bool needs_store = false;  // a counter was read that the store is not ready for
  std::string text;          // the texts of operands that are made, not found (times, counters)
  union {                    // not initialised: a message fills the few that it needs
    std::array<Operand, operand_slots> slots;
  };

  Reader(const Facts& f, const Subject* s, json::Value e) : facts(f), subject(s), empty(e) {}
  ~Reader() {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  void forget() { cached = 0; }  // before another entry's rules
};

Truth evaluate(const CompiledCondition& condition, Reader& scope, Reading reading);
// What the condition's path starts from (absent for roots without a document), and what a path without quantifiers
// yields. Texts of times and counters live in the reader until the next one is made.
json::Value start_of(const CompiledCondition& condition, const Reader& reader);
Operand resolve_operand(const CompiledCondition& condition, Reader& reader);
// A list is ANDed; the empty list is true.
Truth evaluate_all(std::span<const CompiledCondition> conditions, Reader& scope, Reading reading);

}  // namespace policy
