// src/json, read through its public interface only.
#include "dump.h"
#include "json/document.h"

namespace {

// Recursive, which the reader is not: its budget of depth bounds this.
void put(Dump& dump, json::Value value) {
  switch (value.type()) {
    case json::Type::null:
      return dump.scalar('z');
    case json::Type::boolean:
      return dump.scalar(value.boolean() ? 't' : 'f');
    case json::Type::number:
      return dump.scalar('n', value.number());
    case json::Type::string:
      return dump.string(value.string());
    case json::Type::array:
      dump.open('[');
      for (const json::Value element : value.elements()) put(dump, element);
      return dump.close(']');
    case json::Type::object:
      dump.open('{');
      for (const json::Member& member : value.members()) {
        dump.key(member.key);
        put(dump, member.value);
      }
      return dump.close('}');
  }
}

std::optional<std::string> read(std::string_view text, json::Profile profile) {
  json::Document document;
  if (!document.read(text, profile)) return std::nullopt;
  Dump dump;
  put(dump, document.root());
  return dump.text();
}

}  // namespace

std::optional<std::string> dump_intercept(std::string_view document) { return read(document, json::Profile::strict); }
std::optional<std::string> dump_tolerant(std::string_view document) { return read(document, json::Profile::tolerant); }
