// RFC 3986 sections 5.2 and 5.3. A reference is split by its delimiters alone; characters that a URI may not hold are
// kept: two spellings of one URI are then two resources, which makes a reference unresolved, never wrong.
#include "schema/uri.h"

#include <algorithm>
#include <cctype>

namespace schema {
namespace {

constexpr auto npos = std::string_view::npos;

struct Parts {
  std::string_view scheme, authority, path, query;
  bool has_scheme = false, has_authority = false, has_query = false;
};

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

Parts split(std::string_view uri) {
  Parts p;
  const std::size_t colon = uri.find_first_of(":/?");
  if (colon != npos && uri[colon] == ':' && is_scheme(uri.substr(0, colon))) {
    p.scheme = uri.substr(0, colon);
    p.has_scheme = true;
    uri.remove_prefix(colon + 1);
  }
  const std::size_t question = uri.find('?');
  if (question != npos) {
    p.query = uri.substr(question + 1);
    p.has_query = true;
    uri = uri.substr(0, question);
  }
  if (uri.starts_with("//")) {
    const std::size_t end = std::min(uri.find('/', 2), uri.size());
    p.authority = uri.substr(2, end - 2);
    p.has_authority = true;
    uri.remove_prefix(end);
  }
  p.path = uri;
  return p;
}

// Section 5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    const bool last = end == npos;
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (last) out += '/';
    } else if (segment != "." && segment != "..") {
      out += segment;
    }
    path.remove_prefix(last ? path.size() : end);
  }
  return out;
}

std::string merged(const Parts& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string(path);
  const std::size_t slash = base.path.rfind('/');
  return std::string(base.path.substr(0, slash == npos ? 0 : slash + 1)) + std::string(path);
}

std::string joined(const Parts& base, const Parts& r) {
  const Parts& authority = r.has_scheme || r.has_authority ? r : base;
  std::string path;
  bool has_query = r.has_query;
  std::string_view query = r.query;
  if (r.has_scheme || r.has_authority || r.path.starts_with('/')) {
    path = without_dots(r.path);
  } else if (r.path.empty()) {
    path = std::string(base.path);
    if (!r.has_query) {
      has_query = base.has_query;
      query = base.query;
    }
  } else {
    path = without_dots(merged(base, r.path));
  }
  std::string out;
  const Parts& scheme = r.has_scheme ? r : base;
  if (scheme.has_scheme) {
    std::transform(scheme.scheme.begin(), scheme.scheme.end(), std::back_inserter(out),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    out += ':';
  }
  if (authority.has_authority) out.append("//").append(authority.authority);
  out += path;
  if (has_query) out.append("?").append(query);
  return out;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

std::optional<Reference> resolve(std::string_view base, std::string_view reference) {
  const std::size_t hash = reference.find('#');
  auto fragment = decoded(hash == npos ? std::string_view() : reference.substr(hash + 1));
  if (!fragment) return std::nullopt;
  reference = reference.substr(0, hash);
  if (reference.empty()) return Reference{std::string(base), std::move(*fragment)};
  return Reference{joined(split(base), split(reference)), std::move(*fragment)};
}

}  // namespace schema
