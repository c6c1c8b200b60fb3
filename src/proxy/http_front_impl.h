// The inside of HttpFront: a metadata document that is being fetched.
#pragma once
#include <memory>
#include <string>

#include "httpio/client.h"
#include "proxy/http_front.h"

namespace proxy {

struct HttpFront::Fetch final : httpio::ResponseHandler {
  Fetch(HttpFront& owner, std::shared_ptr<httpio::ServerExchange> exchange)
      : front(owner), client(std::move(exchange)) {}
  void on_head(httpio::Exchange& exchange, const http::ResponseHead& head) override;
  void on_body(httpio::Exchange& exchange, std::string_view bytes) override;
  void on_done(httpio::Exchange& exchange) override;
  void on_failed(httpio::Exchange& exchange, const httpio::Failure& failure) override;
  void over();

  HttpFront& front;
  std::shared_ptr<httpio::ServerExchange> client;
  std::unique_ptr<httpio::Exchange> exchange;
  unsigned status = 0;
  std::string body;
};

}  // namespace proxy
