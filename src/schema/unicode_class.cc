// General categories by their long and short names; scripts pass by their long name, which RE2 shares.
#include "schema/unicode_class.h"

#include <algorithm>
#include <array>
#include <utility>

namespace schema {
namespace {

// UAX #44, PropertyValueAliases: gc.
constexpr std::array<std::pair<std::string_view, std::string_view>, 38> categories{{
    {"Letter", "L"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Format", "Cf"},
    {"Private_Use", "Co"},
}};

std::optional<std::string> category(std::string_view name) {
  for (const auto& [spelling, short_name] : categories) {
    if (name == spelling || name == short_name) return std::string(short_name);
  }
  return std::nullopt;
}

// Long names of scripts: a capital and small letters, parts joined by "_". Whether RE2 knows it, RE2 says.
std::optional<std::string> script(std::string_view name) {
  constexpr std::size_t short_name = 4;  // "Grek": RE2 has the long ones alone
  const bool good = name.size() > short_name - 1 && std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
                    });
  if (!good || category(name) || name == "Any") return std::nullopt;
  return std::string(name);
}

}  // namespace

std::optional<std::string> unicode_class(std::string_view ecma) {
  const std::size_t equals = ecma.find('=');
  if (equals == std::string_view::npos) return category(ecma);
  const std::string_view property = ecma.substr(0, equals);
  const std::string_view value = ecma.substr(equals + 1);
  if (property == "gc" || property == "General_Category") return category(value);
  if (property == "sc" || property == "Script") return script(value);
  return std::nullopt;
}

}  // namespace schema
