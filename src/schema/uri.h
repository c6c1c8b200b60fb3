// References between schemas, as text (RFC 3986): resolving against a base, splitting off the fragment,
// percent-decoding. Nothing is ever fetched.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace schema {

struct Reference {
  std::string resource;  // absolute if the base is; without "#" and fragment
  std::string fragment;  // percent-decoded
};

// Resolves `reference` against `base` (no fragment; may be ""). nullopt: the fragment has a broken percent-escape.
std::optional<Reference> resolve(std::string_view base, std::string_view reference);

}  // namespace schema
