// Media types: Content-Type (RFC 9110 section 8.3) and Accept (section 12.5.1), as far as MCP needs them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/fields.h"

namespace http {

// type "/" subtype *( ";" name "=" value ). Views into the text that was read.
class MediaType {
 public:
  // Nothing if the text is not one media type, names a parameter twice (peers pick different ones) or has more than 16.
  static std::optional<MediaType> parse(std::string_view text);

  std::string_view type() const { return type_; }
  std::string_view subtype() const { return subtype_; }
  // `media` is "type/subtype"; compared without case, parameters do not count.
  bool is(std::string_view media) const;
  // A parameter's value, unquoted; nothing if it is not there. The name compares without case.
  std::optional<std::string> parameter(std::string_view name) const;

 private:
  std::string_view type_;
  std::string_view subtype_;
  std::string_view parameters_;  // from the first ";"
};

// How much the Accept fields want `media` ("type/subtype", without parameters), in thousandths: the q of the most
// specific range that matches. 0: not acceptable. Without any Accept field everything is worth 1000. A malformed
// element counts as not written. Parameters of a range other than q do not count: clients write
// "application/json; charset=utf-8" and mean the type.
int quality(const Fields& fields, std::string_view media);
inline bool accepts(const Fields& fields, std::string_view media) { return quality(fields, media) > 0; }

}  // namespace http
