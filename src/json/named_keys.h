// Keys that matter, as a tree: those that rules and schemas name, and below them. Finds a key of a value that looks
// like one of them without being it: "Amount" or "amoun\u017F" beside "amount", or in its place. Some programs read
// both as the same, so a message that holds such a key has more than one meaning. A key that no named one comes near is
// free: "Path" and "path" may stand together in a free map. Cost: in an object, each key is compared with the named
// ones that begin alike.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/path.h"

namespace json {

struct LookAlike {
  std::string_view key;    // in the value
  std::string_view named;  // what it looks like
};

class NamedKeys {
 public:
  // The keys below `steps`; they are named too.
  NamedKeys& at(std::span<const Step> steps);
  // Names a key of this object, once.
  void add(std::string_view key);
  bool empty() const { return keys_.empty() && others_.empty(); }

  // The first look-alike, those of an object before those below it. The views live as long as `value` and the tree.
  // Recursion is bounded by the longest path that was named.
  std::optional<LookAlike> find(Value value) const;

 private:
  struct Key {
    std::string name;
    std::unique_ptr<NamedKeys> below;  // null: nothing is named below it
  };
  struct Elements {
    std::optional<std::uint32_t> index;  // absent: all of them
    std::unique_ptr<NamedKeys> below;
  };
  std::vector<Key>::iterator insert(std::string_view key);
  NamedKeys& elements(const Step& step);
  const Key* named(std::string_view key) const;
  std::string_view find_among(std::span<const Key> keys, std::string_view key) const;
  std::string_view looked_like(std::string_view key) const;

  std::vector<Key> keys_;  // sorted by name
  std::vector<Elements> others_;
};

}  // namespace json
