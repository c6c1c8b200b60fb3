// One mutex, two queues and a pipe that wakes the loop. Tasks are handed over by pointer, so that what a task holds is
// moved, run and destroyed only where worker.h says.
#include "net/worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "net/os.h"

namespace net {
namespace {

constexpr std::size_t stack_bytes = std::size_t{1} << 20;

// The new thread inherits the mask: there is no moment at which it could take a signal.
int create_thread(pthread_t& thread, void* (*body)(void*), void* argument) {
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) return error;
  pthread_attr_setstacksize(&attributes, stack_bytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread, &attributes, body, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

Worker::Worker(Loop& loop) : loop_(loop) {}

Worker::~Worker() {
  if (!started_) return;
  {
    std::deque<std::unique_ptr<Task>> dropped;
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  given_.notify_one();
  pthread_join(thread_, nullptr);
  watch_.reset();
}

base::Result<void> Worker::start() {
  auto pipe = os::make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  wake_read_ = Descriptor::own(pipe->read_end);
  wake_write_ = Descriptor::own(pipe->write_end);
  const auto body = [](void* self) -> void* {
    static_cast<Worker*>(self)->work();
    return nullptr;
  };
  if (const int error = create_thread(thread_, body, this); error != 0) {
    wake_read_.close();
    wake_write_.close();
    return base::fail(std::string("cannot start the helper thread: ") + std::strerror(error));
  }
  started_ = true;
  watch_ = std::make_unique<Watch>(loop_, wake_read_.fd(), [this](Watch::Ready) { deliver(); });
  watch_->set(true, false);
  return {};
}

base::Result<void> Worker::run(Work job, Work done) {
  if (jobs_ >= max_jobs)
    return base::fail("the helper thread is busy: " + std::to_string(max_jobs) + " jobs wait for it; try again later");
  if (!started_) {
    if (auto begun = start(); !begun) return begun;
  }
  ++jobs_;
  auto task = std::make_unique<Task>(std::move(job), std::move(done));
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  given_.notify_one();
  return {};
}

// The life of the thread.
void Worker::work() {
  os::set_thread_name("intercept-work");
  std::unique_lock lock(mutex_);
  for (;;) {
    given_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::unique_ptr<Task> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task->job();
    task->job = nullptr;
    lock.lock();
    finished_.push_back(std::move(task));
    if (finished_.size() == 1) static_cast<void>(wake_write_.write("!"));
  }
}

void Worker::deliver() {
  std::array<char, 16> bytes;
  static_cast<void>(wake_read_.read(bytes));
  std::vector<std::unique_ptr<Task>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(finished_);
  }
  for (auto& task : batch) {
    --jobs_;
    task->done();
    task.reset();
  }
}

}  // namespace net
