// Values on the tape: each accessor looks at one node, or steps from node to node.
#include "json/document.h"

#include <cassert>

#include "json/tape.h"

namespace json {

const char* type_name(Type type) {
  switch (type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return "boolean";
    case Type::number:
      return "number";
    case Type::string:
      return "string";
    case Type::array:
      return "array";
    case Type::object:
      return "object";
  }
  return "";
}

Type Value::type() const {
  assert(*this);
  return Tape(*document_).node(index_).type;
}

bool Value::boolean() const { return is_boolean() && raw() == "true"; }

std::string_view Value::number() const { return is_number() ? raw() : std::string_view(); }

std::string_view Value::string() const {
  if (!is_string()) return {};
  const Tape tape(*document_);
  return tape.text(tape.node(index_));
}

std::size_t Value::size() const {
  std::size_t count = 0;
  if (is_array()) {
    for (auto it = elements().begin(), end = elements().end(); it != end; ++it) ++count;
  } else if (is_object()) {
    for (auto it = members().begin(), end = members().end(); it != end; ++it) ++count;
  }
  return count;
}

Value Value::find(std::string_view key) const {
  if (!is_object()) return {};
  const Tape tape(*document_);
  const std::uint32_t last = tape.node(index_).link;
  for (std::uint32_t i = index_ + 1; i != last; i = tape.next(i + 1)) {
    const Node& node = tape.node(i);
    if (tape.text(node) == key && !has_flag(node, flag_overridden)) return {document_, i + 1};
  }
  return {};
}

Value Value::at(std::size_t index) const {
  for (const Value element : elements()) {
    if (index-- == 0) return element;
  }
  return {};
}

Elements Value::elements() const {
  if (!is_array()) return {document_, 0, 0};
  return {document_, index_ + 1, Tape(*document_).node(index_).link};
}

Members Value::members() const {
  if (!is_object()) return {document_, 0, 0};
  return {document_, index_ + 1, Tape(*document_).node(index_).link};
}

std::string_view Value::raw() const {
  if (!*this) return {};
  const Tape tape(*document_);
  return tape.raw(tape.node(index_));
}

bool Value::is_verbatim() const { return *this && has_flag(Tape(*document_).node(index_), flag_verbatim); }

Value Elements::iterator::operator*() const { return {document_, index_}; }

Elements::iterator& Elements::iterator::operator++() {
  index_ = Tape(*document_).next(index_);
  return *this;
}

Members::iterator::iterator(const Document* d, std::uint32_t i, std::uint32_t l) : document_(d), index_(i), last_(l) {
  skip_overridden();
}

Member Members::iterator::operator*() const {
  const Tape tape(*document_);
  return {.key_value = {document_, index_}, .key = tape.text(tape.node(index_)), .value = {document_, index_ + 1}};
}

Members::iterator& Members::iterator::operator++() {
  index_ = Tape(*document_).next(index_ + 1);
  skip_overridden();
  return *this;
}

void Members::iterator::skip_overridden() {
  if (index_ == last_) return;
  const Tape tape(*document_);
  while (index_ != last_ && has_flag(tape.node(index_), flag_overridden)) index_ = tape.next(index_ + 1);
}

std::size_t Document::capacity() const {
  return nodes_.capacity() * sizeof(Node) + decoded_.capacity() + keys_.capacity() * sizeof(OpenKey);
}

void Document::shrink(std::size_t bytes) {
  if (capacity() <= bytes) return;
  input_ = {};
  std::vector<Node>().swap(nodes_);
  std::string().swap(decoded_);
  std::vector<OpenKey>().swap(keys_);
}

}  // namespace json
