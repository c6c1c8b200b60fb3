// Equality of JSON values (2020-12, core 4.2.2): numbers by value, objects without regard to order; and whether all the
// elements of an array differ.
#include <algorithm>
#include <cstring>

#include "schema/evaluate.h"

namespace schema {
namespace {

constexpr std::uint64_t bytes_a_step = 64;
constexpr std::uint32_t deepest = 200;       // containers within containers that are compared
constexpr std::uint32_t deepest_hashed = 8;  // below that, equality decides alone

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
  constexpr int fold = 29;
  hash = (hash ^ value) * odd;
  return hash ^ (hash >> fold);
}

std::uint64_t hashed(std::string_view text) {
  std::uint64_t hash = text.size();
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t head = 0;
    std::memcpy(&head, text.data(), sizeof head);
    hash = mixed(hash, head);
    text.remove_prefix(sizeof head);
  }
  for (const char c : text) hash = mixed(hash, static_cast<unsigned char>(c));
  return hash;
}

}  // namespace

bool Evaluator::equal(json::Value a, json::Value b, std::uint32_t depth) {
  if (!spend(1)) return false;
  if (a.type() != b.type()) return false;
  if (depth == deepest) return undecided("values are too deep to be compared");
  switch (a.type()) {
    case json::Type::null:
      return true;
    case json::Type::boolean:
      return a.boolean() == b.boolean();
    case json::Type::number: {
      const Number left(a.number()), right(b.number());
      if (!spend(a.number().size() / bytes_a_step)) return false;
      if (left.is_absurd() || right.is_absurd()) return undecided("a number's exponent is too large to compare");
      return left == right;
    }
    case json::Type::string:
      return spend(a.string().size() / bytes_a_step) && a.string() == b.string();
    case json::Type::array: {
      const auto left = a.elements(), right = b.elements();
      auto l = left.begin(), r = right.begin();
      for (; l != left.end() && r != right.end(); ++l, ++r) {
        if (!equal(*l, *r, depth + 1)) return false;
      }
      return l == left.end() && r == right.end();
    }
    case json::Type::object:
      return equal_objects(a, b, depth);
  }
  return false;
}

bool Evaluator::equal_objects(json::Value a, json::Value b, std::uint32_t depth) {
  const std::size_t count = a.size();
  if (!spend(count / bytes_a_step) || count != b.size()) return false;
  for (const json::Member member : a.members()) {
    if (!spend(1 + count / 8)) return false;  // find() walks the members
    const json::Value other = b.find(member.key);
    if (!other || !equal(member.value, other, depth + 1)) return false;
  }
  return true;
}

// Equal values have equal hashes.
std::uint64_t Evaluator::hash(json::Value value, std::uint32_t depth) {
  const auto type = static_cast<std::uint64_t>(value.type()) + 1;
  if (!spend(1) || depth == deepest_hashed) return type;
  switch (value.type()) {
    case json::Type::null:
      return type;
    case json::Type::boolean:
      return mixed(type, value.boolean() ? 1 : 0);
    case json::Type::number:
      return mixed(type, Number(value.number()).hash());
    case json::Type::string:
      (void)spend(value.string().size() / bytes_a_step);
      return mixed(type, hashed(value.string()));
    case json::Type::array: {
      std::uint64_t all = type;
      for (const json::Value element : value.elements()) all = mixed(all, hash(element, depth + 1));
      return all;
    }
    case json::Type::object: {
      std::uint64_t all = type;  // a sum: the order of members makes no difference
      for (const json::Member member : value.members()) {
        all += mixed(hashed(member.key), hash(member.value, depth + 1));
      }
      return all;
    }
  }
  return type;
}

bool Evaluator::unique(json::Value array, std::uint32_t& first, std::uint32_t& second) {
  auto& all = scratch_.hashed;
  all.clear();
  for (const json::Value element : array.elements()) {
    all.push_back({hash(element), element});
    if (reason_ != nullptr) return false;
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.value.index() < b.value.index();
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = i + 1; k < all.size() && all[k].hash == all[i].hash; ++k) {
      const bool same = equal(all[i].value, all[k].value);
      if (reason_ != nullptr) return false;
      if (!same) continue;
      std::uint32_t index = 0;
      for (const json::Value element : array.elements()) {
        if (element.same(all[i].value)) first = index;
        if (element.same(all[k].value)) second = index;
        ++index;
      }
      return false;
    }
  }
  return true;
}

}  // namespace schema
