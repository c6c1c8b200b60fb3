// The grammar of heads and chunks is Boost.Beast's (basic_parser); this is the only door to it, and no header of it
// is seen outside grammar.cc. It is given complete sections that the LineGate let through, never a part of one, so
// that it cannot wait for more than it has.
// What must stay true: Beast decides nothing alone. It accepts codings, lists, repetitions and folds that others read
// in another way (rules.h refuses them), and what it takes for the framing must be what rules.h found.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace http {

// A head as it was split, before any rule. Views into the text that was given.
struct RawHead {
  std::string_view method;
  std::string_view target;
  std::string_view reason;
  unsigned status = 0;
  unsigned minor_version = 1;
  std::vector<Field> fields;
};

// Not thread-safe; one message at a time. Functions that can fail return what is wrong, or nothing.
class Grammar {
 public:
  Grammar();
  ~Grammar();
  Grammar(Grammar&&) noexcept;
  Grammar& operator=(Grammar&&) noexcept;
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  // Reads a whole request head, with its blank line, into `out` (whose memory is used again).
  std::optional<Refusal> request(std::string_view head, RawHead& out);
  // The same for a response; `no_content`: to a HEAD request.
  std::optional<Refusal> response(std::string_view head, bool no_content, RawHead& out);

  // After a head: the framing that Beast found is this one.
  bool agrees(Framing framing, std::uint64_t content_length) const;

  struct Chunk {
    std::uint64_t size = 0;  // 0: the last; the section holds the trailers as well
    std::size_t extension_bytes = 0;
  };
  // A chunk's size line, after the line end of the chunk before; the last one with trailers and blank line.
  std::optional<Refusal> chunk(std::string_view section, Chunk& out);
  // Content of the chunk.
  std::optional<Refusal> chunk_data(std::string_view data);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
