// Boost.Beast's basic_parser behind grammar.h. Its callbacks only note what they are given.
#include "http/grammar.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cassert>
#include <limits>
#include <string>

namespace http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastView = beast::string_view;

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

// What Beast says, in our words. It sees only complete sections: asking for more means that the section is malformed.
Refusal refusal_of(const error_code& error) {
  using beast::http::error;
  const auto is = [&error](beast::http::error code) { return error == code; };
  if (is(error::bad_method)) return {400, "the request line does not begin with a method, one space and a target"};
  if (is(error::bad_target)) return {400, "the request target is empty or has characters that must be percent-encoded"};
  if (is(error::bad_version)) return {400, "the start line does not have the form that HTTP/1.1 demands"};
  if (is(error::bad_status)) return {400, "the status is not three digits and a space"};
  if (is(error::bad_reason)) return {400, "the reason phrase has characters that it may not have"};
  if (is(error::bad_field)) {
    return {400, "a header line is not a name, a colon and a value: no space may stand before the colon"};
  }
  if (is(error::bad_value)) return {400, "a header's value is not what its grammar allows"};
  if (is(error::bad_content_length) || is(error::multiple_content_length)) {
    return {400, "Content-Length must be one number in plain digits, and cannot stand beside Transfer-Encoding"};
  }
  if (is(error::bad_transfer_encoding)) {
    return {400, "Transfer-Encoding must be \"chunked\" once, and cannot stand beside Content-Length"};
  }
  if (is(error::bad_chunk_extension)) return {400, "a chunk's extension is malformed"};
  if (is(error::need_more)) return {400, "a line of the message is cut off in the middle"};
  if (is(error::bad_chunk)) return {400, "a chunk does not begin with its size in hexadecimal"};
  return {400, "the message is malformed"};
}

template <bool IsRequest>
class Parser final : public beast::http::basic_parser<IsRequest> {
 public:
  explicit Parser(RawHead& out) : out_(&out) {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());
    this->body_limit(boost::none);
  }

  Grammar::Chunk chunk;

 private:
  void on_request_impl(beast::http::verb /*verb*/, BeastView method, BeastView target, int version,
                       error_code& /*error*/) override {
    out_->method = view(method);
    out_->target = view(target);
    out_->minor_version = version == 10 ? 0 : 1;
  }
  void on_response_impl(int status, BeastView reason, int version, error_code& /*error*/) override {
    out_->status = static_cast<unsigned>(status);
    out_->reason = view(reason);
    out_->minor_version = version == 10 ? 0 : 1;
  }
  void on_field_impl(beast::http::field /*field*/, BeastView name, BeastView value, error_code& /*error*/) override {
    if (in_head_) out_->fields.push_back({view(name), view(value)});  // trailers are read and ignored
  }
  void on_header_impl(error_code& /*error*/) override { in_head_ = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*error*/) override {}
  std::size_t on_body_impl(BeastView body, error_code& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t size, BeastView extensions, error_code& /*error*/) override {
    chunk = {size, extensions.size()};
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, BeastView body, error_code& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(error_code& /*error*/) override {}

  RawHead* out_;
  bool in_head_ = true;
};

// Gives Beast all of `text`; that it leaves some is as wrong as that it wants more.
template <class AnyParser>
std::optional<Refusal> put(AnyParser& parser, std::string_view text) {
  if (parser.is_done()) return Refusal{400, "the message goes on after its end"};
  error_code error;
  const std::size_t taken = parser.put(boost::asio::const_buffer(text.data(), text.size()), error);
  if (error) return refusal_of(error);
  if (taken != text.size()) return Refusal{400, "the message can be read in two ways"};
  return std::nullopt;
}

template <class AnyParser>
bool framing_agrees(const AnyParser& parser, Framing framing, std::uint64_t length) {
  switch (framing) {
    case Framing::none:
      return parser.is_done();
    case Framing::length:
      return !parser.is_done() && !parser.chunked() && parser.content_length() == length;
    case Framing::chunked:
      return !parser.is_done() && parser.chunked() && !parser.content_length();
    case Framing::until_close:
      return !parser.is_done() && parser.need_eof();
  }
  return false;
}

}  // namespace

class Grammar::Impl {
 public:
  // A parser reads one message, so each has a new one, in the same place.
  std::optional<Parser<true>> request;
  std::optional<Parser<false>> response;

  template <class F>
  auto with(F f) {
    assert(request || response);
    return request ? f(*request) : f(*response);
  }
};

Grammar::Grammar() : impl_(std::make_unique<Impl>()) {}
Grammar::~Grammar() = default;
Grammar::Grammar(Grammar&&) noexcept = default;
Grammar& Grammar::operator=(Grammar&&) noexcept = default;

std::optional<Refusal> Grammar::request(std::string_view head, RawHead& out) {
  out.fields.clear();
  return put(impl_->request.emplace(out), head);
}

std::optional<Refusal> Grammar::response(std::string_view head, bool no_content, RawHead& out) {
  out.fields.clear();
  auto& parser = impl_->response.emplace(out);
  parser.skip(no_content);
  return put(parser, head);
}

bool Grammar::agrees(Framing framing, std::uint64_t content_length) const {
  return impl_->with([&](auto& parser) { return framing_agrees(parser, framing, content_length); });
}

std::optional<Refusal> Grammar::chunk(std::string_view section, Chunk& out) {
  return impl_->with([&](auto& parser) -> std::optional<Refusal> {
    auto refusal = put(parser, section);
    out = parser.chunk;
    if (!refusal && (out.size == 0) != parser.is_done()) return Refusal{400, "a chunk can be read in two ways"};
    return refusal;
  });
}

std::optional<Refusal> Grammar::chunk_data(std::string_view data) {
  return impl_->with([&](auto& parser) { return put(parser, data); });
}

}  // namespace http
