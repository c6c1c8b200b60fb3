// Paths into a document, as policies write them: a root word and steps.
//   args.user.name   args["any key"]   args.items[0]   args.items[all].price   args.tags[any]   args.items[*]
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"

namespace json {

struct Step {
  enum class Kind : std::uint8_t { key, index, all, any, star };
  Kind kind;
  std::string key;          // Kind::key
  std::uint32_t index = 0;  // Kind::index
};

struct Path {
  std::string root;  // first word: args, params, tool, server, ...
  std::vector<Step> steps;
  bool quantified() const;  // has an all, any or star step

  // Errors name the offending character and its column (1-based) in `text`.
  static base::Result<Path> parse(std::string_view text);
  // As written, normalised: keys that are words with dots, others with brackets.
  std::string text() const;
};

// Follows key and index steps from `from`, beginning with step `first`. Absent if a step does not exist or meets the
// wrong type. Must not be called across a quantified step.
Value follow(Value from, const Path& path, std::size_t first = 0);

}  // namespace json
