// Senses: which row of a verb holds beside these words; what readings share.
#include "classify/reading.h"

#include <algorithm>

#include "base/unicode.h"

namespace classify {
namespace {

// The context bars a word that stands in the clause: "subscription -webhook".
bool is_excluded(std::string_view context, const Clause& clause) {
  for (std::size_t at = context.find(" -"); at != std::string_view::npos; at = context.find(" -", at + 1)) {
    const std::string_view word = context.substr(at + 2, context.find(' ', at + 2) - at - 2);
    if (std::any_of(clause.object.begin(), clause.object.end(),
                    [&](std::string_view one) { return matches(word, one); })) {
      return true;
    }
  }
  return false;
}

bool holds(const Sense& sense, const Clause& clause, std::span<const Argument> arguments) {
  const auto named = [&](std::string_view word) { return matches(sense.context, word); };
  if (is_excluded(sense.context, clause)) return false;
  switch (sense.where) {
    case Where::any:
      return true;
    case Where::head:
      return !clause.object.empty() && named(clause.object.back());
    case Where::object:
      return std::any_of(clause.object.begin(), clause.object.end(), named);
    case Where::after:
      return std::any_of(clause.after.begin(), clause.after.end(), named);
    case Where::argument:
      return std::any_of(arguments.begin(), arguments.end(), [&](const Argument& a) {
        return is_named(a, sense.context) && (a.is_text || !(a.is_boolean || a.is_number));
      });
    case Where::first:
      return clause.first && !clause.alone &&
             (sense.context.empty() || std::any_of(clause.object.begin(), clause.object.end(), named));
    case Where::last:
      return clause.last && !clause.alone;
    case Where::alone:
      return clause.alone;
  }
  return false;
}

}  // namespace

const Sense* sense_of(const Clause& clause, std::span<const Argument> arguments) {
  for (const Sense& sense : senses_of(clause.verb)) {
    if (holds(sense, clause, arguments)) return &sense;
  }
  return nullptr;
}

Class worst(const Reading& reading) {
  Class out = Class::read;
  for (const Said& said : reading.said) out = std::max(out, said.of);
  return out;
}

std::string printable(std::string_view text, std::size_t bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() < bytes;) {
    const std::string_view rest = text.substr(at, 4);
    std::size_t length = 1;
    const auto lead = static_cast<unsigned char>(rest[0]);
    if (lead >= 0xC2) length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view one = rest.substr(0, std::min(length, rest.size()));
    const bool shown = lead >= 0x20 && lead != 0x7F && base::first_invalid_utf8(one) == std::string_view::npos;
    if (shown) {
      out += one;
    } else {
      out += '?';
    }
    at += shown ? one.size() : 1;
  }
  return out;
}

}  // namespace classify
