// A policy made ready to decide: what lower() builds and evaluate() walks. Internal to the room.
// Everything here refers to the Policy that the Snapshot owns (texts, paths, positions) and never changes afterwards.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "base/result.h"
#include "base/strings.h"
#include "json/named_keys.h"
#include "limits/charge.h"
#include "policy/evaluate.h"
#include "policy/model.h"
#include "policy/operand.h"
#include "policy/path_within.h"
#include "policy/pattern.h"
#include "policy/url.h"

namespace policy {

// A scalar to compare with.
struct Scalar {
  Constant::Kind kind = Constant::Kind::null;
  bool boolean = false;
  bool small = false;         // `integer` is the number
  bool numeric_text = false;  // a string whose text is a JSON number
  std::int64_t integer = 0;
  std::string_view text;
  std::optional<base::Decimal> number;  // of a number, or of a string that spells one
};

struct LengthBound {
  Op op;
  std::uint64_t whole = 0;
};

// What only some operators need.
struct OperatorData {
  std::vector<Scalar> list;              // in, not_in; between: two; type: names
  std::vector<std::string_view> sorted;  // the list's strings, if there are many
  bool only_strings = false;             // the list holds nothing else
  Pattern regex;
  base::Glob glob;
  PathWithin within;
  std::vector<HostPattern> hosts;
  std::vector<Cidr> blocks;
  std::vector<LengthBound> length;
  ~OperatorData();
};

struct CompiledLimit;

struct CompiledCondition {
  Condition::Kind kind = Condition::Kind::compare;
  Op op = Op::eq;
  Root root = Root::args;
  bool quantified = false;
  bool coerce = false;
  bool text_order = false;      // time.date: texts are ordered byte by byte
  std::uint8_t slot = no_slot;  // where the entry's operand cache keeps this path's value
  std::uint8_t time_part = 0;   // 'h', 'w', 'd'
  std::int32_t utc_offset_minutes = 0;
  std::uint8_t first_step = 0;  // the first step below the root's own words
  const std::vector<json::Step>* steps = nullptr;
  Scalar scalar;
  std::unique_ptr<OperatorData> data;
  const CompiledLimit* counter = nullptr;  // state: the limit whose counter is read, or null
  std::vector<CompiledCondition> children;

  static constexpr std::uint8_t no_slot = 0xFF;
};

struct CompiledLimit {
  const Limit* source = nullptr;
  std::string key;         // whole, or without the scope's value
  std::string shadow_key;  // the same for the shadow's counters
  bool open_key = false;   // the scope's value is appended for each message
  std::optional<base::Amount> max;
  std::uint32_t tag = 0;
};

struct CompiledRule {
  const Rule* source = nullptr;
  const RuleInfo* info = nullptr;
  std::string_view display_name;  // R of: Denied by rule "R"
  bool shadow = false;
  bool when_reads_tool = false;  // conditions on tool.annotations
  bool require_reads_tool = false;
  std::vector<CompiledCondition> when, require;
  std::vector<CompiledLimit> limits;  // conditions point at them: never grows after add_rule()

  // It looks at messages of this direction.
  bool directed(mcp::Direction direction) const {
    return source->direction == RuleDirection::both ||
           (source->direction == RuleDirection::client) == (direction == mcp::Direction::client_to_server);
  }
};

// See quick_check.h.
struct QuickCheck {
  enum class Kind : std::uint8_t { none, integers, texts, prefix };
  Kind kind = Kind::none;
  std::uint8_t slot = 0;
  bool pass_if = false;  // the truth of the condition with which the rule is passed
  std::uint32_t count = 0;
  std::int64_t low = 0, high = 0;           // integers
  const std::string_view* texts = nullptr;  // texts, prefix
};

struct CompiledEntry {
  const Entry* source = nullptr;
  base::Glob glob;
  std::string normal;  // resources: the normal form of a literal pattern, else ""
  bool has_shadow = false;
  bool has_enforced = false;
  bool reads_input_schema = false;  // a rule validates by the tool's own schema
  std::vector<CompiledRule> rules;
  std::vector<QuickCheck> quick;  // one for each rule
  json::NamedKeys args, params;   // keys that the rules' paths and schemas name
  const std::string& literal() const { return glob.literal(); }
};

// How many distinct paths of an entry are looked up once per message; further ones are looked up each time.
inline constexpr std::size_t operand_slots = 16;

}  // namespace policy
