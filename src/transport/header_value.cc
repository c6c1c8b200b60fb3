// Reading --header.
#include "transport/header_value.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "http/chars.h"

namespace transport {
namespace {

constexpr auto npos = std::string_view::npos;

// Fields that say what this program knows better, or that end at this connection.
constexpr std::array<std::string_view, 17> our_own{"host",
                                                   "connection",
                                                   "transfer-encoding",
                                                   "te",
                                                   "trailer",
                                                   "upgrade",
                                                   "expect",
                                                   "keep-alive",
                                                   "accept",
                                                   "http2-settings",
                                                   "proxy-connection",
                                                   "accept-encoding",
                                                   "range",
                                                   "origin",
                                                   "last-event-id",
                                                   "digest",
                                                   "repr-digest"};

std::string plain(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) { return c == '_' ? '-' : http::lower(c); });
  return out;
}

bool is_our_own(std::string_view name) {
  const std::string text = plain(name);
  return text.starts_with("mcp-") || text.starts_with("content-") || std::ranges::find(our_own, text) != our_own.end();
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !http::is_digit(name[0]) &&
         std::ranges::all_of(name, [](char c) { return http::is_alpha(c) || http::is_digit(c) || c == '_'; });
}

struct Value {
  std::string text;
  std::string from;  // "$A, $B" or a path; "" if it was given as it is
};

// A path that names no file may be a secret that happens to begin with "@": it is not shown.
base::Result<Value> from_file(const std::string& path, const HeaderSources& sources) {
  constexpr const char* otherwise = " (write @@ for a value that begins with @)";
  if (path.empty()) return base::fail("\"@\" must be followed by a file's path" + std::string(otherwise));
  auto content = sources.file(path);
  if (!content) return base::fail("the file after \"@\" cannot be read: " + content.error().message + otherwise);
  Value out{std::move(*content), base::printable(path)};
  if (out.text.ends_with('\n')) out.text.pop_back();
  if (out.text.ends_with('\r')) out.text.pop_back();
  out.text = http::without_blanks(out.text);
  if (out.text.empty()) return base::fail("the file " + out.from + " is empty");
  return out;
}

// Puts what ${NAME} stands for at the end of `out`. `rest` begins with "${".
base::Result<void> take_variable(std::string_view& rest, Value& out, const HeaderSources& sources) {
  const std::size_t end = rest.find('}');
  const std::string_view name = rest.substr(2, end == npos ? 0 : end - 2);
  if (end == npos || !is_variable_name(name)) {
    return base::fail("\"${\" must be followed by a variable's name and \"}\"; write $${ for a plain ${");
  }
  const auto value = sources.variable(name);
  if (!value) return base::fail("the environment variable " + std::string(name) + " is not set");
  if (value->empty()) return base::fail("the environment variable " + std::string(name) + " is empty");
  out.text += *value;
  out.from.append(out.from.empty() ? "$" : ", $").append(name);
  rest.remove_prefix(end + 1);
  return {};
}

base::Result<Value> expanded(std::string_view rest, const HeaderSources& sources) {
  Value out;
  while (!rest.empty()) {
    if (rest.starts_with("$${")) {
      out.text += "${";
      rest.remove_prefix(3);
    } else if (rest.starts_with("${")) {
      if (auto taken = take_variable(rest, out, sources); !taken) return std::unexpected(taken.error());
    } else {
      out.text += rest.front();
      rest.remove_prefix(1);
    }
    if (out.text.size() > max_header_value) break;
  }
  return out;
}

base::Result<Value> value_of(std::string_view text, const HeaderSources& sources) {
  if (!text.starts_with('@')) return expanded(text, sources);
  if (text.starts_with("@@")) return expanded(text.substr(1), sources);
  return from_file(std::string(text.substr(1)), sources);
}

// The last word of a value is "$TOKEN": a shell, or a client's configuration, was to fill it in and did not. It is not
// shown: it may be a secret after all.
std::string hint_of(std::string_view name, std::string_view value) {
  const std::string_view word = value.substr(value.rfind(' ') + 1);  // npos + 1: the whole
  if (!word.starts_with('$') || !is_variable_name(word.substr(1))) return {};
  return "--header " + base::printable(name, 60) +
         ": the value ends in a word that begins with $ and is sent as it is written; an environment variable is "
         "written ${NAME}";
}

}  // namespace

base::Result<HeaderValue> parse_header(std::string_view text, const HeaderSources& sources) {
  const std::size_t colon = text.find(':');
  // Without a colon the whole text may be a value: it is not shown.
  if (colon == npos) return base::fail("--header must be written \"Name: Value\"; there is no colon in it");
  const std::string_view name = text.substr(0, colon);
  if (!http::is_token(name)) {
    return base::fail("--header must be written \"Name: Value\"; what stands before the colon is no header's name");
  }
  const std::string flag = "--header " + base::printable(name, 60) + ": ";
  if (is_our_own(name)) return base::fail(flag + "this field is set by the program itself and cannot be given");
  auto value = value_of(http::without_blanks(text.substr(colon + 1)), sources);
  if (!value) return base::fail(flag + value.error().message);
  if (value->text.size() > max_header_value) {
    return base::fail(flag + "the value is longer than " + std::to_string(max_header_value) + " bytes");
  }
  if (std::ranges::any_of(value->text, http::is_control)) {
    return base::fail(flag + "the value has a control character in it (a line end?)");
  }
  HeaderValue out;
  out.field = {std::string(name), std::string(http::without_blanks(value->text))};
  if (value->from.empty()) out.hint = hint_of(name, out.field.value);
  out.shown = std::string(name) + ": (" + (value->from.empty() ? "given" : "from " + value->from) + ")";
  return out;
}

base::Result<std::vector<HeaderValue>> parse_headers(std::span<const std::string> texts, const HeaderSources& sources) {
  if (texts.size() > max_headers) {
    return base::fail("--header may be given at most " + std::to_string(max_headers) + " times");
  }
  std::vector<HeaderValue> out;
  for (const std::string& text : texts) {
    auto one = parse_header(text, sources);
    if (!one) return std::unexpected(one.error());
    const std::string name = plain(one->field.name);
    if (std::ranges::any_of(out, [&](const HeaderValue& other) { return plain(other.field.name) == name; })) {
      return base::fail("--header " + base::printable(one->field.name, 60) + ": the same name is given twice");
    }
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace transport
