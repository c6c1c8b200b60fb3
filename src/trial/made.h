// A JSON value that is being made: generated arguments are put together and changed one place at a time.
// Depth is bounded by the paths of a policy. Not thread-safe.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/path.h"

namespace trial {

class Made {
 public:
  enum class Kind : std::uint8_t { raw, object, array };
  static Made raw(std::string json);  // any value, as JSON text
  static Made text(std::string_view text);
  static Made object() { return Made(Kind::object); }
  static Made array(std::vector<Made> items = {});

  // Puts the value at the end of the steps; what stands in the way is replaced. Quantified steps mean every element
  // there is, or the first of an empty array. Indices beyond 64 are left out.
  void set(std::span<const json::Step> steps, const Made& value);
  // Takes away what is there. Nothing happens if nothing is.
  void erase(std::span<const json::Step> steps);
  void write(std::string& out) const;
  std::string json() const;

 private:
  explicit Made(Kind kind) : kind_(kind) {}
  std::vector<Made*> at(const json::Step& step, bool make);
  Kind kind_ = Kind::raw;
  std::string raw_;
  std::vector<std::pair<std::string, Made>> members_;
  std::vector<Made> items_;
};

}  // namespace trial
