// Holds an instance against a program. One evaluator serves check() and explain(): with no list of failures it stops at
// the first one, with a list it goes on. Internal to this room.
//
// Undecided (a budget is used up, a text or number that cannot be compared) ends the whole evaluation at once: it sets
// a reason, and what functions return after that means nothing. So `not` never turns an undecided answer around.
//
// Marks: which members or elements of the instance some schema has looked at, for `unevaluated...`. A Frame is a row of
// marks for one instance. Schemas that must hold together share a frame; alternatives get one each, which is merged if
// they hold.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "schema/program.h"
#include "schema/schema.h"

namespace schema {

// The way to a value of the instance; lives on the stack.
struct Where {
  const Where* up = nullptr;
  std::string_view key;     // of a member
  std::uint32_t index = 0;  // of an element
  bool is_key = false;
};

// The bits of the value's type. A number's are both of type_number unless `wanted` tells the two apart: whether a
// number is whole costs something.
TypeSet type_of(json::Value value, TypeSet wanted);

class Evaluator {
 public:
  Evaluator(const Program& program, Scratch& scratch, const CheckBudget& budget)
      : program_(program), scratch_(scratch), budget_(budget) {}
  Result run(json::Value instance);
  // Lists failures; ends when there are `most`.
  Result run(json::Value instance, std::vector<Failure>& failures, std::size_t most);
  const char* undecided_reason() const { return reason_; }

 private:
  struct Frame {
    static constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t offset = absent;
    std::uint32_t size = 0;
    explicit operator bool() const { return offset != absent; }
  };
  struct Call {  // what every check needs to know
    const Node& node;
    json::Value value;
    const Where* where;
    Frame frame;
  };

  // evaluate.cc
  bool evaluate(NodeId id, json::Value value, const Where* where, Frame frame);
  bool evaluate_node(const Node& node, json::Value value, const Where* where, Frame frame);
  bool typed(const Call& call);
  bool values(const Call& call, const ValueChecks& checks);
  bool numbers(const Call& call, const NumberChecks& checks);
  bool strings(const Call& call, const StringChecks& checks);
  bool spend(std::uint64_t steps);
  // False also if undecided.
  bool matches(const CompiledPattern& pattern, std::string_view text);
  bool undecided(const char* reason);
  // For a part whose failures are not the instance's: an alternative, a condition.
  bool silently(NodeId id, json::Value value, const Where* where, Frame frame);

  // evaluate_containers.cc
  bool objects(const Call& call, const ObjectChecks& checks);
  bool member(const Call& call, const ObjectChecks& checks, const json::Member& member, bool& known,
              std::uint32_t& required);
  bool member_counts(const Call& call, const ObjectChecks& checks, std::uint64_t count, std::uint32_t required);
  bool dependents(const Call& call, const ObjectChecks& checks);
  bool arrays(const Call& call, const ArrayChecks& checks);
  bool elements(const Call& call, const ArrayChecks& checks, std::uint64_t& count);
  bool contains(const Call& call, const ArrayChecks& checks);
  bool unevaluated(const Call& call);
  Frame open_frame(json::Value value);
  Frame frame_like(Frame frame);
  void merge(Frame into, Frame from);
  void close_frame(Frame frame);
  void mark(Frame frame, std::uint32_t index) {
    if (frame) scratch_.marks[frame.offset + index] = 1;
  }

  // evaluate_applied.cc
  bool applied(const Call& call);
  bool apply(const Call& call, const Application& application);
  NodeId dynamic_target(const Application& application);
  bool any_of(const Call& call, const Application& application);
  bool one_of(const Call& call, const Application& application);
  bool conditional(const Call& call, const Application& application);
  bool alternative(const Call& call, NodeId id);
  void explain_alternatives(const Call& call, const Application& application);

  // evaluate_equal.cc
  bool equal(json::Value a, json::Value b, std::uint32_t depth = 0);
  bool equal_objects(json::Value a, json::Value b, std::uint32_t depth);
  std::uint64_t hash(json::Value value, std::uint32_t depth = 0);
  bool unique(json::Value array, std::uint32_t& first, std::uint32_t& second);

  // explain.cc. Each notes a failure if there is a list, and says whether to go on.
  bool fail(const Call& call, std::string_view keyword, std::string_view must);
  bool fail_limit(const Call& call, std::string_view keyword, std::string_view must, std::string_view limit,
                  std::string_view is);
  bool fail_at(std::uint32_t place, std::string_view keyword, const Where* where, std::string message);
  bool fail_type(const Call& call);
  bool fail_values(const Call& call, const ValueChecks& checks);
  bool explaining() const { return failures_ != nullptr; }

  const Program& program_;
  Scratch& scratch_;
  const CheckBudget budget_;
  std::uint64_t steps_ = 0;
  std::uint32_t depth_ = 0;
  const char* reason_ = nullptr;
  std::vector<Failure>* failures_ = nullptr;
  std::size_t most_ = 0;
};

}  // namespace schema
