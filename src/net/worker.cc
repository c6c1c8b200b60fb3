// One mutex, a queue to the thread and a mailbox back. Tasks are handed over by pointer, so that what a task holds is
// moved, run and destroyed only where worker.h says.
#include "net/worker.h"

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
  if (answers_ == nullptr) return;
  {
    std::deque<std::unique_ptr<Task>> dropped;
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  given_.notify_one();
  pthread_join(thread_, nullptr);
  answers_->close();
}

base::Result<void> Worker::start() {
  auto answers = Mailbox::make();
  if (!answers) return std::unexpected(answers.error());
  const auto body = [](void* self) -> void* {
    static_cast<Worker*>(self)->work();
    return nullptr;
  };
  answers_ = std::move(*answers);
  answers_->attach(loop_);
  if (const int error = create_thread(thread_, body, this); error != 0) {
    answers_.reset();
    return base::fail(std::string("cannot start the helper thread: ") + std::strerror(error));
  }
  return {};
}

base::Result<void> Worker::run(Work job, Work done) {
  if (jobs_ >= max_jobs)
    return base::fail("the helper thread is busy: " + std::to_string(max_jobs) + " jobs wait for it; try again later");
  if (answers_ == nullptr) {
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
    answers_->post([this, task = std::move(task)] {
      --jobs_;
      task->done();
    });
    lock.lock();
  }
}

}  // namespace net
