// Writes whole lines to a descriptor: at once what the kernel takes, the rest when it can.
//
// What must stay true: bytes go out in the order in which they were given; written() counts exactly what the kernel has
// taken; after a failure nothing more is written and nothing is kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "net/descriptor.h"
#include "net/loop.h"

namespace net {

class LineWriter {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // The queue has become empty after it was not; if finish() was called, the descriptor is closed now.
    virtual void on_drained(LineWriter& writer) = 0;
    // The reader is gone (EPIPE) or the device failed. The descriptor is closed. Called once, from the loop, never from
    // within write().
    virtual void on_broken(LineWriter& writer, int error) = 0;
  };
  struct Options {
    bool watch_peer = false;     // report the peer's going although nothing is to be written
    std::size_t keep = 4 << 20;  // capacity of the queue that is kept for the next, until trim()
  };

  LineWriter(Loop& loop, Descriptor descriptor, Handler& handler, Options options);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes `data`, or takes it over for later; leaves it empty. Dropped if the writer is closed or broken.
  void write(std::string& data);
  // Closes when everything is written; write() has no effect from now on.
  void finish();
  // Closes now; what is queued is lost.
  void close();

  std::size_t queued() const { return queue_.size() - sent_; }
  std::uint64_t written() const { return written_; }
  // Gives memory back that is not needed now.
  void trim();
  std::size_t capacity() const { return queue_.capacity(); }
  bool is_open() const { return descriptor_.is_open(); }

 private:
  void on_ready(Watch::Ready ready);
  void flush();
  void fail(int error);
  void want_write(bool yes);
  void drained();

  Loop& loop_;
  Descriptor descriptor_;
  Handler& handler_;
  Options options_;
  Watch watch_;
  std::string queue_;  // sent_ bytes of it are written
  std::size_t sent_ = 0;
  std::uint64_t written_ = 0;
  bool finishing_ = false;
  // Outlived by work that was posted and finds it false when the writer is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace net
