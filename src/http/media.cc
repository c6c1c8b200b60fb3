// Media types and ranges.
#include "http/media.h"

#include <algorithm>

#include "http/chars.h"

namespace http {
namespace {

constexpr int max_parameters = 16;

struct Parameter {
  std::string_view name;
  std::string_view value;  // with its quotes, if it has them
};

// One past the token at the begin of `text`.
std::size_t token_end(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_token_char(text[n])) ++n;
  return n;
}

// One past the quoted string at the begin of `text`, or 0 if there is none.
std::size_t quoted_end(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i == text.size() || is_control(text[i])) return 0;
  }
  return 0;
}

std::string unquoted(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string out;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\') ++i;
    out += value[i];
  }
  return out;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

// Takes one parameter with the ";" before it off `rest`; an empty one (";" alone) has no name. Nothing at the end or
// where the grammar is broken (`rest` is then not empty).
std::optional<Parameter> next_parameter(std::string_view& rest) {
  std::string_view text = rest;
  skip_blanks(text);
  if (text.empty()) rest = text;
  if (!text.starts_with(';')) return std::nullopt;
  text.remove_prefix(1);
  skip_blanks(text);
  if (text.empty() || text.front() == ';') {
    rest = text;
    return Parameter{};
  }
  const std::size_t name = token_end(text);
  if (name == 0 || name == text.size() || text[name] != '=') return std::nullopt;
  Parameter out{.name = text.substr(0, name), .value = {}};
  text.remove_prefix(name + 1);
  const std::size_t value = text.starts_with('"') ? quoted_end(text) : token_end(text);
  if (value == 0) return std::nullopt;
  out.value = text.substr(0, value);
  rest = text.substr(value);
  return out;
}

bool is_parameter_list(std::string_view text) {
  std::string_view rest = text;
  int count = 0;
  while (const auto parameter = next_parameter(rest)) {
    if (++count > max_parameters) return false;
    std::string_view before = text.substr(0, text.size() - rest.size());
    std::size_t same = 0;
    while (const auto other = next_parameter(before)) {
      same += !other->name.empty() && equal_ignoring_case(other->name, parameter->name) ? 1 : 0;
    }
    if (same > 1) return false;
  }
  return rest.empty();
}

// "q=0.8" in thousandths, or -1.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return -1;
  int unit = 100;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!is_digit(c)) return -1;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value <= 1000 ? value : -1;
}

struct Range {
  int specific = -1;  // 2: type/subtype, 1: type/*, 0: */*, -1: does not match or is malformed
  int weight = 0;
};

Range match(std::string_view element, std::string_view media) {
  const auto range = MediaType::parse(element);
  if (!range) return {};
  std::string_view parameters = element.substr(std::min(element.find(';'), element.size()));
  int weight = 1000;
  while (const auto parameter = next_parameter(parameters)) {
    if (parameter->name.empty()) continue;
    if (!equal_ignoring_case(parameter->name, "q")) continue;
    weight = parse_weight(parameter->value);
    if (weight < 0) return {};
  }
  if (range->is(media)) return {2, weight};
  if (range->subtype() != "*") return {};
  if (range->type() == "*") return {0, weight};
  const std::string_view type = media.substr(0, media.find('/'));
  return equal_ignoring_case(range->type(), type) ? Range{1, weight} : Range{};
}

}  // namespace

std::optional<MediaType> MediaType::parse(std::string_view text) {
  text = without_blanks(text);
  const std::size_t type = token_end(text);
  if (type == 0 || type == text.size() || text[type] != '/') return std::nullopt;
  const std::size_t subtype = token_end(text.substr(type + 1));
  if (subtype == 0) return std::nullopt;
  MediaType out;
  out.type_ = text.substr(0, type);
  out.subtype_ = text.substr(type + 1, subtype);
  out.parameters_ = text.substr(type + 1 + subtype);
  if (!is_parameter_list(out.parameters_)) return std::nullopt;
  return out;
}

bool MediaType::is(std::string_view media) const {
  const std::size_t slash = media.find('/');
  if (slash == std::string_view::npos) return false;
  return equal_ignoring_case(type_, media.substr(0, slash)) && equal_ignoring_case(subtype_, media.substr(slash + 1));
}

std::optional<std::string> MediaType::parameter(std::string_view name) const {
  std::string_view rest = parameters_;
  while (const auto parameter = next_parameter(rest)) {
    if (!parameter->name.empty() && equal_ignoring_case(parameter->name, name)) return unquoted(parameter->value);
  }
  return std::nullopt;
}

int quality(const Fields& fields, std::string_view media) {
  Range best;
  bool any = false;
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Accept")) continue;
    any = true;
    std::string_view rest = field.value;
    while (const auto element = next_element(rest)) {
      const Range range = match(*element, media);
      if (range.specific > best.specific) best = range;
      if (range.specific == best.specific && range.weight > best.weight) best = range;
    }
  }
  return any ? best.weight : 1000;
}

}  // namespace http
