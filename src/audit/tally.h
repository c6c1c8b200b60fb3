// Counting by name with bounded memory: the first thousand names are counted each, all later ones together.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace audit {

// `Extra`: what is kept of the last time beside the count; default-constructible.
template <class Extra>
class Tally {
 public:
  static constexpr std::size_t most = 1'000;
  static constexpr std::size_t longest = 256;  // bytes of a name

  // Null if the name is counted among the others.
  Extra* count(std::string_view name) {
    const std::string key(name.substr(0, longest));
    auto it = places_.find(key);
    if (it == places_.end()) {
      if (places_.size() >= most) {
        ++others_;
        return nullptr;
      }
      it = places_.try_emplace(key).first;
    }
    ++it->second.count;
    return &it->second.extra;
  }
  // Null if the name was not counted.
  Extra* find(std::string_view name) {
    const auto it = places_.find(std::string(name.substr(0, longest)));
    return it == places_.end() ? nullptr : &it->second.extra;
  }
  struct Item {
    std::string_view name;
    std::uint64_t count = 0;
    const Extra* extra = nullptr;
  };
  // The most frequent ones, of equals the first by name. Refers to the Tally.
  std::vector<Item> top(std::size_t n) const {
    std::vector<Item> items;
    items.reserve(places_.size());
    for (const auto& [name, place] : places_) items.push_back({name, place.count, &place.extra});
    n = std::min(n, items.size());
    std::partial_sort(
        items.begin(), items.begin() + static_cast<std::ptrdiff_t>(n), items.end(),
        [](const Item& a, const Item& b) { return a.count != b.count ? a.count > b.count : a.name < b.name; });
    items.resize(n);
    return items;
  }
  std::uint64_t others() const { return others_; }  // counts of names that had no place
  std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::uint64_t count = 0;
    Extra extra{};
  };
  std::unordered_map<std::string, Place> places_;
  std::uint64_t others_ = 0;
};

}  // namespace audit
