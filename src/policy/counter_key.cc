// Composition of counter keys; see counter_key.h.
#include "policy/counter_key.h"

namespace policy {
namespace {

constexpr char separator = '\x1f';

std::string_view kind_word(Limit::Kind kind) {
  switch (kind) {
    case Limit::Kind::rate:
      return "rate";
    case Limit::Kind::spend:
      return "spend";
    case Limit::Kind::state:
      return "state";
    case Limit::Kind::hosted:
      return "hosted";
    case Limit::Kind::concurrency:
      return "concurrency";
  }
  return "";
}

std::string_view scope_value(const std::optional<Scope>& scope, const Facts& facts, const Subject* subject) {
  if (!scope) return "";
  switch (*scope) {
    case Scope::session:
      return facts.session;
    case Scope::identity:
      return facts.identity;
    case Scope::tool:
      return subject != nullptr ? subject->name : facts.method;
    case Scope::server:
      return facts.server;
    case Scope::global:
      return "";
  }
  return "";
}

}  // namespace

std::string_view scope_word(const std::optional<Scope>& scope) {
  if (!scope) return "entry";
  switch (*scope) {
    case Scope::session:
      return "session";
    case Scope::identity:
      return "identity";
    case Scope::tool:
      return "tool";
    case Scope::server:
      return "server";
    case Scope::global:
      return "global";
  }
  return "";
}

void append_key_part(std::string& key, std::string_view part) {
  if (part.find(separator) == std::string_view::npos && part.find('\\') == std::string_view::npos) {
    key += part;
  } else {
    for (const char c : part) {
      if (c == separator) {
        key += "\\u";
      } else if (c == '\\') {
        key += "\\\\";
      } else {
        key += c;
      }
    }
  }
  key += separator;
}

std::string key_prefix(std::string_view server, std::string_view entry_kind, std::string_view pattern,
                       const Limit& limit) {
  std::string key;
  append_key_part(key, server);
  append_key_part(key, entry_kind);
  append_key_part(key, pattern);
  append_key_part(key, kind_word(limit.kind));
  append_key_part(key, limit.counter);
  append_key_part(key, limit.window.tag());
  append_key_part(key, scope_word(limit.scope));
  return key;
}

bool is_open_scope(const std::optional<Scope>& scope) { return scope && *scope != Scope::global; }

void complete_key(const CompiledLimit& limit, const Facts& facts, const Subject* subject, bool shadow,
                  std::string& out) {
  out = shadow ? limit.shadow_key : limit.key;
  if (limit.open_key) append_key_part(out, scope_value(limit.source->scope, facts, subject));
}

std::string shadow_key(std::string_view key) {
  std::string out = "shadow";
  out += separator;
  out += separator;
  out += key;
  return out;
}

}  // namespace policy
