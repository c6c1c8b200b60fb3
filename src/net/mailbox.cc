// See the header. One mutex, one queue and a pipe that wakes the loop.
#include "net/mailbox.h"

#include <array>
#include <utility>

#include "net/os.h"

namespace net {

base::Result<std::unique_ptr<Mailbox>> Mailbox::make() {
  auto pipe = os::make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  std::unique_ptr<Mailbox> box(new Mailbox);
  box->wake_read_ = Descriptor::own(pipe->read_end);
  box->wake_write_ = Descriptor::own(pipe->write_end);
  return box;
}

Mailbox::~Mailbox() { close(); }

void Mailbox::attach(Loop& loop) {
  watch_ = std::make_unique<Watch>(loop, wake_read_.fd(), [this](Watch::Ready) { deliver(); });
  watch_->set(true, false);
}

void Mailbox::close() {
  watch_.reset();
  std::vector<Work> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);  // destroyed when the lock is free: what it holds may post
}

void Mailbox::post(Work work) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(work));
  if (waiting_.size() == 1) static_cast<void>(wake_write_.write("!"));
}

void Mailbox::deliver() {
  std::array<char, 16> bytes;
  static_cast<void>(wake_read_.read(bytes));
  std::vector<Work> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(waiting_);
  }
  for (Work& work : batch) {
    work();
    work = nullptr;
  }
}

}  // namespace net
