// Boost.JSON, through its basic_parser, which gives the text of numbers.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include "dump.h"

namespace {

namespace bj = boost::json;

struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Dump dump;
  std::string part;  // of a string, key or number

  bool number(bj::string_view text) {
    part.append(text.data(), text.size());
    dump.scalar('n', part);
    part.clear();
    return true;
  }
  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return dump.open('{'), true; }
  bool on_object_end(std::size_t, bj::error_code&) { return dump.close('}'), true; }
  bool on_array_begin(bj::error_code&) { return dump.open('['), true; }
  bool on_array_end(std::size_t, bj::error_code&) { return dump.close(']'), true; }
  bool on_key_part(bj::string_view text, std::size_t, bj::error_code&) {
    part.append(text.data(), text.size());
    return true;
  }
  bool on_key(bj::string_view text, std::size_t, bj::error_code&) {
    part.append(text.data(), text.size());
    dump.key(part);
    part.clear();
    return true;
  }
  bool on_string_part(bj::string_view text, std::size_t, bj::error_code&) {
    part.append(text.data(), text.size());
    return true;
  }
  bool on_string(bj::string_view text, std::size_t, bj::error_code&) {
    part.append(text.data(), text.size());
    dump.string(part);
    part.clear();
    return true;
  }
  bool on_number_part(bj::string_view text, bj::error_code&) {
    part.append(text.data(), text.size());
    return true;
  }
  bool on_int64(std::int64_t, bj::string_view text, bj::error_code&) { return number(text); }
  bool on_uint64(std::uint64_t, bj::string_view text, bj::error_code&) { return number(text); }
  bool on_double(double, bj::string_view text, bj::error_code&) { return number(text); }
  bool on_bool(bool value, bj::error_code&) { return dump.scalar(value ? 't' : 'f'), true; }
  bool on_null(bj::error_code&) { return dump.scalar('z'), true; }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

}  // namespace

std::optional<std::string> dump_boost(std::string_view document) {
  bj::parse_options options;
  options.max_depth = 1000;
  bj::basic_parser<Handler> parser(options);
  bj::error_code error;
  const std::size_t used = parser.write_some(false, document.data(), document.size(), error);
  if (error || used != document.size() || !parser.done()) return std::nullopt;
  return parser.handler().dump.text();
}
