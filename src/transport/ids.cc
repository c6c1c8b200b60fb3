// Numbers out, ids back.
#include "transport/ids.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

#include "json/writer.h"
#include "mcp/id.h"

namespace transport {
namespace {

constexpr std::string_view subscription_key = "io.modelcontextprotocol/subscriptionId";
constexpr std::string_view log_level_key = "io.modelcontextprotocol/logLevel";

// What stands in a message at `at` is written as `text`.
struct Edit {
  json::Value at;
  std::string_view text;
};

bool is_among(std::span<const json::Value> values, json::Value value) {
  return std::ranges::any_of(values, [&](json::Value v) { return v && v.same(value); });
}

// Copies `object` with the edits; `ways` are the objects that hold them. As deep as there are ways.
void write_edited(json::Composer& c, json::Value object, std::span<const json::Value> ways,
                  std::span<const Edit> edits) {
  c.open();
  for (const json::Member m : object.members()) {
    c.key(m.key);
    const auto edit = std::ranges::find_if(edits, [&](const Edit& e) { return e.at && e.at.same(m.value); });
    if (edit != edits.end()) {
      c.raw(edit->text);
    } else if (is_among(ways, m.value)) {
      write_edited(c, m.value, ways, edits);
    } else {
      c.value(m.value);
    }
  }
  c.close();
}

void write_line(std::string& out, json::Value message, std::span<const json::Value> ways, std::span<const Edit> edits) {
  json::Composer c(out);
  write_edited(c, message, ways, edits);
  out += '\n';
}

bool is_token(json::Value value) { return value.is_string() || value.is_number(); }

}  // namespace

Ids::Requests::iterator Ids::find(json::Value number) {
  const auto id = number.is_number() ? mcp::read_id(number) : std::nullopt;  // by value: 7 may come back as 7.0
  if (!id) return requests_.end();
  std::uint64_t value = 0;
  const char* const end = id->key.data() + id->key.size();
  const auto read = std::from_chars(id->key.data() + 1, end, value);
  return read.ec == std::errc() && read.ptr == end ? requests_.find(value) : requests_.end();
}

Ids::Requests::iterator Ids::in_flight(json::Value number) {
  const auto found = find(number);
  return found == requests_.end() || found->second.id_text.empty() ? requests_.end() : found;
}

void Ids::remove(Requests::iterator request) {
  bytes_ -= request->second.bytes();
  by_scope_.erase({request->second.scope, request->first});
  wants_logs_.erase({request->second.scope, request->first});
  lingering_.erase(request->first);
  requests_.erase(request);
}

// The answer was a task: progress goes on under the token.
void Ids::linger(Requests::iterator request) {
  bytes_ -= request->second.bytes();
  request->second.id_text.clear();
  request->second.id_key.clear();
  wants_logs_.erase({request->second.scope, request->first});
  bytes_ += request->second.bytes();
  lingering_.insert(request->first);
  if (lingering_.size() > options_.max_lingering) remove(requests_.find(*lingering_.begin()));
}

void Ids::forget(std::uint64_t scope) {
  for (auto it = by_scope_.lower_bound({scope, 0}); it != by_scope_.end() && it->first == scope;) {
    const std::uint64_t number = it->second;
    ++it;
    remove(requests_.find(number));
  }
}

Ids::Sent Ids::to_server(std::uint64_t scope, json::Value message, std::string& out) {
  const json::Value method = message.find("method");
  if (!method.is_string()) return Sent::dropped;
  if (message.find("id")) return request(scope, message, out);
  if (method.string() == "notifications/cancelled") return cancelled(scope, message, out);
  write_line(out, message, {}, {});
  return Sent::written;
}

Ids::Sent Ids::request(std::uint64_t scope, json::Value message, std::string& out) {
  const json::Value id = message.find("id");
  auto read = mcp::read_id(id);
  if (!read) return Sent::dropped;
  const json::Value params = message.find("params");
  const json::Value meta = params.find("_meta");
  const json::Value token = meta.find("progressToken");
  Request request{.scope = scope, .id_text = std::move(read->text), .id_key = std::move(read->key), .token_text = {}};
  if (is_token(token)) json::write(request.token_text, token);
  if (in_flight() >= options_.max_requests || bytes_ + request.bytes() > options_.max_bytes) return Sent::full;
  const std::uint64_t number = next_++;
  const std::string text = std::to_string(number);
  const json::Value ways[] = {params, meta};
  const Edit edits[] = {{id, text}, {request.token_text.empty() ? json::Value() : token, text}};
  write_line(out, message, ways, edits);
  bytes_ += request.bytes();
  by_scope_.insert({scope, number});
  if (meta.find(log_level_key).is_string()) wants_logs_.insert({scope, number});
  requests_.emplace(number, std::move(request));
  return Sent::written;
}

Ids::Sent Ids::cancelled(std::uint64_t scope, json::Value message, std::string& out) {
  const json::Value params = message.find("params");
  const json::Value id = params.find("requestId");
  const auto read = mcp::read_id(id);
  if (!read) return Sent::dropped;
  for (auto it = by_scope_.lower_bound({scope, 0}); it != by_scope_.end() && it->first == scope; ++it) {
    const auto request = requests_.find(it->second);
    if (request->second.id_key != read->key) continue;
    const std::string text = std::to_string(request->first);
    const json::Value ways[] = {params};
    const Edit edits[] = {{id, text}};
    write_line(out, message, ways, edits);
    remove(request);
    return Sent::written;
  }
  return Sent::dropped;
}

Ids::Received Ids::to_client(json::Value message, std::string& out) {
  if (!message.is_object()) return {};
  const json::Value method = message.find("method");
  if (!method) return answer(message, out);
  if (!message.find("id")) {
    if (method.string() == "notifications/progress") return progress(message, out);
    if (method.string() == "notifications/cancelled") return cancelled_by_server(message, out);
    const json::Value subscription = message.find("params").find("_meta").find(subscription_key);
    if (subscription) return subscribed(message, subscription, out);
    if (method.string() == "notifications/message") return logged(message, out);
  }
  write_line(out, message, {}, {});
  return {.fit = Fit::unscoped, .scopes = {}, .ends_request = false};
}

Ids::Received Ids::answer(json::Value message, std::string& out) {
  const json::Value id = message.find("id");
  const auto request = in_flight(id);
  if (request == requests_.end()) return {};
  const json::Value result = message.find("result");
  const json::Value meta = result.find("_meta");
  const json::Value subscription = meta.find(subscription_key);
  // It can name no other subscription than the one that it ends.
  const bool is_own = find(subscription) == request;
  const std::string id_text = request->second.id_text;
  const json::Value ways[] = {result, meta};
  const Edit edits[] = {{id, id_text}, {is_own ? subscription : json::Value(), id_text}};
  write_line(out, message, ways, edits);
  Received received{.fit = Fit::matched, .scopes = {request->second.scope}, .ends_request = true};
  const bool goes_on = result.find("resultType").string() == "task" && !request->second.token_text.empty();
  goes_on ? linger(request) : remove(request);
  return received;
}

Ids::Received Ids::progress(json::Value message, std::string& out) {
  const json::Value params = message.find("params");
  const json::Value token = params.find("progressToken");
  const auto request = find(token);
  if (request == requests_.end() || request->second.token_text.empty()) return {};
  const json::Value ways[] = {params};
  const Edit edits[] = {{token, request->second.token_text}};
  write_line(out, message, ways, edits);
  return {.fit = Fit::matched, .scopes = {request->second.scope}, .ends_request = false};
}

Ids::Received Ids::cancelled_by_server(json::Value message, std::string& out) {
  const json::Value params = message.find("params");
  const json::Value id = params.find("requestId");
  const auto request = in_flight(id);
  if (request == requests_.end()) return {};
  const json::Value meta = params.find("_meta");
  const json::Value subscription = meta.find(subscription_key);
  const bool is_own = find(subscription) == request;
  const json::Value ways[] = {params, meta};
  const Edit edits[] = {{id, request->second.id_text},
                        {is_own ? subscription : json::Value(), request->second.id_text}};
  write_line(out, message, ways, edits);
  Received received{.fit = Fit::matched, .scopes = {request->second.scope}, .ends_request = true};
  remove(request);
  return received;
}

Ids::Received Ids::subscribed(json::Value message, json::Value id, std::string& out) {
  const auto request = in_flight(id);
  if (request == requests_.end()) return {};
  const json::Value params = message.find("params");
  const json::Value ways[] = {params, params.find("_meta")};
  const Edit edits[] = {{id, request->second.id_text}};
  write_line(out, message, ways, edits);
  return {.fit = Fit::matched, .scopes = {request->second.scope}, .ends_request = false};
}

Ids::Received Ids::logged(json::Value message, std::string& out) const {
  write_line(out, message, {}, {});
  Received received{.fit = Fit::matched, .scopes = {}, .ends_request = false};
  for (const auto& [scope, number] : wants_logs_) {  // in the order of the scopes
    if (received.scopes.empty() || received.scopes.back() != scope) received.scopes.push_back(scope);
  }
  return received;
}

}  // namespace transport
