// The one reading of a message. Document::read checks everything in one pass (syntax, UTF-8, surrogates, duplicate
// keys, budgets) and keeps a tape of nodes whose strings and numbers are slices of the input. Everything that decides
// looks at the document, and what is forwarded is written from it (json/writer.h): no peer can read a meaning that the
// policy did not see.
//
// Two profiles:
//   strict    what an agent sends. Anything with more than one reading is an error.
//   tolerant  what a server sends. As strict, but a lone surrogate is kept (as its escape), and of duplicate keys the
//             last one counts (find() gives it; the writer writes it alone).
// White space is RFC 8259's (space, tab, CR, LF). BOM, NaN, comments, trailing commas, control characters in strings,
// leading zeros and anything after the document are errors in both.
//
// Life and threads: a Document refers to the input, which must outlive it; a Value refers to its Document. read() may
// be called again and reuses the memory (Values of the earlier reading die). Not synchronised; const use is safe from
// several threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace json {

enum class Type : std::uint8_t { null, boolean, number, string, array, object };
const char* type_name(Type type);  // "null", "boolean", ...

enum class Profile : std::uint8_t { strict, tolerant };

struct Budget {
  std::size_t bytes = std::size_t{80} << 20;  // of input; at most 4 GiB - 1
  std::uint32_t depth = 128;                  // nested containers
  std::uint32_t values = 4'000'000;           // values and keys
};

enum class ErrorKind : std::uint8_t {
  empty,              // nothing but white space
  syntax,             // not JSON
  number,             // not a JSON number (NaN, 01, +1, 1.)
  utf8,               // invalid UTF-8
  byte_order_mark,    // U+FEFF at the start, or UTF-16/32
  control_character,  // a raw control character in a string
  surrogate,          // an escape for a lone surrogate (strict)
  duplicate_key,      // strict
  trailing,           // a second document or garbage after the first
  too_deep,
  too_many_values,
  too_long,
};

struct ReadError {
  ErrorKind kind;
  std::size_t offset;   // byte offset in the input
  std::string message;  // for people: names the character, key or limit, and the offset
};

struct Node {
  std::uint32_t offset;  // of the value's first byte in the input (a string's: after the quote)
  std::uint32_t
      length;          // string: raw bytes between the quotes; number and literal: bytes; container: its span in bytes
  std::uint32_t link;  // container: index one past its last node; escaped string: offset in the decoded store
  Type type;
  std::uint8_t flags;
  std::uint16_t unused = 0;
};

class Document;
class Elements;
class Members;

// A handle to one value. Copy freely. A default-constructed Value is "absent": operator bool is false, and every
// accessor but type() may be called on it and gives the empty answer.
class Value {
 public:
  Value() = default;
  explicit operator bool() const { return document_ != nullptr; }
  Type type() const;  // of a present value
  bool is_null() const { return *this && type() == Type::null; }
  bool is_boolean() const { return *this && type() == Type::boolean; }
  bool is_number() const { return *this && type() == Type::number; }
  bool is_string() const { return *this && type() == Type::string; }
  bool is_array() const { return *this && type() == Type::array; }
  bool is_object() const { return *this && type() == Type::object; }

  bool boolean() const;             // false unless the literal true
  std::string_view number() const;  // the number as it was spelt; "" for other types
  std::string_view string() const;  // decoded text; "" for other types. WTF-8 if a lone surrogate was kept
  std::size_t size() const;         // elements or members, O(n); 0 for scalars
  Value find(
      std::string_view key) const;    // member by exact decoded key (the last, if tolerant kept several), or absent
  Value at(std::size_t index) const;  // element, or absent. O(n)
  Elements elements() const;          // empty unless an array
  Members members() const;            // empty unless an object. Tolerant: overridden duplicates are left out

  // The input bytes of this value, quotes included. Never forward them: write() exists for that.
  std::string_view raw() const;
  // The writer's output for this value is equal to raw(), byte for byte.
  bool is_verbatim() const;
  // Same Document and node (not equality of content).
  bool same(const Value& o) const { return document_ == o.document_ && index_ == o.index_; }
  std::uint32_t index() const { return index_; }
  const Document* document() const { return document_; }

 private:
  friend class Document;
  friend class Elements;
  friend class Members;
  Value(const Document* d, std::uint32_t i) : document_(d), index_(i) {}
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

struct Member {
  Value key_value;       // the key as a string value
  std::string_view key;  // decoded
  Value value;
};

class Elements {
 public:
  class iterator {
   public:
    using value_type = Value;
    using reference = Value;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    iterator() = default;
    Value operator*() const;
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const iterator& o) const { return index_ == o.index_; }

   private:
    friend class Elements;
    iterator(const Document* d, std::uint32_t i) : document_(d), index_(i) {}
    const Document* document_ = nullptr;
    std::uint32_t index_ = 0;
  };
  iterator begin() const { return {document_, first_}; }
  iterator end() const { return {document_, last_}; }

 private:
  friend class Value;
  Elements(const Document* d, std::uint32_t f, std::uint32_t l) : document_(d), first_(f), last_(l) {}
  const Document* document_;
  std::uint32_t first_, last_;
};

class Members {
 public:
  class iterator {
   public:
    using value_type = Member;
    using reference = Member;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    iterator() = default;
    Member operator*() const;
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const iterator& o) const { return index_ == o.index_; }

   private:
    friend class Members;
    iterator(const Document* d, std::uint32_t i, std::uint32_t l);
    void skip_overridden();
    const Document* document_ = nullptr;
    std::uint32_t index_ = 0, last_ = 0;
  };
  iterator begin() const { return {document_, first_, last_}; }
  iterator end() const { return {document_, last_, last_}; }

 private:
  friend class Value;
  Members(const Document* d, std::uint32_t f, std::uint32_t l) : document_(d), first_(f), last_(l) {}
  const Document* document_;
  std::uint32_t first_, last_;
};

class Document {
 public:
  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // Reads exactly one JSON document. On error the document is empty (root() is absent).
  std::expected<void, ReadError> read(std::string_view input, Profile profile, const Budget& budget = {});
  Value root() const { return nodes_.empty() ? Value() : Value(this, 0); }
  std::string_view input() const { return input_; }
  // Bytes held for reuse.
  std::size_t capacity() const;
  // If more than `bytes` are held, gives all of them back and ends the reading: root() is absent afterwards.
  // Call between messages, after an unusually large one.
  void shrink(std::size_t bytes);

 private:
  friend class Value;
  friend class Elements;
  friend class Members;
  friend class Reader;
  friend class Tape;
  // A key of an object that is still being read, for the search for duplicates (json/reader.h).
  struct OpenKey {
    std::uint64_t head;  // its first eight bytes
    std::uint32_t length;
    std::uint32_t node;
  };
  std::string_view input_;
  std::vector<Node> nodes_;
  std::string decoded_;        // for each string with escapes: u32 length, bytes
  std::vector<OpenKey> keys_;  // scratch of read()
};

}  // namespace json
