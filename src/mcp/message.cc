// Reading an envelope: what kind of message it is, and every reason why it has no single meaning.
#include "mcp/message.h"

#include <array>

#include "base/strings.h"
#include "base/unicode.h"
#include "mcp/errors.h"

namespace mcp {
namespace {

constexpr std::string_view meta_prefix = "io.modelcontextprotocol/";

std::string quoted(std::string_view text) { return '"' + base::printable(text, 80) + '"'; }

// Slots of the envelope, in the order of envelope_keys().
struct Envelope {
  json::Value version, id, method, params, result, error;
};

json::Value* slot(Envelope& e, std::string_view key) {
  switch (key.size()) {
    case 2:
      return key == "id" ? &e.id : nullptr;
    case 5:
      return key == "error" ? &e.error : nullptr;
    case 6:
      return key == "method" ? &e.method : key == "params" ? &e.params : key == "result" ? &e.result : nullptr;
    case 7:
      return key == "jsonrpc" ? &e.version : nullptr;
    default:
      return nullptr;
  }
}

// The name that `key` looks like without being it, or "".
std::string_view look_alike(std::string_view key, std::span<const std::string_view> names) {
  for (std::string_view name : names) {
    if (base::is_look_alike(key, name)) return name;
  }
  return {};
}

class Checker {
 public:
  Checker(json::Value root, Direction sender, Message& out) : root_(root), sender_(sender), out_(out) {}

  std::expected<void, MessageError> run() {
    if (!root_.is_object()) return fail_whole();
    for (const json::Member m : root_.members()) {
      if (json::Value* s = slot(envelope_, m.key)) {
        *s = m.value;
      } else if (const std::string_view name = look_alike(m.key, envelope_keys()); !name.empty()) {
        alike_ = "key " + quoted(m.key) + " looks like \"" + std::string(name) + "\" but is not it; send \"" +
                 std::string(name) + "\"";
      }
    }
    if (!alike_.empty()) return fail(invalid_request, alike_);
    if (!envelope_.version.is_string() || envelope_.version.string() != "2.0") {
      return fail(invalid_request, "\"jsonrpc\" must be \"2.0\"");
    }
    return envelope_.method ? request() : answer();
  }

 private:
  std::expected<void, MessageError> fail_whole() {
    MessageError e{invalid_request, "", "null", true, false};
    e.message = root_.is_array() ? "batches (arrays) are not accepted; send each message by itself"
                                 : "a message must be a JSON object";
    return std::unexpected(std::move(e));
  }

  // The request's id is certain if it is readable: duplicates and look-alikes were excluded before.
  std::expected<void, MessageError> fail(int code, std::string message) {
    MessageError e{code, std::move(message), "null", false, false};
    Id id;
    const bool looks_answer = !envelope_.method && (envelope_.result || envelope_.error);
    if (alike_.empty() && envelope_.id && read_id(envelope_.id, id)) e.id_text = id.text;
    e.is_answer = looks_answer;
    e.answerable = !looks_answer && (envelope_.id || !envelope_.method);
    return std::unexpected(std::move(e));
  }

  std::expected<void, MessageError> request() {
    if (envelope_.result || envelope_.error) {
      return fail(invalid_request, "a message has either \"method\" or \"result\"/\"error\", not both");
    }
    if (!envelope_.method.is_string() || envelope_.method.string().empty()) {
      return fail(invalid_request, "\"method\" must be a string that is not empty");
    }
    out_.kind = envelope_.id ? Kind::request : Kind::notification;
    if (envelope_.id && !read_id(envelope_.id, out_.id)) {
      return fail(invalid_request, "\"id\" must be a string or a whole number");
    }
    out_.method_name = envelope_.method.string();
    out_.method = find_method(out_.method_name);
    if (envelope_.params && !envelope_.params.is_object()) {
      return fail(invalid_params, "\"params\" must be an object");
    }
    out_.params = envelope_.params;
    if (auto checked = check_params(); !checked) return checked;
    return {};
  }

  std::expected<void, MessageError> answer() {
    if (envelope_.result && envelope_.error) {
      return fail(invalid_request, "an answer has either \"result\" or \"error\", not both");
    }
    if (!envelope_.result && !envelope_.error) {
      return fail(invalid_request, "a message needs \"method\", \"result\" or \"error\"");
    }
    out_.kind = envelope_.result ? Kind::result : Kind::error;
    out_.result = envelope_.result;
    out_.error = envelope_.error;
    const bool nameless = !envelope_.id || envelope_.id.is_null();
    if (nameless && out_.kind == Kind::error) return {};  // an error that belongs to no request
    if (nameless || !read_id(envelope_.id, out_.id)) {
      return fail(invalid_request, "an answer's \"id\" must be a string or a whole number");
    }
    if (out_.kind == Kind::error && !envelope_.error.is_object()) {
      return fail(invalid_request, "\"error\" must be an object");
    }
    if (out_.kind == Kind::result) out_.meta = out_.result.find("_meta");
    return {};
  }

  std::expected<void, MessageError> check_params() {
    static constexpr std::array<std::string_view, 1> only_meta = {"_meta"};
    const std::span<const std::string_view> names = out_.method ? out_.method->params : std::span(only_meta);
    for (const json::Member m : out_.params.members()) {
      if (m.key == "_meta") {
        out_.meta = m.value;
      } else if (const std::string_view name = look_alike(m.key, names); !name.empty()) {
        return fail(invalid_params, "params: key " + quoted(m.key) + " looks like \"" + std::string(name) +
                                        "\" but is not it; send \"" + std::string(name) + "\"");
      }
    }
    if (out_.meta && !out_.meta.is_object()) return fail(invalid_params, "params._meta must be an object");
    if (auto checked = check_meta(); !checked) return checked;
    return out_.method && sender_ == Direction::client_to_server ? check_targets()
                                                                 : std::expected<void, MessageError>();
  }

  // io.modelcontextprotocol/* in any other case would be read by a peer that ignores case.
  std::expected<void, MessageError> check_meta() {
    for (const json::Member m : out_.meta.members()) {
      const bool exact = m.key.starts_with(meta_prefix);
      if (!exact && folded_prefix(m.key)) {
        return fail(invalid_params, "params._meta: key " + quoted(m.key) + " looks like \"" + std::string(meta_prefix) +
                                        "…\" but is not it");
      }
      if (exact) {
        if (auto twin = twin_of(m); !twin.empty()) {
          return fail(invalid_params, "params._meta: keys " + quoted(m.key) + " and " + quoted(twin) + " look alike");
        }
      }
    }
    return {};
  }

  // By characters: a folded letter may take more bytes.
  static bool folded_prefix(std::string_view key) {
    std::size_t at = 0;
    std::size_t i = 0;
    while (i < meta_prefix.size() && at < key.size()) {
      if (base::fold(base::decode_utf8(key, at)) != base::fold(static_cast<unsigned char>(meta_prefix[i])))
        return false;
      ++i;
    }
    return i == meta_prefix.size();
  }

  std::string_view twin_of(const json::Member& member) {
    for (const json::Member other : out_.meta.members()) {
      if (base::is_look_alike(other.key, member.key)) return other.key;
    }
    return {};
  }

  // Names that rules are looked up by must be what every peer will read as that name.
  std::expected<void, MessageError> check_targets() {
    const auto need_string = [&](std::string_view key) -> std::expected<void, MessageError> {
      const json::Value v = out_.params.find(key);
      if (v.is_string()) return {};
      return fail(invalid_params, std::string(out_.method_name) + ": params." + std::string(key) + " must be a string");
    };
    switch (out_.method->ruling) {
      case Ruling::tool:
      case Ruling::prompt: {
        if (auto named = need_string("name"); !named) return named;
        const json::Value arguments = out_.params.find("arguments");
        if (arguments && !arguments.is_object()) {
          return fail(invalid_params, std::string(out_.method_name) + ": params.arguments must be an object");
        }
        return {};
      }
      case Ruling::resource:
        return need_string("uri");
      case Ruling::completion:
        return check_completion();
      case Ruling::listen:
        return check_listen();
      case Ruling::plumbing:
      case Ruling::ask:
        return {};
    }
    return {};
  }

  std::expected<void, MessageError> check_completion() {
    static constexpr std::array<std::string_view, 3> names = {"type", "name", "uri"};
    const json::Value ref = out_.params.find("ref");
    if (!ref.is_object()) return fail(invalid_params, "completion/complete: params.ref must be an object");
    for (const json::Member m : ref.members()) {
      if (!look_alike(m.key, names).empty()) {
        return fail(invalid_params, "completion/complete: params.ref: key " + quoted(m.key) + " looks like another");
      }
    }
    const std::string_view type = ref.find("type").string();
    const std::string_view key = type == "ref/prompt" ? "name" : type == "ref/resource" ? "uri" : "";
    if (key.empty()) {
      return fail(invalid_params, "completion/complete: params.ref.type must be \"ref/prompt\" or \"ref/resource\"");
    }
    if (!ref.find(key).is_string()) {
      return fail(invalid_params, "completion/complete: params.ref." + std::string(key) + " must be a string");
    }
    return {};
  }

  std::expected<void, MessageError> check_listen() {
    static constexpr std::array<std::string_view, 5> names = {
        "toolsListChanged", "promptsListChanged", "resourcesListChanged", "resourceSubscriptions", "taskIds"};
    const json::Value wanted = out_.params.find("notifications");
    if (!wanted) return {};
    if (!wanted.is_object())
      return fail(invalid_params, "subscriptions/listen: params.notifications must be an object");
    for (const json::Member m : wanted.members()) {
      if (!look_alike(m.key, names).empty()) {
        return fail(invalid_params, "subscriptions/listen: key " + quoted(m.key) + " looks like another");
      }
    }
    const json::Value uris = wanted.find("resourceSubscriptions");
    if (!uris || uris.is_null()) return {};
    if (!uris.is_array()) return fail(invalid_params, "subscriptions/listen: resourceSubscriptions must be an array");
    for (const json::Value uri : uris.elements()) {
      if (!uri.is_string()) {
        return fail(invalid_params, "subscriptions/listen: resourceSubscriptions must hold strings only");
      }
    }
    return {};
  }

  json::Value root_;
  Direction sender_;
  Message& out_;
  Envelope envelope_;
  std::string alike_;
};

}  // namespace

std::expected<void, MessageError> read_message(json::Value root, Direction sender, Message& out) {
  out.kind = Kind::request;
  out.id.text.clear();
  out.id.key.clear();
  out.method_name = {};
  out.method = nullptr;
  out.root = root;
  out.params = out.result = out.error = out.meta = json::Value();
  return Checker(root, sender, out).run();
}

std::string_view declared_revision(const Message& message) {
  return message.meta.find("io.modelcontextprotocol/protocolVersion").string();
}

bool is_modern(const Message& message) {
  // Revisions are dates: text order is time order.
  return declared_revision(message) >= std::string_view("2026-07-28");
}

std::string_view target_name(const Message& message) {
  if (message.method == nullptr) return {};
  switch (message.method->ruling) {
    case Ruling::tool:
    case Ruling::prompt:
      return message.params.find("name").string();
    case Ruling::resource:
      return message.params.find("uri").string();
    case Ruling::completion: {
      const json::Value ref = message.params.find("ref");
      return ref.find("type").string() == "ref/prompt" ? ref.find("name").string() : ref.find("uri").string();
    }
    default:
      return {};
  }
}

}  // namespace mcp
