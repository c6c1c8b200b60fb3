// The walk of the one pass. What is hot is in this file; refusals and the search for duplicates are in others.
#include "json/reader.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "json/scan.h"
#include "json/tape.h"

namespace json {

std::expected<void, ReadError> Document::read(std::string_view input, Profile profile, const Budget& budget) {
  return Reader(*this, input, profile, budget).read();
}

Reader::Reader(Document& document, std::string_view input, Profile profile, const Budget& budget)
    : document_(document),
      begin_(input.data()),
      end_(input.data() + input.size()),
      budget_(budget),
      tolerant_(profile == Profile::tolerant) {
  document.input_ = input;
  document.nodes_.clear();
  document.decoded_.clear();
  document.keys_.clear();
}

std::expected<void, ReadError> Reader::read() {
  if (whole()) return {};
  document_.nodes_.clear();
  document_.input_ = {};
  return std::unexpected(std::move(error_));
}

// The one document and the white space around it.
bool Reader::whole() {
  const std::size_t limit = std::min<std::size_t>(budget_.bytes, std::numeric_limits<std::uint32_t>::max());
  const std::size_t size = document_.input_.size();
  if (size > limit) {
    fail(ErrorKind::too_long, begin_ + limit,
         std::to_string(size) + " bytes are more than the limit of " + std::to_string(limit) + ", which ends");
    return false;
  }
  const char* p = check_encoding(begin_);
  if (p == nullptr) return false;
  p = walk(p);
  if (p == nullptr) return false;
  p = skip_space(p);
  if (p == end_) return true;
  unexpected(p, "after the document");
  error_.kind = ErrorKind::trailing;
  return false;
}

// From the first byte of the document's value to the byte after it.
const char* Reader::walk(const char* p) {
  for (;;) {
    const bool container = p != end_ && (*p == '{' || *p == '[');
    p = container ? open(p) : scalar(p);
    if (p == nullptr) return nullptr;
    p = container ? enter(p) : after(p);
    if (p == nullptr || open_ == none) return p;
  }
}

// Nodes are built in place: put together elsewhere first and copied, they cost a stalled load each.
inline bool Reader::add(const char* p, std::uint32_t length, Type type, std::uint8_t flags) {
  if (document_.nodes_.size() >= budget_.values) return too_many(p);
  document_.nodes_.emplace_back(static_cast<std::uint32_t>(p - begin_), length, 0U, type, flags);
  return true;
}

// Steps over white space, which the container around it would not be written with.
inline const char* Reader::skip_space(const char* p) {
  if (p == end_ || static_cast<unsigned char>(*p) > ' ') return p;
  const char* const start = p;
  while (p != end_ && is_space(*p)) ++p;
  if (p != start && open_ != none) document_.nodes_[open_].flags &= static_cast<std::uint8_t>(~flag_verbatim);
  return p;
}

const char* Reader::scalar(const char* p) {
  const char c = p == end_ ? '\0' : *p;
  if (c == '"') return string(p);
  if (c == '-' || is_digit(c)) return number(p);
  if (c == 't') return literal(p, "true", Type::boolean);
  if (c == 'f') return literal(p, "false", Type::boolean);
  if (c == 'n') return literal(p, "null", Type::null);
  if (c == '+' || c == '.' || c == 'N' || c == 'I') return bad_number(p);
  return unexpected(p, "where a value should be");
}

const char* Reader::literal(const char* p, std::string_view word, Type type) {
  const std::string_view left(p, static_cast<std::size_t>(end_ - p));
  if (!left.starts_with(word)) {
    const auto pair = std::mismatch(word.begin(), word.end(), left.begin(), left.end());
    return unexpected(p + (pair.first - word.begin()), "in a literal");
  }
  return add(p, static_cast<std::uint32_t>(word.size()), type, flag_verbatim) ? p + word.size() : nullptr;
}

const char* Reader::number(const char* p) {
  const char* const last = scan_number(p, end_);
  if (last == nullptr) return bad_number(p);
  if (last != end_ && *last != ',' && *last != '}' && *last != ']' && !is_space(*last)) return bad_number(p);
  return add(p, static_cast<std::uint32_t>(last - p), Type::number, flag_verbatim) ? last : nullptr;
}

inline const char* Reader::string(const char* p) {
  const char* const start = p + 1;
  const char* const odd = skip_plain(start, end_);
  if (odd == end_ || *odd != '"') return rough_string(start, odd);
  return add(start, static_cast<std::uint32_t>(odd - start), Type::string, flag_verbatim) ? odd + 1 : nullptr;
}

// A string that is not all plain ASCII; all is well before `odd`.
const char* Reader::rough_string(const char* start, const char* odd) {
  const StringScan scan = scan_string(odd, end_, tolerant_);
  if (scan.result != Scan::closed) return bad_string(scan.at, static_cast<int>(scan.result));
  const auto length = static_cast<std::uint32_t>(scan.at - start);
  std::uint8_t flags = 0;
  if (scan.verbatim) {
    flags |= flag_verbatim;
  } else if (open_ != none) {
    document_.nodes_[open_].flags &= static_cast<std::uint8_t>(~flag_verbatim);
  }
  if (scan.escaped) flags |= flag_escaped;
  if (!add(start, length, Type::string, flags)) return nullptr;
  if (!scan.escaped) return scan.at + 1;

  std::string& store = document_.decoded_;
  const std::size_t link = store.size();
  if (link > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorKind::too_long, start, "more escaped text than can be kept");
  }
  store.resize_and_overwrite(link + sizeof length + length + 16, [&](char* data, std::size_t) {
    char* const text = data + link + sizeof length;
    char* const last = decode_escapes({start, length}, text);
    const auto decoded = static_cast<std::uint32_t>(last - text);
    std::memcpy(data + link, &decoded, sizeof decoded);
    return static_cast<std::size_t>(last - data);
  });
  document_.nodes_.back().link = static_cast<std::uint32_t>(link);
  return scan.at + 1;
}

const char* Reader::open(const char* p) {
  if (depth_ >= budget_.depth) return too_deep(p);
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
  const auto keys = static_cast<std::uint32_t>(document_.keys_.size());
  if (!add(p, keys, *p == '{' ? Type::object : Type::array, flag_verbatim)) return nullptr;
  document_.nodes_[index].link = open_;
  open_ = index;
  ++depth_;
  return p + 1;
}

// After an opening bracket: to the first value, or past the end of an empty container and what closes there.
const char* Reader::enter(const char* p) {
  p = skip_space(p);
  const bool object = document_.nodes_[open_].type == Type::object;
  if (p != end_ && *p == (object ? '}' : ']')) {
    p = close(p);
    return p == nullptr ? nullptr : after(p);
  }
  return object ? key(p) : p;
}

// After a value: to the next one, or past the end of the document's value (then no container is open).
const char* Reader::after(const char* p) {
  while (open_ != none) {
    p = skip_space(p);
    const bool object = document_.nodes_[open_].type == Type::object;
    if (p == end_) return unexpected(p, object ? "in an object" : "in an array");
    if (*p == ',') return object ? key(skip_space(p + 1)) : skip_space(p + 1);
    if (*p != (object ? '}' : ']')) return unexpected(p, "where a comma or the end of the container should be");
    p = close(p);
    if (p == nullptr) return nullptr;
  }
  return p;
}

const char* Reader::close(const char* p) {
  Node& node = document_.nodes_[open_];
  const std::uint32_t first_key = node.length;
  if (node.type == Type::object) {
    if (document_.keys_.size() - first_key > 1 && !check_duplicates(first_key)) return nullptr;
    document_.keys_.resize(first_key);
  }
  const std::uint32_t around = node.link;
  node.length = static_cast<std::uint32_t>(p + 1 - (begin_ + node.offset));
  node.link = static_cast<std::uint32_t>(document_.nodes_.size());
  if (around != none && !has_flag(node, flag_verbatim)) {
    document_.nodes_[around].flags &= static_cast<std::uint8_t>(~flag_verbatim);
  }
  open_ = around;
  --depth_;
  return p + 1;
}

// A key and its colon: to the first byte of its value.
const char* Reader::key(const char* p) {
  if (p == end_ || *p != '"') return unexpected(p, "where a key should be");
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
  p = string(p);
  if (p == nullptr) return nullptr;
  note_key(document_.nodes_[index], index);
  p = skip_space(p);
  if (p == end_ || *p != ':') return unexpected(p, "where a colon should be");
  return skip_space(p + 1);
}

}  // namespace json
