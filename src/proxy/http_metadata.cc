// The two OAuth metadata documents of the server's origin (RFC 9728, RFC 8414), fetched without any credential and
// shown as our writer writes them.
#include <utility>

#include "json/document.h"
#include "json/writer.h"
#include "proxy/http_front_impl.h"

namespace proxy {
namespace {

constexpr std::size_t max_document = 256 << 10;
constexpr std::size_t max_fetches = 100;

}  // namespace

void HttpFront::fetch_metadata(const std::shared_ptr<httpio::ServerExchange>& exchange,
                               const transport::Admission& admission) {
  if (parts_.remote == nullptr) return respond_error(*exchange, 404, "nothing is served here");
  if (fetches_.size() >= max_fetches) return respond_error(*exchange, 429, "too many requests for metadata");
  const bool resource = admission.route == transport::Route::protected_resource;
  httpio::Request request;
  request.method = "GET";
  request.target = resource ? "/.well-known/oauth-protected-resource" : "/.well-known/oauth-authorization-server";
  const std::string& path = parts_.remote->options().url.path;
  if (admission.with_path && path != "/") request.target += path;
  request.fields = {{"Accept", "application/json"}, {"Accept-Encoding", "identity"}};
  auto fetch = std::make_unique<Fetch>(*this, exchange);
  Fetch* const raw = fetch.get();
  fetches_.emplace(raw, std::move(fetch));
  raw->exchange = parts_.remote->client().start(std::move(request), *raw);
}

void HttpFront::Fetch::on_head(httpio::Exchange&, const http::ResponseHead& head) { status = head.status; }

void HttpFront::Fetch::on_body(httpio::Exchange&, std::string_view bytes) {
  if (body.size() + bytes.size() <= max_document) {
    body += bytes;
  } else {
    status = 502;
  }
}

void HttpFront::Fetch::on_done(httpio::Exchange&) {
  json::Document document;
  std::string text;
  if (status == 200 && document.read(body, json::Profile::tolerant) && document.root().is_object()) {
    json::write(text, document.root());
    client->respond(200, "application/json", text);
  } else {
    respond_error(*client, status >= 400 && status < 500 ? status : 502, "the server has no such document");
  }
  over();
}

void HttpFront::Fetch::on_failed(httpio::Exchange&, const httpio::Failure& failure) {
  respond_error(*client, 502, failure.what);
  over();
}

void HttpFront::Fetch::over() {
  exchange.reset();
  front.fetches_.erase(this);
}

}  // namespace proxy
