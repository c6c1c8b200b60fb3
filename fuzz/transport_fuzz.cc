// Properties of the pure pieces of MCP over HTTP. The first line says which, the rest is its input:
//   url      BASE, then references, one a line
//   text     a header value, and the same bytes as a text
//   guard    an HTTP request
//   mirrors  an HTTP head, an empty line, a message
//   schema   a message, then an inputSchema on the last line
//   ids      a script: "c SCOPE JSON" the client sends, "s JSON" the server, "f SCOPE" a scope is forgotten
//   header   --header
//   session  an id
// What must hold:
// - a URL that was read is written as a target and a Host that our readers take, reads back as itself, and never leaves
//   its origin by a reference that has no authority;
// - a text comes back from its header value; what was read as encoded has one spelling;
// - a guard answers every request, lets only listed paths through, and its fields can be written;
// - what is written from a body passes the check of that body;
// - ids come back as they were, once, to the scope that sent them, and no number is given twice;
// - a refusal of --header shows no value.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/reader.h"
#include "http/writer.h"
#include "json/writer.h"
#include "mcp/message.h"
#include "transport/forward.h"
#include "transport/guard.h"
#include "transport/header_text.h"
#include "transport/header_value.h"
#include "transport/ids.h"
#include "transport/mirrors.h"
#include "transport/session_id.h"
#include "transport/url.h"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

bool writes(const std::vector<http::OwnedField>& fields) {
  std::string out;
  auto head = http::HeadWriter::response(out, 200);
  for (const auto& field : fields) head.field(field.name, field.value);
  return head.length(0).done().has_value();
}

void check_url(const transport::Url& url) {
  FUZZ_CHECK(http::parse_authority(url.authority()).has_value());
  const std::string target = url.target();
  const auto read = http::parse_target(target);
  FUZZ_CHECK(read && read->scheme.empty() && read->path == url.path && read->query == url.query);
  const auto again = transport::parse_url(url.text());
  FUZZ_CHECK(again && *again == url);
  FUZZ_CHECK(transport::same_origin(*again, url));
  FUZZ_CHECK(!url.text().contains('@') || url.target().contains('@'));
}

void fuzz_url(std::string_view rest) {
  auto url = transport::parse_url(take_line(rest));
  if (!url) return;
  check_url(*url);
  while (!rest.empty()) {
    const std::string_view reference = take_line(rest);
    const auto next = transport::resolve(*url, reference);
    if (!next) continue;
    check_url(*next);
    const bool leads_away = reference.starts_with("//") || http::starts_with_ignoring_case(reference, "http");
    FUZZ_CHECK(leads_away || transport::same_origin(*url, *next));
    url = next;
  }
}

void fuzz_text(std::string_view bytes) {
  if (const auto text = transport::decode_text(bytes)) {
    const std::string value = transport::encode_text(*text);
    FUZZ_CHECK(transport::decode_text(value) == *text);
    if (bytes.starts_with("=?base64?") && bytes.ends_with("?=")) {
      FUZZ_CHECK(value == bytes || value == *text);  // canonical, or it needed no encoding
    }
  }
  std::string valid(bytes);
  for (char& c : valid) c = static_cast<char>(c & 0x7F);  // valid UTF-8
  FUZZ_CHECK(transport::decode_text(transport::encode_text(valid)) == valid);
  FUZZ_CHECK(writes({{"X-Text", transport::encode_text(valid)}}));
}

transport::Guard make_guard() {
  transport::GuardOptions options;
  options.sse_path = "/sse";
  options.message_path = "/message";
  options.oauth_metadata = true;
  options.allow_hosts = {"a.test", "b.test:81"};
  options.allow_origins = {"https://app.test", "http://localhost:6274"};
  return *transport::Guard::make(options);
}

void fuzz_guard(std::string_view bytes) {
  static const transport::Guard guard = make_guard();
  http::RequestReader reader;
  if (reader.read(bytes).event != http::Event::head) return;
  const http::RequestHead& head = reader.head();
  const transport::Caller caller{
      .port = 3000, .bound_to_loopback = true, .peer_is_loopback = true, .local_host = "127.0.0.1", .is_tls = false};
  const transport::Admission a = guard.judge(head, caller);
  FUZZ_CHECK(writes(a.fields));
  FUZZ_CHECK(a.served() || a.status == 204 || (a.status >= 400 && a.status < 500 && !a.reason.empty()));
  const auto origin = head.fields.find("Origin");
  if (origin && (a.served() || a.status == 204)) FUZZ_CHECK(transport::canonical_origin(*origin).has_value());
  if (a.served()) {
    FUZZ_CHECK(a.route != transport::Route::none && !head.path.contains('%'));
    FUZZ_CHECK(!head.fields.find("Content-Encoding") ||
               http::equal_ignoring_case(*head.fields.find("Content-Encoding"), "identity"));
  }
  const auto sent = transport::to_server(head.fields, {}, {}, nullptr);
  FUZZ_CHECK(writes(sent));
  for (const auto& field : sent) {
    FUZZ_CHECK(!http::equal_ignoring_case(field.name, "Origin") && !http::equal_ignoring_case(field.name, "Host"));
  }
  FUZZ_CHECK(writes(transport::to_client(head.fields, true)));
}

std::vector<http::Field> views(const std::vector<http::OwnedField>& fields) {
  std::vector<http::Field> out;
  for (const auto& field : fields) out.push_back({field.name, field.value});
  return out;
}

// `text` as a client's message, or nothing.
struct Read {
  explicit Read(std::string_view text)
      : ok(document.read(text, json::Profile::strict) &&
           mcp::read_message(document.root(), mcp::Direction::client_to_server, message)) {}
  json::Document document;
  mcp::Message message;
  bool ok;
};

void fuzz_mirrors(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return;
  http::RequestReader reader;
  if (reader.read(bytes.substr(0, end + 4)).event != http::Event::head) return;
  const Read body(bytes.substr(end + 4));
  if (!body.ok) return;
  if (const auto fault = transport::check_mirrors(reader.head().fields, body.message, nullptr)) {
    FUZZ_CHECK(!fault->reason.empty() && fault->code != 0);
    return;
  }
  // What passed says nothing else than the body.
  if (!mcp::is_modern(body.message) || body.message.kind != mcp::Kind::request) return;
  FUZZ_CHECK(reader.head().fields.find("mcp-method") == body.message.method_name);
  const auto name = body.message.params.find(transport::name_source(body.message.method_name));
  if (transport::name_source(body.message.method_name).empty() || !name.is_string()) return;
  FUZZ_CHECK(transport::decode_text(*reader.head().fields.find("mcp-name")) == name.string());
}

void fuzz_schema(std::string_view bytes) {
  const std::string_view message = take_line(bytes);
  json::Document schema;
  if (!schema.read(bytes, json::Profile::tolerant)) return;
  const tools::ParamHeaders params = tools::read_param_headers(schema.root());
  FUZZ_CHECK(params.list.size() <= tools::max_param_headers);
  for (const auto& param : params.list) FUZZ_CHECK(http::is_token(param.name) && params.names(param.name));
  const Read body(message);
  if (!body.ok) return;
  const auto sent = transport::mirrors_of(body.message, &params);
  FUZZ_CHECK(writes(sent));
  if (sent.empty()) return;
  const auto fields = views(sent);
  // A revision or a method that must be encoded is one that no server knows: it is told so.
  if (sent[0].value != mcp::declared_revision(body.message) || sent[1].value != body.message.method_name) return;
  FUZZ_CHECK(!transport::check_mirrors(http::Fields(fields), body.message, &params));
}

struct IdScript {
  transport::Ids ids{{.max_requests = 8, .max_lingering = 2, .max_bytes = 4096}};
  std::map<std::string, std::pair<std::uint64_t, std::string>> open;  // our number: scope and id, as written
  std::set<std::string> given;

  void client(std::uint64_t scope, std::string_view text) {
    const Read body(text);
    if (!body.ok) return;
    std::string out;
    const auto sent = ids.to_server(scope, body.document.root(), out);
    FUZZ_CHECK(out.empty() == (sent != transport::Ids::Sent::written));
    if (out.empty()) return;
    FUZZ_CHECK(out.ends_with('\n') && out.find('\n') + 1 == out.size());
    json::Document line;
    FUZZ_CHECK(line.read(out, json::Profile::strict).has_value());
    if (body.message.kind != mcp::Kind::request) return;
    const std::string number(line.root().find("id").raw());
    FUZZ_CHECK(given.insert(number).second);
    open[number] = {scope, body.message.id.text};
  }

  void server(std::string_view text) {
    json::Document document;
    if (!document.read(text, json::Profile::tolerant)) return;
    std::string out;
    const auto received = ids.to_client(document.root(), out);
    FUZZ_CHECK(out.empty() == (received.fit == transport::Ids::Fit::nobody));
    if (out.empty()) return;
    FUZZ_CHECK(out.ends_with('\n') && out.find('\n') + 1 == out.size());
    if (!received.ends_request || document.root().find("method")) return;
    json::Document line;
    FUZZ_CHECK(line.read(out, json::Profile::tolerant).has_value());
    FUZZ_CHECK(received.scopes.size() == 1);
    const auto id = mcp::read_id(document.root().find("id"));
    FUZZ_CHECK(id.has_value());
    const auto it = open.find(id->key.substr(1));
    FUZZ_CHECK(it != open.end() && it->second.first == received.scopes[0]);
    std::string back;
    json::write(back, line.root().find("id"));
    FUZZ_CHECK(back == it->second.second);
    open.erase(it);  // answered once
  }

  void forget(std::uint64_t scope) {
    ids.forget(scope);
    std::erase_if(open, [&](const auto& entry) { return entry.second.first == scope; });
  }
};

void fuzz_ids(std::string_view rest) {
  IdScript script;
  std::set<std::uint64_t> scopes;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    if (line.size() < 3) continue;
    const char what = line[0];
    const auto scope = static_cast<std::uint64_t>(line[2] & 7);
    scopes.insert(scope);
    if (what == 'c' && line.size() > 4) script.client(scope, line.substr(4));
    if (what == 's') script.server(line.substr(2));
    if (what == 'f') script.forget(scope);
    FUZZ_CHECK(script.ids.in_flight() <= 8 && script.ids.kept() <= 10);
  }
  for (const std::uint64_t scope : scopes) script.forget(scope);
  FUZZ_CHECK(script.ids.kept() == 0);
}

void fuzz_header(std::string_view text) {
  const std::string secret = "s3cr3t-of-the-variable";
  if (text.contains(secret.substr(0, 10))) return;
  const transport::HeaderSources sources{
      .variable = [&](std::string_view name) { return name == "U" ? std::nullopt : std::optional(secret); },
      .file = [&](const std::string& path) -> base::Result<std::string> {
        if (path.size() > 10) return base::fail("no such file");
        return path.size() > 5 ? secret + "\nx" : secret + "\n";
      }};
  const auto read = transport::parse_header(text, sources);
  if (!read) {
    FUZZ_CHECK(read.error().message.starts_with("--header") && !read.error().message.contains(secret));
    return;
  }
  FUZZ_CHECK(read->shown.starts_with(read->field.name) && !read->shown.contains(secret));
  FUZZ_CHECK(writes({read->field}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view what = take_line(rest);
  if (what == "url") fuzz_url(rest);
  if (what == "text") fuzz_text(rest);
  if (what == "guard") fuzz_guard(rest);
  if (what == "mirrors") fuzz_mirrors(rest);
  if (what == "schema") fuzz_schema(rest);
  if (what == "ids") fuzz_ids(rest);
  if (what == "header") fuzz_header(rest);
  if (what == "session") {
    const auto id = transport::parse_session_id(rest);
    FUZZ_CHECK(!id || (id->text == rest && http::is_token(rest)));
  }
  return 0;
}
