// The single pass that turns input into a Document's tape. Internal to this room: callers use Document::read.
//
// There is no recursion and no stack beside the tape: while a container is open, its node's `link` holds the index of
// the container around it and its `length` the number of open keys at its start; closing it puts the final values in.
// Every step takes the place it reads at and returns the place after, or nullptr when error_ says why.
#pragma once
#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>

#include "json/document.h"

namespace json {

class Reader {
 public:
  Reader(Document& document, std::string_view input, Profile profile, const Budget& budget);
  std::expected<void, ReadError> read();

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  // reader.cc
  bool whole();
  const char* walk(const char* p);
  const char* scalar(const char* p);
  const char* literal(const char* p, std::string_view word, Type type);
  const char* number(const char* p);
  const char* string(const char* p);
  const char* rough_string(const char* start, const char* odd);
  const char* open(const char* p);
  const char* enter(const char* p);
  const char* after(const char* p);
  const char* close(const char* p);
  const char* key(const char* p);
  const char* skip_space(const char* p);
  bool add(const char* p, std::uint32_t length, Type type, std::uint8_t flags);

  // reader_keys.cc
  void note_key(const Node& node, std::uint32_t index);
  bool check_duplicates(std::uint32_t first);
  bool sort_and_check(std::uint32_t first);
  bool equal(const Document::OpenKey& a, const Document::OpenKey& b) const;
  std::string_view text(const Document::OpenKey& key) const;
  void override_key(const Document::OpenKey& earlier);
  bool duplicate(std::uint32_t node);

  // reader_errors.cc
  const char* fail(ErrorKind kind, const char* at, std::string message);
  bool too_many(const char* p);
  const char* too_deep(const char* p);
  const char* unexpected(const char* p, const char* wanted);
  const char* bad_string(const char* at, int scan);
  const char* bad_number(const char* p);
  const char* check_encoding(const char* p);

  Document& document_;
  const char* const begin_;
  const char* const end_;
  const Budget budget_;
  const bool tolerant_;
  std::uint32_t open_ = none;  // index of the innermost open container
  std::uint32_t depth_ = 0;
  ReadError error_{ErrorKind::empty, 0, {}};
};

}  // namespace json
