// Look-alike keys. The common case (every key is the named one, or begins differently) costs a comparison of first
// bytes; folding is left to base::is_look_alike.
#include "json/named_keys.h"

#include <algorithm>

#include "base/unicode.h"

namespace json {
namespace {

constexpr std::size_t few = 12;  // so many names are looked through without a search

// Keys that can look alike begin with one letter, but for its case, or one of them does not begin in ASCII.
bool begin_alike(std::string_view a, std::string_view b) {
  const auto x = static_cast<unsigned char>(a[0]), y = static_cast<unsigned char>(b[0]);
  return ((x | y) & 0x80) != 0 || (x | 0x20) == (y | 0x20);
}

}  // namespace

std::vector<NamedKeys::Key>::iterator NamedKeys::insert(std::string_view key) {
  const auto place = std::ranges::lower_bound(keys_, key, {}, [](const Key& k) { return std::string_view(k.name); });
  if (place != keys_.end() && place->name == key) return place;
  return keys_.insert(place, Key{std::string(key), nullptr});
}

void NamedKeys::add(std::string_view key) { insert(key); }

NamedKeys& NamedKeys::elements(const Step& step) {
  const std::optional<std::uint32_t> index = step.kind == Step::Kind::index ? std::optional(step.index) : std::nullopt;
  for (const Elements& e : others_) {
    if (e.index == index) return *e.below;
  }
  return *others_.emplace_back(index, std::make_unique<NamedKeys>()).below;
}

NamedKeys& NamedKeys::at(std::span<const Step> steps) {
  NamedKeys* place = this;
  for (const Step& step : steps) {
    if (step.kind != Step::Kind::key) {
      place = &place->elements(step);
      continue;
    }
    const auto key = place->insert(step.key);
    if (key->below == nullptr) key->below = std::make_unique<NamedKeys>();
    place = key->below.get();
  }
  return *place;
}

const NamedKeys::Key* NamedKeys::named(std::string_view key) const {
  const auto place = std::ranges::lower_bound(keys_, key, {}, [](const Key& k) { return std::string_view(k.name); });
  return place != keys_.end() && place->name == key ? &*place : nullptr;
}

std::string_view NamedKeys::find_among(std::span<const Key> keys, std::string_view key) const {
  for (const Key& k : keys) {
    if (k.name.empty() || !begin_alike(key, k.name)) continue;
    if (k.name == key) return {};
    if (base::is_look_alike(key, k.name)) return named(key) == nullptr ? std::string_view(k.name) : std::string_view();
  }
  return {};
}

// What `key` looks like, or "".
std::string_view NamedKeys::looked_like(std::string_view key) const {
  if (key.empty()) return {};
  if (keys_.size() <= few || (key[0] & 0x80) != 0) return find_among(keys_, key);
  const auto from = [this](unsigned char first) {
    const auto begins = [](const Key& k) {
      return k.name.empty() ? 0 : static_cast<int>(static_cast<unsigned char>(k.name[0]));
    };
    return static_cast<std::size_t>(std::ranges::lower_bound(keys_, static_cast<int>(first), {}, begins) -
                                    keys_.begin());
  };
  const auto with = [&](unsigned char first) {
    const std::size_t begin = from(first);
    return std::span(keys_).subspan(begin, from(static_cast<unsigned char>(first + 1)) - begin);
  };
  const auto first = static_cast<unsigned char>(key[0]);
  const auto lower = static_cast<unsigned char>(first | 0x20U), upper = static_cast<unsigned char>(first & ~0x20U);
  if (const auto found = find_among(with(upper), key); !found.empty()) return found;
  if (const auto found = find_among(with(lower), key); !found.empty()) return found;
  return find_among(std::span(keys_).subspan(from(0x80)), key);
}

std::optional<LookAlike> NamedKeys::find(Value value) const {  // NOLINT(misc-no-recursion)
  if (!value || empty()) return std::nullopt;
  if (!keys_.empty()) {
    for (const Member member : value.members()) {
      if (const auto named = looked_like(member.key); !named.empty()) return LookAlike{member.key, named};
    }
  }
  for (const Key& key : keys_) {
    if (key.below == nullptr || key.below->empty()) continue;  // before the value is looked for
    if (auto found = key.below->find(value.find(key.name))) return found;
  }
  for (const Elements& other : others_) {
    if (other.below->empty()) continue;
    if (other.index) {
      if (auto found = other.below->find(value.at(*other.index))) return found;
      continue;
    }
    for (const Value element : value.elements()) {
      if (auto found = other.below->find(element)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace json
