// Finding the revision, and answering what a server asks meanwhile. dialogue_lists.cc has the lists.
#include "client/dialogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/strings.h"
#include "json/writer.h"
#include "mcp/errors.h"

namespace client {
namespace {

constexpr std::string_view modern = "2026-07-28";
// Of initialize, the newest first.
constexpr std::array<std::string_view, 4> older{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

constexpr std::size_t most_notes = 20, noise_shown = 160;

// "key": that of our own id.
std::string key_of(const std::string& number) {
  json::Document document;
  mcp::Id id;
  return document.read(number, json::Profile::strict) && mcp::read_id(document.root(), id) ? id.key : std::string();
}

bool names(json::Value list, std::string_view revision) {
  return std::ranges::any_of(list.elements(), [&](json::Value v) { return v.string() == revision; });
}

std::string shown(json::Value list) {
  std::string out;
  for (const json::Value v : list.elements()) {
    if (!v.is_string()) continue;
    out.append(out.empty() ? "" : ", ").append(base::printable(v.string(), 40));
    if (out.size() > 300) break;
  }
  return out.empty() ? "none" : out;
}

}  // namespace

void Dialogue::note(std::string text) {
  if (listing_.notes.size() < most_notes) listing_.notes.push_back(std::move(text));
}

void Dialogue::fail(std::string why) {
  if (failure_ || done()) return;
  failure_ = std::move(why);
  pending_.clear();
  outgoing_.clear();
}

std::string Dialogue::meta() const {
  std::string out;
  json::Composer c(out);
  c.open().member("io.modelcontextprotocol/protocolVersion", modern);
  c.key("io.modelcontextprotocol/clientInfo").open().member("name", "intercept").member("version", version_).close();
  c.key("io.modelcontextprotocol/clientCapabilities").open().close().close();
  return out;
}

// `params`: members, as JSON text without braces, or "".
void Dialogue::ask(std::string_view method, std::string_view params) {
  const std::string id = std::to_string(++last_id_);
  const bool is_modern = modern_ || method == "server/discover";
  Message m;
  m.method = method;
  m.id_key = key_of(id);
  m.modern = is_modern;
  m.text.append(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"method":)");
  json::write_string(m.text, method);
  std::string members(params);
  if (is_modern) members.append(members.empty() ? "" : ",").append("\"_meta\":").append(meta());
  if (!members.empty()) m.text.append(",\"params\":{").append(members).append("}");
  m.text += '}';
  pending_.push_back({m.id_key, m.method});
  outgoing_.push_back(std::move(m));
}

void Dialogue::tell(std::string_view method) {
  Message m;
  m.method = method;
  m.text = R"({"jsonrpc":"2.0","method":)";
  json::write_string(m.text, method);
  m.text += '}';
  outgoing_.push_back(std::move(m));
}

void Dialogue::begin(bool probe) {
  pending_.clear();
  outgoing_.clear();
  tried_.clear();
  if (probe) return ask("server/discover", "");
  initialize(0);
}

void Dialogue::probe_is_silent() {
  if (stage_ == Stage::discover && !failure_) initialize(0);
}

void Dialogue::initialize(std::size_t revision) {
  stage_ = Stage::initialize;
  tried_.insert(revision);
  offered_ = revision;
  std::string params;
  json::Composer c(params);
  c.open().member("protocolVersion", older[revision]).key("capabilities").open().close();
  c.key("clientInfo").open().member("name", "intercept").member("version", version_).close().close();
  ask("initialize", std::string_view(params).substr(1, params.size() - 2));
}

// Offers an older revision: the newest that the server names, or the next older one. False: there is none left.
bool Dialogue::initialize_older(json::Value supported) {
  for (std::size_t i = 0; i < older.size(); ++i) {
    if (tried_.contains(i) || (supported.is_array() && !names(supported, older[i]))) continue;
    initialize(i);
    return true;
  }
  return false;
}

bool Dialogue::waits_for(const std::string& id_key) const {
  return std::ranges::find(pending_, id_key, &Pending::id_key) != pending_.end();
}

std::string Dialogue::waiting_for() const { return pending_.empty() ? std::string() : pending_.back().method; }

// The method of the request that is answered now.
std::optional<std::string> Dialogue::answered(const std::string& id_key) {
  const auto it = std::ranges::find(pending_, id_key, &Pending::id_key);
  if (it == pending_.end()) return std::nullopt;
  std::string method = std::move(it->method);
  pending_.erase(it);
  return method;
}

Dialogue::Fault Dialogue::fault_of(json::Value error) {
  Fault fault{0, std::string(error.find("message").string()), error.find("data")};
  const std::string_view code = error.find("code").number();
  std::from_chars(code.data(), code.data() + code.size(), fault.code);
  return fault;
}

void Dialogue::on_text(std::string_view text) {
  if (failure_ || done()) return;
  json::Document document;
  if (document.read(text, json::Profile::tolerant)) {
    const json::Value root = document.root();
    if (root.is_object()) return on_value(root);
    if (root.is_array()) {  // 2025-03-26: a batch
      for (const json::Value one : root.elements()) on_value(one);
      return;
    }
  }
  on_noise(text);
}

void Dialogue::on_value(json::Value value) {
  if (failure_ || done()) return;
  const json::Value id = value.find("id"), error = value.find("error");
  // Servers that could not read a request answer without its id.
  if (error.is_object() && !value.find("method") && (!id || id.is_null()) && pending_.size() == 1)
    return on_fault(*answered(std::string(pending_.front().id_key)), fault_of(error));
  mcp::Message m;
  if (const auto read = mcp::read_message(value, mcp::Direction::server_to_client, m); !read) {
    const auto own = mcp::read_id(id);
    if (!value.find("method") && own && waits_for(own->key))
      return on_refused(*answered(own->key), "its answer is no JSON-RPC message: " + read.error().message);
    return on_noise(value.raw());
  }
  if (m.kind == mcp::Kind::request) return on_server_request(m);
  if (m.kind == mcp::Kind::notification) return;
  const auto method = answered(m.id.key);
  if (!method) return;
  m.kind == mcp::Kind::result ? on_result(*method, m.result) : on_fault(*method, fault_of(m.error));
}

void Dialogue::on_noise(std::string_view text) {
  if (base::trimmed(text).empty()) return;
  ++noise_lines_;
  if (noise_.empty()) noise_ = base::printable(base::trimmed(text), noise_shown);
}

// A server may ask of a client what this one cannot do; only whether it is there has an answer.
void Dialogue::on_server_request(const mcp::Message& m) {
  if (modern_) return note("it sent a request (" + base::printable(m.method_name, 60) + "), which 2026-07-28 forbids");
  Message answer;
  if (m.method_name == "ping") {
    answer.text = R"({"jsonrpc":"2.0","id":)" + m.id.text + R"(,"result":{}})";
  } else {
    mcp::append_error(answer.text, m.id.text, mcp::method_not_found, "this client only reads lists");
    answer.text.pop_back();  // the line end
  }
  outgoing_.push_back(std::move(answer));
}

void Dialogue::on_status(const std::string& id_key, unsigned status, std::string_view body) {
  if (failure_ || done()) return;
  const auto method = answered(id_key);
  if (!method) return;
  json::Document document;
  if (document.read(body, json::Profile::tolerant) && document.root().find("error").is_object()) {
    if (status != 401 && status != 403) return on_fault(*method, fault_of(document.root().find("error")));
  }
  if (status == 401 || status == 403) {
    return fail("the server wants other credentials (HTTP " + std::to_string(status) +
                "); give them with --header \"Authorization: Bearer ${TOKEN}\"");
  }
  on_refused(*method, "it answered with HTTP " + std::to_string(status));
}

void Dialogue::on_unanswered(const std::string& id_key, bool delivered, const std::string& how) {
  if (failure_ || done()) return;
  const auto method = answered(id_key);
  if (!method) return;
  if (!delivered) return fail(how);
  on_refused(*method, how);
}

void Dialogue::on_fault(const std::string& method, const Fault& fault) {
  const json::Value supported = fault.data.find("supported");
  const bool about_revision = fault.code == mcp::unsupported_protocol_version || supported.is_array();
  const std::string said =
      "it answered \"" + base::printable(fault.message, 300) + "\" (" + std::to_string(fault.code) + ")";
  if (method == "server/discover" && about_revision && stage_ == Stage::discover) {
    if (!initialize_older(supported)) fail("no revision is common: the server speaks " + shown(supported));
    return;
  }
  if (method == "initialize" && stage_ == Stage::initialize) {
    const bool may_be = about_revision || fault.code == mcp::invalid_params || fault.message.contains("ersion");
    if (may_be && initialize_older(supported)) return;
  }
  on_refused(method, said);
}

// The request came to nothing. What that means depends on what was asked.
void Dialogue::on_refused(const std::string& method, const std::string& why) {
  if (method == "server/discover") {
    if (stage_ == Stage::discover) initialize(0);
    return;  // else initialize is under way
  }
  if (method == "initialize") {
    if (stage_ == Stage::initialize) fail("the server refused initialize: " + why);
    return;
  }
  list_failed(why);
}

void Dialogue::on_result(const std::string& method, json::Value result) {
  if (method == "server/discover") {
    if (stage_ == Stage::discover || stage_ == Stage::initialize) read_discover(result);
  } else if (method == "initialize") {
    if (stage_ == Stage::initialize) read_initialize(result);
  } else {
    read_page(result);
  }
}

void Dialogue::read_discover(json::Value result) {
  const json::Value versions = result.find("supportedVersions");
  if (!names(versions, modern)) {
    if (stage_ == Stage::initialize) return;
    if (!versions.is_array()) return initialize(0);
    if (!initialize_older(versions)) fail("no revision is common: the server speaks " + shown(versions));
    return;
  }
  pending_.clear();  // initialize, if it is under way
  modern_ = true;
  listing_.protocol = modern;
  json::Value info = result.find("_meta").find("io.modelcontextprotocol/serverInfo");
  if (!info.is_object()) info = result.find("serverInfo");
  read_server(result, info);
}

void Dialogue::read_initialize(json::Value result) {
  const std::string_view revision = result.find("protocolVersion").string();
  if (revision.empty()) return fail("the server's answer to initialize names no protocolVersion");
  if (std::ranges::find(older, revision) == older.end()) {
    note("it answered initialize with revision \"" + base::printable(revision, 40) + "\", which was not offered");
  }
  pending_.clear();  // server/discover, if it is under way
  listing_.protocol = base::printable(revision, 40);
  tell("notifications/initialized");
  read_server(result, result.find("serverInfo"));
}

void Dialogue::read_server(json::Value result, json::Value info) {
  listing_.name = info.find("name").string();
  listing_.title = info.find("title").string();
  listing_.version = info.find("version").string();
  listing_.instructions = result.find("instructions").string();
  const json::Value capabilities = result.find("capabilities");
  listing_.capabilities.clear();
  if (capabilities.is_object()) {
    json::write(listing_.capabilities, capabilities);
  } else {
    listing_.capabilities = "{}";
    declared_.emplace("tools");
    note("it says nothing of its capabilities; it was asked for its tools all the same");
  }
  for (const json::Member m : capabilities.members())
    if (!m.value.is_null()) declared_.emplace(m.key);
  stage_ = Stage::lists;
  next_list();
}

}  // namespace client
