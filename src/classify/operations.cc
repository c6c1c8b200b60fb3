// Which arguments choose what is done, and what their values do.
#include "classify/operations.h"

#include <algorithm>

#include "classify/lexicon.h"
#include "classify/names.h"
#include "classify/reading.h"

namespace classify {
namespace {

constexpr std::size_t described_bytes = 1024, longest_value = 48;

// Quoted words of a description: "One of 'list', 'add' or `remove`".
std::vector<std::string_view> quoted(std::string_view description) {
  std::vector<std::string_view> out;
  const std::string_view text = description.substr(0, described_bytes);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char quote = text[at];
    if (quote != '\'' && quote != '"' && quote != '`') continue;
    const std::size_t end = text.find(quote, at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view value = text.substr(at + 1, end - at - 1);
    // An apostrophe opens no word: "the user's data isn't".
    const bool opens = at == 0 || !((text[at - 1] | 0x20) >= 'a' && (text[at - 1] | 0x20) <= 'z');
    if (!opens || value.empty() || value.size() > longest_value || value.find(' ') != std::string_view::npos) continue;
    if (std::ranges::find(out, value) == out.end()) out.push_back(value);
    at = end;
  }
  return out;
}

// `sure`: the argument's name says that its values are operations.
std::vector<Use> uses_of(const Argument& argument, bool sure, Class unexplained) {
  const bool described = argument.values.size() < 2;
  const std::vector<std::string_view> values = described ? quoted(argument.description) : argument.values;
  if (values.size() < 2 || (described && !sure)) return {};
  std::vector<Use> uses;
  std::size_t known = 0;
  for (const std::string_view value : values) {
    const Reading reading = read_name(split_name(value), {}, "");
    const bool says = !reading.said.empty() && (sure || reading.said.front().first);
    known += says ? 1 : 0;
    uses.push_back({printable(argument.name, 64), printable(value, 64), says ? worst(reading) : unexplained});
  }
  const bool all = described || !sure;
  if (all ? known < uses.size() : known * 2 < uses.size()) return {};
  if (argument.more_values) uses.push_back({printable(argument.name, 64), "...", Class::execute});
  return uses;
}

// A property of the operations themselves, not of what they take: "/properties/actions/items/properties/create_page".
bool is_part(std::string_view pointer, std::string_view of) {
  if (!pointer.starts_with(of)) return false;
  const std::string_view below = pointer.substr(of.size());
  static constexpr std::string_view properties = "/properties/";
  const std::size_t at = below.find(properties);
  return at != std::string_view::npos && below.find(properties, at + 1) == std::string_view::npos;
}

// Operations that are objects: {"actions": [{"create_page": {...}, "get_pages": {...}}]}.
std::vector<Use> parts_of(const Argument& argument, std::span<const Argument> all) {
  std::vector<Use> uses;
  for (const Argument& part : all) {
    if (!is_part(part.pointer, argument.pointer)) continue;
    if (!part.is_object && !part.is_array && !part.is_boolean) continue;
    const Reading reading = read_name(part.words, {}, "");
    if (reading.said.empty() || !reading.said.front().first || part.words.size() < 2) return {};
    uses.push_back({printable(argument.name, 64), printable(part.name, 64), worst(reading)});
  }
  if (uses.size() < 2) return {};
  if (all.size() >= max_arguments) uses.push_back({printable(argument.name, 64), "...", Class::execute});
  return uses;
}

}  // namespace

std::vector<Operations> operations_of(std::span<const Argument> arguments, Class unexplained) {
  std::vector<Operations> out;
  std::size_t count = 0;
  for (const Argument& argument : arguments) {
    const bool sure = is_named(argument, "@operation_arguments");
    if (!sure && !matches("@maybe_operation_arguments", argument.joined)) continue;
    Operations one{printable(argument.pointer, 128), uses_of(argument, sure, unexplained)};
    if (one.uses.empty() && sure && (argument.is_array || argument.is_object)) one.uses = parts_of(argument, arguments);
    if (one.uses.empty()) continue;
    if (count + one.uses.size() > max_uses) {
      one.uses.resize(max_uses - count);
      one.uses.push_back({printable(argument.name, 64), "...", Class::execute});
    }
    count += one.uses.size();
    out.push_back(std::move(one));
    if (count >= max_uses) break;
  }
  return out;
}

}  // namespace classify
