// The arguments of a tool, read from its input schema as far as classes and flags need them: names as words, kinds,
// descriptions, the values they may take. A schema is hostile: whatever is not as it should be is passed over, and
// reading ends after a fixed number of steps.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace classify {

struct Argument {
  std::string pointer;             // "/properties/params/properties/action"
  std::string_view name;           // as the schema spells it
  std::vector<std::string> words;  // of the name
  std::string joined;              // the words as one: "outputpath"
  std::string_view description;
  bool is_boolean = false, is_number = false, is_array = false, is_text = false, is_object = false;
  std::vector<std::string_view> values;  // the strings of its enum or const
  bool more_values = false;              // than were read
};

inline constexpr std::size_t max_arguments = 256;

// `schema`: a tool's inputSchema, whatever it is. Properties of nested objects, of array elements and of the branches
// of allOf, anyOf, oneOf are arguments too; references within the schema are followed. At most 8 levels deep, 256
// arguments, 4096 steps and 512 values an argument: linear, whatever refers to what. The views live as long as the
// document.
std::vector<Argument> read_arguments(json::Value schema);

// One of the words (see `matches` in lexicon.h) is the argument's name or the last word of it.
bool is_named(const Argument& argument, std::string_view context);

}  // namespace classify
