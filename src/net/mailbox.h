// Work for the loop of another thread: what is posted from any thread is done there, in order.
//
// What must stay true:
// - Work is run and destroyed on the loop's thread, or, after close(), on that of whoever closes or posts.
// - A turn of the loop that has no mail pays nothing; a burst wakes it once.
// - It bounds nothing: who posts bounds what he posts.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/loop.h"

namespace net {

class Mailbox {
 public:
  using Work = std::move_only_function<void()>;
  // Errors: no descriptors are left.
  static base::Result<std::unique_ptr<Mailbox>> make();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From now on `loop` does the work, what was posted before too. On the loop's thread, or before it runs; once.
  void attach(Loop& loop);
  // Drops what waits and what comes. On the loop's thread, or when it runs no more; before the loop is destroyed.
  void close();
  // Any thread. Called by the loop in a later turn, never from within post().
  void post(Work work);

 private:
  Mailbox() = default;
  void deliver();

  Descriptor wake_read_, wake_write_;
  std::unique_ptr<Watch> watch_;
  std::mutex mutex_;           // guards what follows
  std::vector<Work> waiting_;  // the first that comes in wakes the loop
  bool closed_ = false;
};

}  // namespace net
