// See the header.
#include "proxy/remote.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "http/media.h"
#include "json/document.h"

namespace proxy {
namespace {

constexpr std::size_t max_error_body = 64 << 10;
constexpr int max_redirects = 3;
constexpr std::size_t max_connections = 100'000;

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_encoded(const http::Fields& fields) {
  const auto coding = fields.find("Content-Encoding");
  return coding && !http::same_name(*coding, "identity");
}

RemoteExchange::Content content_of(const http::ResponseHead& head) {
  if (!is_success(head.status)) return RemoteExchange::Content::message;
  // "Accepted": what comes of it comes elsewhere, and what servers write into it is for people.
  if (head.status == 202) return RemoteExchange::Content::none;
  const auto type = http::MediaType::parse(head.fields.value_or("Content-Type", ""));
  if (type && type->is("text/event-stream")) return RemoteExchange::Content::events;
  // Whatever it is called: a body to a request is read as a message, and what is none becomes an error for the call.
  return head.framing == http::Framing::none ? RemoteExchange::Content::none : RemoteExchange::Content::message;
}

httpio::Client::Options client_options(const RemoteOptions& options) {
  httpio::Client::Options out;
  out.limits.body_bytes = options.max_message;
  // What is open towards the server is bounded by what is open towards clients: here nobody shall wait for another.
  out.max_connections = max_connections;
  return out;
}

}  // namespace

bool may_speak_older(const ExchangeEnd& end) {
  if (end.how != ExchangeEnd::How::complete || !end.what.empty()) return false;
  const bool such =
      end.status == 400 || end.status == 404 || end.status == 405 || end.status == 406 || end.status == 415;
  json::Document document;
  const bool is_rpc = document.read(end.body, json::Profile::tolerant) && document.root().is_object() &&
                      document.root().find("error").is_object();
  return such && !is_rpc;
}

Remote::Remote(net::Loop& loop, net::Dialer& dialer, RemoteOptions options)
    : loop_(loop),
      options_(std::move(options)),
      name_(options_.url.shown()),
      target_(options_.url.target()),
      client_(loop, dialer, {options_.url.dial_host(), options_.url.port, options_.url.tls}, options_.url.authority(),
              client_options(options_)) {}

httpio::Request Remote::request(std::string_view method, std::vector<http::OwnedField> fields, std::string body,
                                std::string_view target) const {
  httpio::Request out;
  out.method = method;
  out.target = target.empty() ? target_ : std::string(target);
  out.body = std::move(body);
  out.fields = std::move(fields);
  for (const http::OwnedField& fixed : options_.fixed) {
    std::erase_if(out.fields, [&](const http::OwnedField& f) { return http::same_name(f.name, fixed.name); });
    out.fields.push_back(fixed);
  }
  return out;
}

RemoteExchange::RemoteExchange(Remote& remote, httpio::Request request, Handler& handler)
    : remote_(remote),
      request_(std::make_shared<httpio::Request>(std::move(request))),
      handler_(handler),
      events_(remote.options().max_message + 4096) {
  begin();
}

RemoteExchange::~RemoteExchange() {
  if (gone_ != nullptr) *gone_ = true;
}

void RemoteExchange::begin() {
  exchange_ = remote_.client().start(request_, *this);
  if (paused_) exchange_->pause();
}

void RemoteExchange::pause() {
  paused_ = true;
  if (exchange_ != nullptr) exchange_->pause();
}

void RemoteExchange::resume() {
  paused_ = false;
  if (exchange_ != nullptr) exchange_->resume();
}

// A redirect within the origin is followed; another ends the exchange. False: it is none.
bool RemoteExchange::redirected(const http::ResponseHead& head) {
  if (!is_redirect(head.status)) return false;
  const auto location = head.fields.find("Location");
  const auto place = location ? transport::resolve(remote_.options().url, *location) : base::fail("no Location");
  const std::string status = std::to_string(head.status);
  if (!place) {
    unusable_ = "it answered with a redirect (" + status + ") to nowhere";
  } else if (!transport::same_origin(*place, remote_.options().url)) {
    unusable_ = "it redirects to another server, " + base::printable(place->shown(), 200) +
                ", which is not followed; if that is right, name it with --upstream";
  } else if (head.status < 307) {
    unusable_ = "it redirects (" + status + ") to " + base::printable(place->shown(), 200) +
                "; name that with --upstream if it is right";
  } else if (++redirects_ > max_redirects) {
    unusable_ = "it redirects in circles";
  } else {
    follow_ = true;
    request_ = std::make_shared<httpio::Request>(*request_);
    request_->target = place->target();
  }
  return true;
}

void RemoteExchange::on_head(httpio::Exchange& exchange, const http::ResponseHead& head) {
  status_ = head.status;
  follow_ = false;
  unusable_.clear();
  if (redirected(head)) {
    content_ = Content::none;
    if (follow_) return;
  } else {
    content_ = content_of(head);
  }
  if (unusable_.empty() && is_encoded(head.fields)) {
    unusable_ = "its answer is compressed, although that was not asked for";
  }
  if (content_ == Content::events) exchange.allow_body(http::unlimited);
  handler_.on_head(*this, head, content_);
}

void RemoteExchange::on_body(httpio::Exchange&, std::string_view bytes) {
  if (follow_ || !unusable_.empty()) return;
  if (content_ == Content::events) return read_events(bytes);
  const std::size_t most = status_ > 299 ? max_error_body : remote_.options().max_message;
  body_.append(bytes.substr(0, most - std::min(most, body_.size())));
}

void RemoteExchange::read_events(std::string_view bytes) {
  bool gone = false;
  gone_ = &gone;
  while (!gone) {
    switch (events_.read(bytes)) {
      case http::SseFound::more:
        gone_ = nullptr;
        return;
      case http::SseFound::event: {
        const http::SseEvent& event = events_.event();
        const bool is_message = event.event.empty() || event.event == "message";
        if (is_message && event.data && !event.data->empty()) {
          handler_.on_message(*this, *event.data, &event);
        } else {
          handler_.on_event(*this, event);
        }
        break;
      }
      case http::SseFound::comment:
        handler_.on_comment(*this, events_.comment());
        break;
      case http::SseFound::refused:
        gone_ = nullptr;
        return end(
            {ExchangeEnd::How::cut,
             true,
             status_,
             remote_.name() + " sent an event of more than " + std::to_string(remote_.options().max_message) + " bytes",
             {}});
    }
  }
}

void RemoteExchange::on_done(httpio::Exchange&) {
  if (follow_) return begin();
  ExchangeEnd done;
  done.status = status_;
  if (!unusable_.empty()) {
    done.what = remote_.name() + ": " + unusable_;
    return end(done);
  }
  if (content_ == Content::message && is_success(status_) && !base::trimmed(body_).empty()) {
    bool gone = false;
    gone_ = &gone;
    handler_.on_message(*this, body_, nullptr);
    if (gone) return;
    gone_ = nullptr;
  } else {
    done.body = std::move(body_);
  }
  end(done);
}

void RemoteExchange::on_failed(httpio::Exchange&, const httpio::Failure& failure) {
  const bool idempotent = request_->method == "GET" || request_->method == "DELETE";  // RFC 9110 section 9.2.2
  if (failure.unheard && idempotent && !std::exchange(repeated_, true)) return begin();
  end({failure.in_body ? ExchangeEnd::How::cut : ExchangeEnd::How::failed, failure.sent, status_, failure.what, {}});
}

void RemoteExchange::end(const ExchangeEnd& how) {
  if (std::exchange(over_, true)) return;
  exchange_.reset();
  handler_.on_end(*this, how);
}

}  // namespace proxy
