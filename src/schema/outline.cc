// Walks with a list of its own, not by recursion. A resource is what an `$id` (or the whole document) begins.
#include "schema/outline.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"
#include "schema/dialect.h"
#include "schema/uri.h"

namespace schema {
namespace {

using Kind = CompileError::Kind;

bool is_schema(json::Value value) { return value.is_object() || value.is_boolean(); }

bool is_anchor_name(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word);
}

// One token of a JSON pointer, unescaped. False: a "~" that escapes nothing.
bool unescape(std::string_view token, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    ++i;
    if (i == token.size() || (token[i] != '0' && token[i] != '1')) return false;
    out += token[i] == '0' ? '~' : '/';
  }
  return true;
}

}  // namespace

Outline::Done Outline::read() {
  resources_.push_back({.uri = "", .root = program_.document.root(), .anchors = {}});
  by_uri_.emplace("", 0);
  return walk({program_.document.root(), no_table, "", 0, options_.dialect});
}

Outline::Done Outline::walk(Pending first) {
  pending_.push_back(std::move(first));
  while (!pending_.empty()) {
    const Pending pending = std::move(pending_.back());
    pending_.pop_back();
    if (auto done = enter(pending); !done) return done;
  }
  return {};
}

Outline::Done Outline::enter(const Pending& pending) {
  if (spots_.contains(pending.schema.index())) return {};
  const auto place = static_cast<std::uint32_t>(program_.places.size());
  program_.places.push_back({pending.parent, pending.tokens});
  Spot spot{place, pending.resource, pending.dialect};
  if (spots_.size() >= options_.max_nodes) {
    return std::unexpected(error(Kind::unsupported, spot, "",
                                 "has more than " + std::to_string(options_.max_nodes) + " schemas within it"));
  }
  if (pending.schema.is_object()) {
    if (auto done = read_dialect(pending.schema, spot); !done) return done;
    if (auto done = read_id(pending.schema, spot); !done) return done;
    for (const auto* keyword : {"$anchor", "$dynamicAnchor"}) {
      if (auto done = read_anchor(pending.schema, spot, keyword); !done) return done;
    }
  }
  spots_.emplace(pending.schema.index(), spot);
  descend(pending.schema, spot);
  return {};
}

void Outline::descend(json::Value schema, const Spot& spot) {
  for (const json::Member member : schema.members()) {
    const Holds holds = held_by(member.key);
    if (holds == Holds::nothing) continue;
    const std::string keyword(member.key);
    const bool map = holds == Holds::schema_map || holds == Holds::dependency_map;
    const bool list = holds == Holds::schemas || holds == Holds::schema_or_schemas;
    if (map || (list && member.value.is_array())) {
      push_all(member.value, keyword, spot);
    } else if (is_schema(member.value)) {
      pending_.push_back({member.value, spot.place, keyword, spot.resource, spot.dialect});
    }
  }
}

// The members of an object, or the elements of an array, that are schemas.
void Outline::push_all(json::Value map, const std::string& keyword, const Spot& spot) {
  for (const json::Member member : map.members()) {
    if (!is_schema(member.value)) continue;
    pending_.push_back(
        {member.value, spot.place, keyword + "/" + pointer_token(member.key), spot.resource, spot.dialect});
  }
  std::size_t index = 0;
  for (const json::Value element : map.elements()) {
    const std::string tokens = keyword + "/" + std::to_string(index++);
    if (is_schema(element)) pending_.push_back({element, spot.place, tokens, spot.resource, spot.dialect});
  }
}

// `$schema` of the document, or of a schema within it (bundled documents, and generators that put it everywhere).
Outline::Done Outline::read_dialect(json::Value schema, Spot& spot) {
  const json::Value named = schema.find("$schema");
  if (!named) return {};
  if (!named.is_string()) return std::unexpected(error(Kind::malformed, spot, "$schema", "must be a string"));
  const auto dialect = dialect_of(named.string());
  if (!dialect) {
    return std::unexpected(error(Kind::unsupported, spot, "$schema",
                                 "names a dialect that is not known here: " + base::printable(named.string()) +
                                     " (known: drafts 04, 06, 07, 2019-09, 2020-12)"));
  }
  spot.dialect = *dialect;
  return {};
}

Outline::Done Outline::read_id(json::Value schema, Spot& spot) {
  const std::string_view keyword = spot.dialect == Dialect::draft04 ? "id" : "$id";
  const json::Value id = schema.find(keyword);
  if (!id) return {};
  if (!id.is_string()) return std::unexpected(error(Kind::malformed, spot, keyword, "must be a string"));
  const bool anchors_by_id = spot.dialect < Dialect::draft2019;
  if (reference_stands_alone(spot.dialect) && schema.find("$ref")) return {};
  if (spot.dialect == Dialect::open && spot.place != 0 && schema.find("$ref")) {
    return std::unexpected(error(Kind::unsupported, spot, keyword,
                                 "stands beside $ref: the drafts resolve that differently. Name a draft in $schema"));
  }
  const auto reference = resolve(resources_[spot.resource].uri, id.string());
  if (!reference) {
    return std::unexpected(error(Kind::malformed, spot, keyword, "has a broken percent-escape in its fragment"));
  }
  if (id.string().starts_with('#')) {  // a name within the resource, before `$anchor` was made
    if (id.string() == "#") return {};
    if (!anchors_by_id) {
      return std::unexpected(error(Kind::malformed, spot, keyword, "must have no fragment: use $anchor"));
    }
    return add_anchor(schema, spot, keyword, reference->fragment);
  }
  if (!reference->fragment.empty() && !anchors_by_id) {
    return std::unexpected(error(Kind::malformed, spot, keyword, "must have no fragment: use $anchor"));
  }
  const bool is_root = spot.place == 0;
  const auto index = is_root ? 0 : static_cast<std::uint32_t>(resources_.size());
  const auto [known, is_new] = by_uri_.emplace(reference->resource, index);
  if (!is_new && !(is_root && known->second == 0)) {
    return std::unexpected(
        error(Kind::malformed, spot, keyword, "is given twice in this document: " + base::printable(id.string())));
  }
  if (is_root) {
    resources_[0].uri = reference->resource;
  } else {
    resources_.push_back({.uri = reference->resource, .root = schema, .anchors = {}});
    spot.resource = index;
  }
  if (reference->fragment.empty()) return {};
  return add_anchor(schema, spot, keyword, reference->fragment);
}

Outline::Done Outline::read_anchor(json::Value schema, const Spot& spot, std::string_view keyword) {
  const json::Value name = schema.find(keyword);
  if (!name) return {};
  if (!name.is_string() || !is_anchor_name(name.string())) {
    return std::unexpected(error(Kind::malformed, spot, keyword, "must be a name of letters, digits, - _ . and :"));
  }
  return add_anchor(schema, spot, keyword, name.string());
}

Outline::Done Outline::add_anchor(json::Value schema, const Spot& spot, std::string_view keyword,
                                  std::string_view name) {
  Target target{schema};
  if (keyword == "$dynamicAnchor") {
    const auto count = static_cast<std::uint32_t>(dynamic_.size());
    const auto [known, is_first] = dynamic_names_.emplace(std::string(name), count);
    target.dynamic_anchor = known->second;
    if (is_first) {
      program_.dynamic_anchors.emplace_back();
      dynamic_.emplace_back();
    }
    dynamic_[target.dynamic_anchor].push_back({spot.resource, schema});
  }
  const auto [known, is_new] = resources_[spot.resource].anchors.emplace(std::string(name), target);
  if (is_new) return {};
  if (known->second.schema.same(schema)) {  // `$anchor` and `$dynamicAnchor` of one schema
    if (target.dynamic_anchor != no_table) known->second = target;
    return {};
  }
  return std::unexpected(
      error(Kind::malformed, spot, keyword, "is given twice in this document: " + base::printable(name)));
}

std::expected<Outline::Target, CompileError> Outline::find(const Spot& from, std::string_view keyword,
                                                           std::string_view reference) {
  const auto resolved = resolve(resources_[from.resource].uri, reference);
  if (!resolved) return std::unexpected(error(Kind::malformed, from, keyword, "has a broken percent-escape"));
  const auto known = by_uri_.find(resolved->resource);
  if (known == by_uri_.end()) {
    return std::unexpected(error(Kind::unsupported, from, keyword,
                                 "leads out of the schema, and nothing is fetched: " + base::printable(reference)));
  }
  const Resource& resource = resources_[known->second];
  const std::string& fragment = resolved->fragment;
  if (fragment.empty()) return Target{resource.root};
  if (fragment[0] != '/') {
    const auto anchor = resource.anchors.find(fragment);
    if (anchor != resource.anchors.end()) return anchor->second;
    return std::unexpected(
        error(Kind::malformed, from, keyword, "leads to no schema: no anchor " + base::printable(fragment)));
  }
  Target target;
  if (auto done = follow(from, keyword, resource.root, fragment, target); !done) return std::unexpected(done.error());
  return target;
}

// The member or element that the token names, or absent. Counts what it looks at.
json::Value Outline::step(json::Value from, const std::string& token) {
  for (const json::Member member : from.members()) {
    ++searched_;
    if (member.key == token) return member.value;
  }
  if (!from.is_array() || token.empty() || (token.size() > 1 && token[0] == '0')) return {};
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (code != std::errc() || end != token.data() + token.size()) return {};
  for (const json::Value element : from.elements()) {
    ++searched_;
    if (index-- == 0) return element;
  }
  return {};
}

Outline::Done Outline::follow(const Spot& from, std::string_view keyword, json::Value root, std::string_view pointer,
                              Target& target) {
  json::Value value = root;
  Spot nearest = spot(value);
  std::string tokens, token;
  for (std::string_view rest = pointer; !rest.empty();) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const bool good = unescape(rest.substr(1, end - 1), token);
    value = good ? step(value, token) : json::Value();
    if (searched_ > options_.max_search) {
      return std::unexpected(error(Kind::unsupported, from, keyword, "is one of too many references to look up"));
    }
    if (!value) {
      return std::unexpected(error(Kind::malformed, from, keyword, "leads to nothing: " + base::printable(pointer)));
    }
    if (!tokens.empty()) tokens += '/';
    tokens += rest.substr(1, end - 1);
    rest.remove_prefix(end);
    const auto known = spots_.find(value.index());
    if (known == spots_.end()) continue;
    nearest = known->second;
    tokens.clear();
  }
  target.schema = value;
  if (!is_schema(value)) {
    return std::unexpected(
        error(Kind::malformed, from, keyword, "leads to something that is no schema: " + base::printable(pointer)));
  }
  if (spots_.contains(value.index())) return {};
  return walk({value, nearest.place, tokens, nearest.resource, nearest.dialect});
}

CompileError Outline::error(Kind kind, const Spot& spot, std::string_view keyword, std::string message) const {
  return {kind, program_.pointer(spot.place, keyword), std::move(message)};
}

}  // namespace schema
