// Internal to the rules: the fields that matter, told apart by name, and what they say of a message's framing.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http/grammar.h"
#include "http/head.h"

namespace http {

// Fields that have one meaning or none. `connection` and `upgrade` may come more than once; `other` is everything else.
enum class Name : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  expect,
  upgrade,
  content_type,
  content_encoding,
  authorization,
  proxy_authorization,
  origin,
  last_event_id,
  location,
  cookie,
  content_range,
  mcp,  // Mcp-* and MCP-*: each name once
};
inline constexpr std::size_t name_count = 17;

class Seen {
 public:
  bool has(Name name) const { return (bits_ >> static_cast<unsigned>(name) & 1U) != 0; }
  void add(Name name) { bits_ |= 1U << static_cast<unsigned>(name); }

 private:
  std::uint32_t bits_ = 0;
};

struct Facts {
  std::array<std::string_view, name_count> values{};  // the last value of each; meaningful for the unique ones
  Seen has;
  std::uint64_t length = 0;
  bool close = false;         // Connection: close
  bool keep_alive = false;    // Connection: keep-alive
  bool names_fields = false;  // Connection has other elements

  std::string_view value(Name name) const { return values[static_cast<std::size_t>(name)]; }
};

// before + shown (made printable, cut) + after.
Refusal refuse(unsigned status, std::string_view before, std::string_view shown, std::string_view after);

Name name_of(std::string_view name);

// Is not a name that matters, but would be for a peer that takes "_" for "-".
bool is_disguised(std::string_view name);

// One pass over the fields: repetitions, Content-Length, Transfer-Encoding, Connection.
std::optional<Refusal> judge_framing_fields(const RawHead& raw, Facts& facts);

// The sender keeps the connection open after this message (RFC 9112 section 9.3).
bool stays_open(const RawHead& raw, const Facts& facts);

}  // namespace http
