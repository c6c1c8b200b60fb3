// Holding fields against a body, and writing them from it.
#include "transport/mirrors.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/decimal.h"
#include "base/strings.h"
#include "http/chars.h"
#include "mcp/errors.h"
#include "transport/header_text.h"

namespace transport {
namespace {

constexpr std::string_view version_field = "MCP-Protocol-Version";
constexpr std::string_view method_field = "Mcp-Method";
constexpr std::string_view name_field = "Mcp-Name";
constexpr std::string_view version_key = "io.modelcontextprotocol/protocolVersion";

// Revisions are dates: text order is time order.
bool names_modern(std::string_view revision) { return revision >= std::string_view("2026-07-28"); }

std::string quoted(std::string_view text) { return '"' + base::printable(text, 80) + '"'; }

MirrorFault mismatch(std::string reason) { return {mcp::header_mismatch, std::move(reason)}; }

// A number without exponent and without zeros at its end, or nothing if that would be long.
std::optional<std::string> plain_number(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto number = base::Decimal::parse(text);
  if (!number) return std::nullopt;
  std::string digits = number->canonical();  // "-12e3": digits, then the exponent of the last
  const std::size_t e = digits.find('e');
  const long long exponent = e == std::string::npos ? 0 : std::strtoll(digits.c_str() + e + 1, nullptr, 10);
  digits.resize(std::min(e, digits.size()));
  if (digits == "0") return digits;
  if (exponent > static_cast<long long>(longest) || exponent < -static_cast<long long>(longest)) return std::nullopt;
  if (exponent >= 0) {
    digits.append(static_cast<std::size_t>(exponent), '0');
  } else {
    const std::size_t sign = digits.starts_with('-') ? 1 : 0;
    const auto behind = static_cast<std::size_t>(-exponent);
    if (digits.size() - sign <= behind) digits.insert(sign, behind + 1 - (digits.size() - sign), '0');
    digits.insert(digits.size() - behind, ".");
  }
  if (digits.size() > longest) return std::nullopt;
  return digits;
}

// What a field says of an argument; nothing if no field is due.
std::optional<std::string> text_of(json::Value argument) {
  if (argument.is_string()) return std::string(argument.string());
  if (argument.is_boolean()) return argument.boolean() ? "true" : "false";
  if (argument.is_number()) return plain_number(argument.number());
  return std::nullopt;
}

// A whole number that a double may not hold exactly: JavaScript's clients leave it out.
bool is_beyond_double(json::Value argument) {
  const auto number = base::Decimal::parse(argument.number());
  if (!number || !number->is_integer()) return false;
  return *number > *base::Decimal::parse("9007199254740991") || *number < *base::Decimal::parse("-9007199254740991");
}

json::Value argument_at(json::Value arguments, const std::vector<std::string>& path) {
  for (const std::string& key : path) arguments = arguments.find(key);
  return arguments;
}

json::Value arguments_of(const mcp::Message& message) {
  return message.method_name == "tools/call" ? message.params.find("arguments") : json::Value();
}

bool is_same(std::string_view decoded, json::Value argument, const tools::ParamHeader& param, std::string_view text) {
  using Type = tools::ParamHeader::Type;
  const bool by_value = argument.is_number() && (param.type == Type::integer || param.type == Type::number);
  if (!by_value) return decoded == text;
  if (decoded.find_first_of("eE") != std::string_view::npos) return false;
  const auto sent = base::Decimal::parse(decoded);
  const auto meant = base::Decimal::parse(argument.number());
  return sent && meant && *sent == *meant;
}

class Check {
 public:
  Check(const http::Fields& fields, const mcp::Message& message) : fields_(fields), message_(message) {}

  std::optional<MirrorFault> run(const tools::ParamHeaders* params) {
    if (message_.kind != mcp::Kind::request && message_.kind != mcp::Kind::notification) return std::nullopt;
    for (const std::string_view name : {version_field, method_field, name_field}) {
      if (fields_.count(name) > 1) return mismatch(std::string(name) + " comes twice");
    }
    const json::Value declared = message_.meta.find(version_key);
    if (declared && !declared.is_string()) {
      return MirrorFault{mcp::invalid_params, "params._meta: " + std::string(version_key) + " must be a string"};
    }
    if (!declared) return undeclared();
    if (auto fault = version_and_method(declared.string())) return fault;
    if (!names_modern(declared.string()) || message_.kind != mcp::Kind::request) return std::nullopt;
    if (auto fault = presence(declared.string())) return fault;
    if (auto fault = name()) return fault;
    return arguments(params);
  }

 private:
  // A header that names 2026-07-28 or later above a body that does not.
  std::optional<MirrorFault> undeclared() {
    const auto version = fields_.find(version_field);
    if (!version || !names_modern(*version)) return std::nullopt;
    if (message_.kind == mcp::Kind::notification) return method();
    if (message_.method_name == "initialize") {
      return mismatch(std::string(version_field) + " is " + quoted(*version) +
                      ", a revision that has no initialize: send another one or leave it out");
    }
    return MirrorFault{mcp::invalid_params, std::string(version_field) + " is " + quoted(*version) +
                                                ", so params._meta must have " + std::string(version_key)};
  }

  std::optional<MirrorFault> version_and_method(std::string_view declared) {
    const auto version = fields_.find(version_field);
    if (version && *version != declared) {
      return mismatch(std::string(version_field) + " is " + quoted(*version) + ", the body's " +
                      std::string(version_key) + " " + quoted(declared) + ": they must be the same");
    }
    return method();
  }

  std::optional<MirrorFault> method() {
    const auto method = fields_.find(method_field);
    if (!method || *method == message_.method_name) return std::nullopt;
    return mismatch(std::string(method_field) + " is " + quoted(*method) + ", the body's method " +
                    quoted(message_.method_name) + ": they must be the same");
  }

  std::optional<MirrorFault> presence(std::string_view declared) {
    if (!fields_.find(version_field)) {
      return mismatch("the header " + std::string(version_field) + " is missing: send " + quoted(declared));
    }
    if (!fields_.find(method_field)) {
      return mismatch("the header " + std::string(method_field) + " is missing: send " + quoted(message_.method_name));
    }
    return std::nullopt;
  }

  std::optional<MirrorFault> name() {
    const std::string_view source = name_source(message_.method_name);
    if (source.empty()) return std::nullopt;
    const json::Value meant = message_.params.find(source);
    const auto sent = fields_.find(name_field);
    if (!sent) {
      if (!meant.is_string()) return std::nullopt;  // the server says what is wrong with the body
      return mismatch("the header " + std::string(name_field) + " is missing: it repeats params." +
                      std::string(source));
    }
    const auto decoded = decode_text(*sent);
    if (!decoded) return mismatch("the header " + std::string(name_field) + " cannot be read: " + how_to_encode);
    if (!meant.is_string() || *decoded == meant.string()) return std::nullopt;
    return mismatch(std::string(name_field) + " is " + quoted(*decoded) + ", params." + std::string(source) + " is " +
                    quoted(meant.string()) + ": they must be the same");
  }

  std::optional<MirrorFault> arguments(const tools::ParamHeaders* params) {
    const json::Value arguments = arguments_of(message_);
    if (params == nullptr || !arguments) return std::nullopt;
    for (const tools::ParamHeader& param : params->list) {
      if (auto fault = argument(param, argument_at(arguments, param.path))) return fault;
    }
    return std::nullopt;
  }

  std::optional<MirrorFault> argument(const tools::ParamHeader& param, json::Value argument) {
    const auto text = text_of(argument);
    if (!text) return std::nullopt;
    const std::string header = "the header " + base::printable(param.name, 80);
    if (fields_.count(param.name) > 1) return mismatch(header + " comes twice");
    const auto sent = fields_.find(param.name);
    if (!sent) {
      if (argument.is_number() && is_beyond_double(argument)) return std::nullopt;
      return mismatch(header + " is missing: the tool's schema wants the argument repeated in it");
    }
    const auto decoded = decode_text(*sent);
    if (!decoded) return mismatch(header + " cannot be read: " + how_to_encode);
    if (is_same(*decoded, argument, param, *text)) return std::nullopt;
    return mismatch(header + " is not the argument that it repeats");
  }

  static constexpr const char* how_to_encode = "write plain ASCII, or =?base64?…?= with canonical base64 of UTF-8";

  const http::Fields& fields_;
  const mcp::Message& message_;
};

}  // namespace

std::optional<MirrorFault> check_mirrors(const http::Fields& fields, const mcp::Message& message,
                                         const tools::ParamHeaders* params) {
  return Check(fields, message).run(params);
}

std::vector<http::OwnedField> mirrors_of(const mcp::Message& message, const tools::ParamHeaders* params) {
  std::vector<http::OwnedField> out;
  if (message.kind != mcp::Kind::request && message.kind != mcp::Kind::notification) return out;
  const std::string_view revision = mcp::declared_revision(message);
  if (revision.empty()) return out;
  out.push_back({std::string(version_field), encode_text(revision)});
  out.push_back({std::string(method_field), encode_text(message.method_name)});
  if (message.kind == mcp::Kind::notification) return out;
  if (const std::string_view source = name_source(message.method_name); !source.empty()) {
    if (const json::Value name = message.params.find(source); name.is_string()) {
      out.push_back({std::string(name_field), encode_text(name.string())});
    }
  }
  if (params == nullptr) return out;
  const json::Value arguments = arguments_of(message);
  for (const tools::ParamHeader& param : params->list) {
    if (const auto text = text_of(argument_at(arguments, param.path))) out.push_back({param.name, encode_text(*text)});
  }
  return out;
}

bool is_mirror(std::string_view name, const tools::ParamHeaders* params) {
  if (http::equal_ignoring_case(name, method_field) || http::equal_ignoring_case(name, name_field)) return true;
  return params != nullptr && params->names(name);
}

std::string_view name_source(std::string_view method) {
  struct Row {
    std::string_view method, parameter;
  };
  static constexpr std::array<Row, 6> rows{{{"prompts/get", "name"},
                                            {"resources/read", "uri"},
                                            {"tasks/cancel", "taskId"},
                                            {"tasks/get", "taskId"},
                                            {"tasks/update", "taskId"},
                                            {"tools/call", "name"}}};
  const auto* const row = std::ranges::find(rows, method, &Row::method);
  return row == rows.end() ? std::string_view() : row->parameter;
}

}  // namespace transport
