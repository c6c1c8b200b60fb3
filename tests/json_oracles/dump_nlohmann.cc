// nlohmann::json, through its SAX interface (duplicates and order stay visible).
#include <nlohmann/json.hpp>

#include "dump.h"

namespace {

struct Handler : nlohmann::json_sax<nlohmann::json> {
  Dump dump;
  bool null() override { return dump.scalar('z'), true; }
  bool boolean(bool value) override { return dump.scalar(value ? 't' : 'f'), true; }
  bool number_integer(number_integer_t value) override { return dump.scalar('n', std::to_string(value)), true; }
  bool number_unsigned(number_unsigned_t value) override { return dump.scalar('n', std::to_string(value)), true; }
  bool number_float(number_float_t, const string_t& text) override { return dump.scalar('n', text), true; }
  bool string(string_t& text) override { return dump.string(text), true; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return dump.open('{'), true; }
  bool key(string_t& text) override { return dump.key(text), true; }
  bool end_object() override { return dump.close('}'), true; }
  bool start_array(std::size_t) override { return dump.open('['), true; }
  bool end_array() override { return dump.close(']'), true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
};

}  // namespace

std::optional<std::string> dump_nlohmann(std::string_view document) {
  Handler handler;
  if (!nlohmann::json::sax_parse(document, &handler)) return std::nullopt;
  return handler.dump.text();
}
