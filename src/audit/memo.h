// What was worked out for a text the last time: names of tools, methods, rules and counters come again with every call,
// and taking secrets out of them costs more than everything else in a line.
// Bounded: a fixed number of places, each holding the last text that fell there; long texts are not kept.
#pragma once
#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace audit {

class Memo {
 public:
  static constexpr std::size_t places = 128;
  static constexpr std::size_t longest = 256;

  // `work(text)` gives the std::string; it must depend on nothing but the text. The result lives until the next call.
  template <class F>
  const std::string& get(std::string_view text, F work) {
    if (text.size() > longest) return passing_ = work(text);
    Place& place = places_[std::hash<std::string_view>()(text) % places];
    if (!place.used || place.text != text) {
      place.text = text;
      place.result = work(text);
      place.used = true;
    }
    return place.result;
  }

 private:
  struct Place {
    std::string text, result;
    bool used = false;
  };
  std::array<Place, places> places_;
  std::string passing_;
};

}  // namespace audit
