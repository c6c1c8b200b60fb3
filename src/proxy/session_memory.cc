// See the header.
#include "proxy/session_memory.h"

#include <utility>

#include "base/strings.h"
#include "json/document.h"

namespace proxy {
namespace {

constexpr std::size_t max_subscriptions = 1'000;

}  // namespace

void SessionMemory::remember(const ToServer& m) {
  if (m.method == "initialize") {
    *this = {};
    initialize = m.text;
  } else if (m.method == "notifications/initialized") {
    initialized = true;
  } else if (m.method == "logging/setLevel") {
    level = m.text;
  } else if (m.method == "resources/subscribe" && subscriptions.size() < max_subscriptions) {
    subscriptions.insert_or_assign(m.name, m.text);
  } else if (m.method == "resources/unsubscribe") {
    subscriptions.erase(m.name);
  }
}

std::deque<std::string> SessionMemory::steps() const {
  std::deque<std::string> out;
  out.push_back(initialize);
  if (initialized) out.emplace_back(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  if (!level.empty()) out.push_back(level);
  for (const auto& [uri, text] : subscriptions) out.push_back(text);
  return out;
}

std::string revision_of(std::string_view answer) {
  json::Document document;
  if (!document.read(answer, json::Profile::tolerant)) return {};
  const std::string_view revision = document.root().find("result").find("protocolVersion").string();
  return revision.size() <= 64 && base::printable(revision, 64) == revision ? std::string(revision) : std::string();
}

SessionRemaker::SessionRemaker(Remote& remote, std::vector<http::OwnedField> fields, std::deque<std::string> steps,
                               std::function<void(const Made&)> over)
    : remote_(remote), fields_(std::move(fields)), steps_(std::move(steps)), over_(std::move(over)) {
  next();
}

void SessionRemaker::next() {
  std::vector<http::OwnedField> fields = fields_;
  if (!made_.session.empty()) fields.push_back({"Mcp-Session-Id", made_.session});
  if (!made_.revision.empty()) {
    std::erase_if(fields, [](const http::OwnedField& f) { return http::same_name(f.name, "MCP-Protocol-Version"); });
    fields.push_back({"MCP-Protocol-Version", made_.revision});
  }
  std::string text = std::move(steps_.front());
  steps_.pop_front();
  exchange_ =
      std::make_unique<RemoteExchange>(remote_, remote_.request("POST", std::move(fields), std::move(text)), *this);
}

void SessionRemaker::on_head(RemoteExchange&, const http::ResponseHead& head, RemoteExchange::Content) {
  if (const auto id = head.fields.find("Mcp-Session-Id"); first_ && id) made_.session = *id;
}

void SessionRemaker::on_message(RemoteExchange&, std::string_view text, const http::SseEvent*) {
  if (first_ && made_.revision.empty()) made_.revision = revision_of(text);
}

void SessionRemaker::on_end(RemoteExchange&, const ExchangeEnd& end) {
  const bool ok = end.succeeded();
  if (first_ && !(ok && !made_.revision.empty())) {
    made_.why = !end.what.empty() ? end.what : "it answered initialize with HTTP " + std::to_string(end.status);
    return over_(made_);
  }
  first_ = false;
  if (!steps_.empty()) return next();
  made_.done = true;
  over_(made_);
}

}  // namespace proxy
