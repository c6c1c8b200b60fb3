// The two readers: a Message each, seen from the side that its owner is on.
#include "http/reader.h"

#include <cassert>

#include "http/message.h"

namespace http {

class RequestReader::Impl : public Message {
 public:
  explicit Impl(const Limits& limits) : Message(Kind::request, limits, false) {}
};

RequestReader::RequestReader(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
Step RequestReader::read(std::string_view in) { return impl_->read(in); }
Step RequestReader::at_end() { return impl_->at_end(); }
void RequestReader::allow_body(std::uint64_t bytes) { impl_->allow_body(bytes); }
const RequestHead& RequestReader::head() const { return impl_->request(); }
const Refusal& RequestReader::refusal() const { return impl_->refusal(); }
bool RequestReader::idle() const { return impl_->idle(); }
bool RequestReader::reusable() const { return impl_->reusable(); }
void RequestReader::next() {
  assert(impl_->is_over());
  impl_->start(false);
}
void RequestReader::forget() { impl_->forget_head(); }

class ResponseReader::Impl : public Message {
 public:
  Impl(const Limits& limits, bool to_head) : Message(Kind::response, limits, to_head) {}
};

ResponseReader::ResponseReader(const Limits& limits, bool to_head) : impl_(std::make_unique<Impl>(limits, to_head)) {}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;
Step ResponseReader::read(std::string_view in) { return impl_->read(in); }
Step ResponseReader::at_end() { return impl_->at_end(); }
void ResponseReader::allow_body(std::uint64_t bytes) { impl_->allow_body(bytes); }
const ResponseHead& ResponseReader::head() const { return impl_->response(); }
const Refusal& ResponseReader::refusal() const { return impl_->refusal(); }
bool ResponseReader::idle() const { return impl_->idle(); }
bool ResponseReader::reusable() const { return impl_->reusable(); }
void ResponseReader::next(bool to_head) {
  assert(impl_->is_over());
  impl_->start(to_head);
}

}  // namespace http
