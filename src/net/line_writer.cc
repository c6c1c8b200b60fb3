// Synchronous first, queue second; see the header.
#include "net/line_writer.h"

#include <cerrno>
#include <utility>

namespace net {

LineWriter::LineWriter(Loop& loop, Descriptor descriptor, Handler& handler, Options options)
    : loop_(loop),
      descriptor_(std::move(descriptor)),
      handler_(handler),
      options_(options),
      watch_(loop, descriptor_.fd(), [this](Watch::Ready ready) { on_ready(ready); }) {
  want_write(false);
}

LineWriter::~LineWriter() {
  *alive_ = false;
  close();
}

void LineWriter::want_write(bool yes) { watch_.set(false, yes, options_.watch_peer); }

void LineWriter::write(std::string& data) {
  if (!is_open() || finishing_ || data.empty()) return data.clear();
  if (queued() > 0) {
    queue_.append(data);
    return data.clear();
  }
  std::size_t taken = 0;
  while (taken < data.size()) {
    const Io io = descriptor_.write(std::string_view(data).substr(taken));
    if (io.status == Io::Status::broken) {
      data.clear();
      return fail(io.error);
    }
    if (io.status != Io::Status::ok) break;
    taken += io.bytes;
    written_ += io.bytes;
  }
  if (taken < data.size()) {  // no copy: the rest stays where it is
    queue_.swap(data);
    sent_ = taken;
    want_write(true);
  }
  data.clear();
}

void LineWriter::on_ready(Watch::Ready ready) {
  if (queued() > 0) return flush();
  if (ready.broken) fail(EPIPE);
}

void LineWriter::flush() {
  const Io io = descriptor_.write(std::string_view(queue_).substr(sent_));
  if (io.status == Io::Status::broken) return fail(io.error);
  if (io.status != Io::Status::ok) return;
  sent_ += io.bytes;
  written_ += io.bytes;
  if (queued() == 0) return drained();
  // A queue that is never empty must not grow at its written front.
  if (sent_ > (std::size_t{256} << 10) && sent_ > queue_.size() / 2) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
}

void LineWriter::drained() {
  sent_ = 0;
  if (queue_.capacity() > options_.keep) {
    std::string().swap(queue_);
  } else {
    queue_.clear();
  }
  want_write(false);
  if (finishing_) close();
  handler_.on_drained(*this);
}

void LineWriter::trim() {
  if (queued() == 0) std::string().swap(queue_);
}

void LineWriter::finish() {
  finishing_ = true;
  if (queued() == 0) close();
}

void LineWriter::close() {
  watch_.set(false, false);
  descriptor_.close();
  std::string().swap(queue_);
  sent_ = 0;
}

// Reported from the loop: the caller of write() is in the middle of a turn.
void LineWriter::fail(int error) {
  close();
  loop_.post([this, error, alive = alive_] {
    if (*alive) handler_.on_broken(*this, error);
  });
}

}  // namespace net
