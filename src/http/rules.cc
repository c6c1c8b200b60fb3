// The rules that requests and responses share, and those of the start lines.
#include "http/rules.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "http/chars.h"
#include "http/rules_fields.h"

namespace http {
namespace {

struct Known {
  std::string_view name;
  Name id;
};

// By length, so that few are compared with any name.
constexpr std::array<Known, 15> known_names{{
    {"host", Name::host},
    {"expect", Name::expect},
    {"origin", Name::origin},
    {"cookie", Name::cookie},
    {"upgrade", Name::upgrade},
    {"location", Name::location},
    {"connection", Name::connection},
    {"content-type", Name::content_type},
    {"authorization", Name::authorization},
    {"last-event-id", Name::last_event_id},
    {"content-range", Name::content_range},
    {"content-length", Name::content_length},
    {"content-encoding", Name::content_encoding},
    {"transfer-encoding", Name::transfer_encoding},
    {"proxy-authorization", Name::proxy_authorization},
}};
static_assert(std::ranges::is_sorted(known_names, {}, [](const Known& known) { return known.name.size(); }));

// Names of length n are those from first_of_length[n] to first_of_length[n + 1].
constexpr std::size_t longest_known = 19;
constexpr auto first_of_length = [] {
  std::array<std::uint8_t, longest_known + 2> out{};
  for (const Known& known : known_names) {
    for (std::size_t n = known.name.size() + 1; n < out.size(); ++n) ++out[n];
  }
  return out;
}();
static_assert(first_of_length.back() == known_names.size());

// "Content_Length" with its underscores as hyphens, as CGI and its heirs read it. Cut where no known name goes on.
std::array<char, 32> hyphenated(std::string_view name) {
  std::array<char, 32> out{};
  for (std::size_t i = 0; i < std::min(name.size(), out.size()); ++i) out[i] = name[i] == '_' ? '-' : name[i];
  return out;
}

}  // namespace

Refusal refuse(unsigned status, std::string_view before, std::string_view shown, std::string_view after) {
  std::string reason(before);
  if (!shown.empty()) reason += base::printable(shown, 60);
  reason += after;
  return {status, std::move(reason)};
}

Name name_of(std::string_view name) {
  if (starts_with_ignoring_case(name, "mcp-")) return Name::mcp;
  if (name.size() > longest_known) return Name::other;
  for (std::size_t i = first_of_length[name.size()]; i < first_of_length[name.size() + 1]; ++i) {
    if (equal_ignoring_case(name, known_names[i].name)) return known_names[i].id;
  }
  return Name::other;
}

bool is_disguised(std::string_view name) {
  if (!name.contains('_')) return false;
  const auto text = hyphenated(name);
  const std::string_view plain(text.data(), std::min(name.size(), text.size()));
  const Name id = name_of(plain);
  if (id != Name::mcp) return id != Name::other;
  // A parameter's own name may have underscores: only the prefix is held to the hyphens.
  constexpr std::string_view parameter = "mcp-param-";
  if (!starts_with_ignoring_case(plain, parameter)) return true;
  return name.substr(0, parameter.size()).contains('_');
}

namespace {

// A name that has come before and may not. Names of Mcp-* fields are compared with each other.
bool is_repeated(std::span<const Field> fields, std::size_t at, Name name, Seen& seen) {
  if (name == Name::other || name == Name::connection || name == Name::upgrade) return false;
  const bool before = seen.has(name);
  seen.add(name);
  if (name != Name::mcp) return before;
  return before && std::any_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(at),
                               [&](const Field& other) { return equal_ignoring_case(other.name, fields[at].name); });
}

std::optional<Refusal> read_content_length(std::string_view value, std::uint64_t& out) {
  const auto number = plain_number(value);
  if (!number) return refuse(400, "Content-Length must be one number in plain digits, not \"", value, "\"");
  out = *number;
  return std::nullopt;
}

std::optional<Refusal> read_transfer_encoding(std::string_view value, unsigned minor_version) {
  if (minor_version == 0) return Refusal{400, "Transfer-Encoding does not exist in HTTP/1.0"};
  if (equal_ignoring_case(value, "chunked")) return std::nullopt;
  std::string_view rest = value;
  std::string_view last;
  std::size_t chunked = 0;
  while (const auto element = next_element(rest)) {
    last = *element;
    chunked += equal_ignoring_case(last, "chunked") ? 1 : 0;
  }
  if (chunked == 1 && equal_ignoring_case(last, "chunked")) {
    return refuse(501, "Transfer-Encoding \"", value, "\" is not supported: only \"chunked\" is");
  }
  return refuse(400, "Transfer-Encoding must be \"chunked\", not \"", value, "\"");
}

void read_connection(std::string_view value, Facts& facts) {
  std::string_view rest = value;
  while (const auto option = next_element(rest)) {
    if (equal_ignoring_case(*option, "close")) {
      facts.close = true;
    } else if (equal_ignoring_case(*option, "keep-alive")) {
      facts.keep_alive = true;
    } else {
      facts.names_fields = true;
    }
  }
}

}  // namespace

std::optional<Refusal> judge_framing_fields(const RawHead& raw, Facts& facts) {
  Seen seen;
  for (std::size_t i = 0; i < raw.fields.size(); ++i) {
    const Field& field = raw.fields[i];
    const Name name = name_of(field.name);
    if (name == Name::other) {
      if (is_disguised(field.name))
        return refuse(400, "header ", field.name, " is spelt with an underscore for a hyphen");
      continue;
    }
    if (is_repeated(raw.fields, i, name, seen)) return refuse(400, "header ", field.name, " comes twice");
    if (name == Name::mcp && is_disguised(field.name)) {
      return refuse(400, "header ", field.name, " is spelt with an underscore for a hyphen");
    }
    facts.values[static_cast<std::size_t>(name)] = field.value;
    facts.has.add(name);
    if (name == Name::connection) read_connection(field.value, facts);
  }
  if (facts.has.has(Name::content_length) && facts.has.has(Name::transfer_encoding)) {
    return Refusal{400, "Content-Length and Transfer-Encoding stand together: the message could end in two places"};
  }
  if (facts.has.has(Name::content_length)) {
    if (auto refusal = read_content_length(facts.value(Name::content_length), facts.length)) return refusal;
  }
  if (facts.has.has(Name::transfer_encoding)) {
    return read_transfer_encoding(facts.value(Name::transfer_encoding), raw.minor_version);
  }
  return std::nullopt;
}

bool stays_open(const RawHead& raw, const Facts& facts) {
  return !facts.close && (raw.minor_version == 1 || facts.keep_alive);
}

std::optional<Refusal> judge_request_line(std::string_view line) {
  if (line.starts_with("PRI * HTTP/2")) return Refusal{505, "HTTP/2 is not spoken here: use HTTP/1.1"};
  const std::size_t space = line.rfind(' ');
  const std::string_view version = space == std::string_view::npos ? "" : line.substr(space + 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return std::nullopt;
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
      is_digit(version[7])) {
    return refuse(505, "", version, " is not spoken here: use HTTP/1.1");
  }
  return Refusal{400, "the request line must be a method, a target and \"HTTP/1.1\", with one space between them"};
}

std::optional<Refusal> judge_status_line(std::string_view line) {
  if (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) return std::nullopt;
  return refuse(400, "the status line must begin with \"HTTP/1.1 \", not \"", line.substr(0, 20), "\"");
}

}  // namespace http
