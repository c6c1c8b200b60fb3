// Properties of src/json on any input:
// - nothing crashes, in either profile; what strict accepts, tolerant accepts with the same tape;
// - write() gives one line that reads as the same document and is written as itself;
// - a value is verbatim if and only if write() gives its input bytes;
// - the canonical form reads, and is its own canonical form;
// - certain_id agrees with the id of a document that reads;
// - where nlohmann::json and Boost.JSON accept what strict accepts, they see the same structure and strings.
#include <boost/json.hpp>
#include <boost/json/src.hpp>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "check.h"
#include "json/document.h"
#include "json/path.h"
#include "json/recover.h"
#include "json/writer.h"

namespace {

using json::Document;
using json::Member;
using json::Profile;
using json::Type;
using json::Value;

constexpr json::Budget budget{.bytes = 1U << 20, .depth = 64, .values = 100'000};

std::string written(Value value) {
  std::string out;
  json::write(out, value);
  return out;
}

bool equal(Value a, Value b) {
  if (a.type() != b.type() || a.string() != b.string() || a.number() != b.number() || a.boolean() != b.boolean()) {
    return false;
  }
  if (a.size() != b.size()) return false;
  auto eb = b.elements().begin();
  for (const Value element : a.elements()) {
    if (!equal(element, *eb)) return false;
    ++eb;
  }
  auto mb = b.members().begin();
  for (const Member& member : a.members()) {
    const Member other = *mb;
    if (member.key != other.key || !equal(member.value, other.value)) return false;
    if (!a.find(member.key).same(member.value)) return false;
    ++mb;
  }
  return true;
}

void check_verbatim(Value value) {
  FUZZ_CHECK(value.is_verbatim() == (written(value) == value.raw()));
  for (const Value element : value.elements()) check_verbatim(element);
  for (const Member& member : value.members()) {
    check_verbatim(member.key_value);
    check_verbatim(member.value);
  }
}

// base::Decimal clamps exponents beyond 2^40, where the text of a canonical number may be clamped once more.
bool has_huge_exponent(Value value) {
  const std::size_t e = value.number().find_first_of("eE");
  if (e != std::string_view::npos && value.number().size() - e > 12) return true;
  for (const Value element : value.elements()) {
    if (has_huge_exponent(element)) return true;
  }
  for (const Member& member : value.members()) {
    if (has_huge_exponent(member.value)) return true;
  }
  return false;
}

void check_canonical(Value root, Value rewritten, Profile profile) {
  std::string canonical;
  json::write_canonical(canonical, root);
  std::string same;
  json::write_canonical(same, rewritten);
  FUZZ_CHECK(canonical == same);
  Document again;
  FUZZ_CHECK(again.read(canonical, profile, budget).has_value());
  std::string twice;
  json::write_canonical(twice, again.root());
  FUZZ_CHECK(canonical == twice || has_huge_exponent(root));
}

void check_written(Value root, Profile profile) {
  check_verbatim(root);
  const std::string line = written(root);
  FUZZ_CHECK(line.find_first_of("\n\r\v\f") == std::string::npos);
  for (const char* separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    FUZZ_CHECK(line.find(separator) == std::string::npos);
  }
  Document again;
  FUZZ_CHECK(again.read(line, profile, budget).has_value());
  FUZZ_CHECK(equal(root, again.root()));
  FUZZ_CHECK(again.root().is_verbatim());
  check_canonical(root, again.root(), profile);
}

void compare(Value value, const nlohmann::ordered_json& other) {
  switch (value.type()) {
    case Type::null:
      FUZZ_CHECK(other.is_null());
      break;
    case Type::boolean:
      FUZZ_CHECK(other.is_boolean() && other.get<bool>() == value.boolean());
      break;
    case Type::number:
      FUZZ_CHECK(other.is_number());
      break;
    case Type::string:
      FUZZ_CHECK(other.is_string() && other.get_ref<const std::string&>() == value.string());
      break;
    case Type::array: {
      FUZZ_CHECK(other.is_array() && other.size() == value.size());
      std::size_t i = 0;
      for (const Value element : value.elements()) compare(element, other[i++]);
      break;
    }
    case Type::object: {
      FUZZ_CHECK(other.is_object() && other.size() == value.size());
      auto it = other.begin();
      for (const Member& member : value.members()) {
        FUZZ_CHECK(it.key() == member.key);
        compare(member.value, it.value());
        ++it;
      }
      break;
    }
  }
}

void compare(Value value, const boost::json::value& other) {
  switch (value.type()) {
    case Type::null:
      FUZZ_CHECK(other.is_null());
      break;
    case Type::boolean:
      FUZZ_CHECK(other.is_bool() && other.get_bool() == value.boolean());
      break;
    case Type::number:
      FUZZ_CHECK(other.is_number());
      break;
    case Type::string:
      FUZZ_CHECK(other.is_string() && std::string_view(other.get_string()) == value.string());
      break;
    case Type::array: {
      FUZZ_CHECK(other.is_array() && other.get_array().size() == value.size());
      std::size_t i = 0;
      for (const Value element : value.elements()) compare(element, other.get_array()[i++]);
      break;
    }
    case Type::object: {
      FUZZ_CHECK(other.is_object() && other.get_object().size() == value.size());
      const auto* it = other.get_object().begin();
      for (const Member& member : value.members()) {
        FUZZ_CHECK(std::string_view(it->key()) == member.key);
        compare(member.value, it->value());
        ++it;
      }
      break;
    }
  }
}

// Both may refuse what is beyond their range of numbers, and Boost what is nested deeper than its own limit.
void check_against_others(std::string_view input, Value root) {
  const auto first = nlohmann::ordered_json::parse(input, nullptr, false);
  if (!first.is_discarded()) compare(root, first);
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = budget.depth + 1;
  const auto second = boost::json::parse({input.data(), input.size()}, error, {}, options);
  if (!error) compare(root, second);
}

void check_certain_id(std::string_view input, Value root) {
  const auto certain = json::certain_id(input);
  if (!certain) return;
  FUZZ_CHECK(root.is_object());
  FUZZ_CHECK(root.find("id").raw() == certain->id);
}

// The other direction: a plain id of a readable object is found.
void check_plain_id(std::string_view input, Value root) {
  const Value id = root.find("id");
  if (!id.is_number() && !(id.is_string() && id.is_verbatim())) return;
  for (const Member& member : root.members()) {
    if (!member.value.same(id) && member.key.size() < 8) return;  // it may be a look-alike
  }
  const auto certain = json::certain_id(input);
  FUZZ_CHECK(certain && certain->id == id.raw());
  if (!root.find("method")) {
    const auto likely = json::likely_id(input);
    FUZZ_CHECK(likely && likely->id == id.raw());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Document strict;
  Document tolerant;
  const auto strictly = strict.read(input, Profile::strict, budget);
  const auto tolerantly = tolerant.read(input, Profile::tolerant, budget);
  if (!strictly) FUZZ_CHECK(strictly.error().offset <= size && !strictly.error().message.empty());
  FUZZ_CHECK(!strictly || tolerantly);
  if (tolerantly) check_written(tolerant.root(), Profile::tolerant);
  if (strictly) {
    FUZZ_CHECK(equal(strict.root(), tolerant.root()));
    FUZZ_CHECK(strict.root().raw() == tolerant.root().raw());
    check_written(strict.root(), Profile::strict);
    check_against_others(input, strict.root());
    check_certain_id(input, strict.root());
    check_plain_id(input, strict.root());
  }
  if (const auto id = json::certain_id(input)) {
    Document text;
    FUZZ_CHECK(text.read(id->id, Profile::strict, budget).has_value());
  }
  if (const auto id = json::likely_id(input)) {
    Document text;
    FUZZ_CHECK(text.read(id->id, Profile::strict, budget).has_value());
  }
  std::string quoted;
  json::write_string(quoted, input);
  FUZZ_CHECK(tolerant.read(quoted, Profile::tolerant).has_value());
  if (const auto path = json::Path::parse(input)) {
    const auto again = json::Path::parse(path->text());
    FUZZ_CHECK(again && again->text() == path->text());
  }
  return 0;
}
