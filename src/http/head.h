// What a reader makes of the head of a message, what it allows, and what a refusal says.
// What must stay true: a head that was accepted has exactly one framing, and every reader of HTTP/1.1 that keeps to
// RFC 9112 finds the same one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/fields.h"

namespace http {

inline constexpr std::uint64_t unlimited = UINT64_MAX;

// Nothing that a peer sends is held beyond these.
struct Limits {
  std::size_t target_bytes = 8U << 10;     // of the request target: 414
  std::size_t head_bytes = 64U << 10;      // start line and fields with their line ends: 431
  std::size_t fields = 100;                // header fields, and trailer fields: 431
  std::uint64_t body_bytes = 16ULL << 20;  // the content without chunk framing: 413
  std::size_t chunk_line_bytes = 256;      // a chunk's size with its extensions
  std::size_t extension_bytes = 4U << 10;  // chunk extensions of a whole message that is not unlimited
  std::size_t trailer_bytes = 8U << 10;    // trailer fields with their line ends: 431
  unsigned interim_responses = 8;          // 1xx before a response
};

// How the end of a message's content is found (RFC 9112 section 6.3).
enum class Framing : std::uint8_t {
  none,         // there is no content
  length,       // Content-Length, above zero
  chunked,      // Transfer-Encoding: chunked
  until_close,  // responses only: the connection's end
};

// The methods that are told apart; every other token is `other` and spelt in method_name. Methods are case-sensitive.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

// Views are valid until the reader is asked for the next message.
struct RequestHead {
  Method method = Method::other;
  std::string_view method_name;
  std::string_view target;     // as received
  std::string_view path;       // "/mcp": begins with "/", not decoded; "*" for OPTIONS *
  std::string_view query;      // after the first "?", without it
  std::string_view authority;  // the Host field: host and perhaps port, checked (parse_authority reads it)
  unsigned minor_version = 1;  // HTTP/1.0 or 1.1
  Fields fields;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // for Framing::length
  bool expects_continue = false;     // Expect: 100-continue, with content to come
  bool keep_alive = false;           // the client will send another request on this connection
};

struct ResponseHead {
  unsigned status = 0;
  std::string_view reason;
  unsigned minor_version = 1;
  Fields fields;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // for Framing::length
  bool keep_alive = false;           // the server takes another request on this connection
};

// Why a message was refused. After it the connection cannot be used: answer (a request), then close.
struct Refusal {
  unsigned status = 400;   // to answer: 400, 413, 414, 417, 431, 501 or 505; always 502 for a server's response
  std::string reason;      // for people: what was found, and what is expected. Printable, short
  bool too_large = false;  // the content is longer than allowed; a response's status does not say so
};

}  // namespace http
