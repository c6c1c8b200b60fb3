// One class for both kinds: what differs (moving bytes, the handshake, the end) asks whether there is a TlsSession.
//
// Callbacks are made from two places only, on_ready (the watch) and run_posted (what a call of the handler's own found
// out and must not report itself). The stream may be destroyed or closed in any of them: the implementation then stays
// until the loop has left it (~Stream), so that it is enough to ask open() after each.
#include "net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/tls_session.h"

namespace net {
namespace {

// What one stream may read in one turn of the loop: one that floods must not starve the others.
constexpr std::size_t turn_limit = std::size_t{64} << 10;
// What one stream gives to the kernel at a time: for the same reason (encrypting it takes a tenth of a millisecond).
constexpr std::size_t push_limit = std::size_t{256} << 10;
// A queue that is never empty must not grow at its written front.
constexpr std::size_t front_limit = std::size_t{256} << 10;

Step step_of(const Io& io) {
  Step step{io.status, io.bytes, {}};
  if (io.status == Io::Status::broken) step.error = error_words(io.error);
  return step;
}

}  // namespace

class Stream::Impl : public std::enable_shared_from_this<Stream::Impl> {
 public:
  Impl(Loop& l, Descriptor s, Handler& h, std::unique_ptr<TlsSession> t)
      : loop(l),
        socket(std::move(s)),
        handler(&h),
        tls(std::move(t)),
        peer(SocketAddress::peer_of(socket.fd()).value_or(SocketAddress())),
        secured(tls == nullptr),
        watch(loop, socket.fd(), [this](Watch::Ready ready) { on_ready(ready); }) {}

  bool open() const { return socket.is_open(); }
  std::size_t queued() const { return queue.size() - sent; }
  std::uint64_t written() const { return taken + (tls ? tls->exposed() : 0); }
  void begin();
  void resume();
  void pause();
  void write(std::string& data);
  void finish();
  void close(bool reset);
  bool is_quiet();

  Stream* stream = nullptr;
  Loop& loop;
  Descriptor socket;
  Handler* handler;
  std::unique_ptr<TlsSession> tls;
  SocketAddress peer;
  bool calling = false;  // a callback is running

 private:
  // What run_posted has to do.
  struct Posted {
    bool read = false, drained = false, broken = false;
    bool any() const { return read || drained || broken; }
  };

  void on_ready(Watch::Ready ready);
  void handle(Watch::Ready ready);
  void run_posted();
  void post(bool Posted::* what);
  void want();
  void shake_hands();
  Step read_some(std::span<char> into) { return tls ? tls->read(into) : step_of(socket.read(into)); }
  void read_turn();
  std::size_t push(std::string_view data);
  void flush();
  void send_end();
  void fail(const std::string& words);
  void look_at_hang_up();
  void report_end(const std::string& words);
  void shut();
  void deliver_rest();

  std::string queue;
  std::size_t sent = 0;     // of the queue
  std::uint64_t taken = 0;  // by the kernel, of all that was given to write()
  std::string broken;       // what happened; run_posted will report it
  Posted posted;
  bool secured;
  bool reading = false;
  bool read_ended = false;
  bool finishing = false;
  bool write_ended = false;
  bool hung_up = false;  // both directions have ended in order: the system would tell us for ever
  Watch watch;           // last: it goes first
};

// --- what the loop calls ---------------------------------------------------------------------------------------------

void Stream::Impl::on_ready(Watch::Ready ready) {
  calling = true;
  handle(ready);
  calling = false;
}

void Stream::Impl::handle(Watch::Ready ready) {
  if (!secured) {
    shake_hands();
    if (!secured || !open()) return;
  }
  if ((queued() > 0 || (finishing && !write_ended)) && (ready.write || tls)) {
    flush();
    if (!open() || !broken.empty()) return;
  }
  if (reading && !read_ended) return read_turn();
  if (ready.broken) look_at_hang_up();
}

void Stream::Impl::post(bool Posted::* what) {
  const bool waiting = posted.any();
  posted.*what = true;
  if (!waiting) loop.post([self = shared_from_this()] { self->run_posted(); });
}

void Stream::Impl::run_posted() {
  const Posted what = std::exchange(posted, {});
  if (!open()) return;
  calling = true;
  if (what.broken) {
    deliver_rest();
  } else if (!secured) {
    shake_hands();
  } else {
    if (what.drained) handler->on_drained(*stream);
    if (what.read && open() && broken.empty() && reading && !read_ended) read_turn();
  }
  calling = false;
}

void Stream::Impl::want() {
  if (!open()) return;
  if (!broken.empty()) return watch.set(false, false);
  if (!secured) return watch.set(true, tls->wants_write());
  const bool reads = reading && !read_ended;
  const bool write = queued() > 0 || (finishing && !write_ended) || (reads && tls && tls->wants_write());
  watch.set(reads, write, !hung_up);
}

// --- reading ---------------------------------------------------------------------------------------------------------

void Stream::Impl::resume() {
  reading = true;
  want();
  if (secured && !read_ended && tls && tls->buffered()) post(&Posted::read);
}

void Stream::Impl::pause() {
  reading = false;
  want();
}

void Stream::Impl::read_turn() {
  [[clang::uninitialized]] std::array<char, turn_limit> buffer;
  for (std::size_t total = 0; total < turn_limit;) {
    const Step step = read_some(buffer);
    switch (step.status) {
      case Io::Status::again:
        return want();
      case Io::Status::end:
        read_ended = true;
        want();
        return handler->on_end(*stream, {});
      case Io::Status::broken:
        return report_end(step.error);
      case Io::Status::ok:
        break;
    }
    total += step.bytes;
    handler->on_bytes(*stream, std::string_view(buffer.data(), step.bytes));
    if (!open() || !broken.empty() || !reading) return;
    if (!tls) return;  // the socket tells whether there is more
  }
  if (tls->buffered()) post(&Posted::read);
}

// Writing has failed; what the peer had sent before may still be in the system and says why, perhaps.
void Stream::Impl::deliver_rest() {
  [[clang::uninitialized]] std::array<char, turn_limit> buffer;
  while (reading && !read_ended) {
    const Step step = read_some(buffer);
    if (step.status != Io::Status::ok) break;
    handler->on_bytes(*stream, std::string_view(buffer.data(), step.bytes));
    if (!open()) return;
  }
  report_end(broken);
}

// The peer is gone, or both directions have ended.
void Stream::Impl::look_at_hang_up() {
  const std::string words = connect_error(socket.fd());
  if (!words.empty()) return report_end(words);
  hung_up = true;
  want();
}

void Stream::Impl::report_end(const std::string& words) {
  shut();
  handler->on_end(*stream, words);
}

// --- writing ---------------------------------------------------------------------------------------------------------

void Stream::Impl::write(std::string& data) {
  if (!open() || finishing || !broken.empty() || data.empty()) return data.clear();
  if (queued() > 0) {
    queue.append(data);
  } else {
    const std::size_t n = secured ? push(data) : 0;
    if (n < data.size() && broken.empty()) {  // no copy: the rest stays where it is
      queue.swap(data);
      sent = n;
      want();
    }
  }
  data.clear();
}

// Gives as much of `data` to the kernel as it takes, within the limit.
std::size_t Stream::Impl::push(std::string_view data) {
  std::size_t done = 0;
  while (done < std::min(data.size(), push_limit)) {
    const std::string_view rest = data.substr(done, push_limit);
    const Step step = tls ? tls->write(rest) : step_of(socket.write(rest));
    if (step.status == Io::Status::broken) {
      fail(step.error);
      break;
    }
    if (step.status != Io::Status::ok) break;
    done += step.bytes;
    taken += step.bytes;
    if (!tls && step.bytes < rest.size()) break;  // the kernel is full
  }
  return done;
}

void Stream::Impl::flush() {
  const bool had = queued() > 0;
  if (had) {
    const std::size_t n = push(std::string_view(queue).substr(sent));
    if (!broken.empty()) return;  // and the queue is gone
    sent += n;
    if (queued() > 0) {
      if (sent > front_limit && sent > queue.size() / 2) {
        queue.erase(0, sent);
        sent = 0;
      }
      return;
    }
    std::string().swap(queue);
    sent = 0;
  }
  if (finishing) send_end();
  want();
  if (!broken.empty() || (finishing && !write_ended)) return;
  handler->on_drained(*stream);
}

void Stream::Impl::finish() {
  if (!open() || finishing) return;
  finishing = true;
  if (secured && queued() == 0 && broken.empty()) {
    send_end();
    if (write_ended) post(&Posted::drained);
  }
  want();
}

void Stream::Impl::send_end() {
  if (tls) {
    const Step step = tls->end();
    if (step.status == Io::Status::broken) return fail(step.error);
    if (step.status == Io::Status::again) return;
  }
  ::shutdown(socket.fd(), SHUT_WR);
  write_ended = true;
}

// Writing is over; reported from the loop: the caller is in the middle of something.
void Stream::Impl::fail(const std::string& words) {
  broken = words;
  std::string().swap(queue);
  sent = 0;
  want();
  post(&Posted::broken);
}

// --- beginning and end -----------------------------------------------------------------------------------------------

void Stream::Impl::begin() {
  if (tls == nullptr) return want();
  const Step step = tls->handshake();
  if (step.status == Io::Status::broken) return fail(step.error);
  // A peer that is quick may have it complete at once, and its next bytes with us: the socket tells of neither.
  if (step.status == Io::Status::ok) post(&Posted::read);
  want();
}

void Stream::Impl::shake_hands() {
  const Step step = tls->handshake();
  if (step.status == Io::Status::broken) return report_end(step.error);
  if (step.status != Io::Status::ok) return want();
  secured = true;
  want();
  handler->on_secured(*stream);
  if (open() && reading && tls->buffered()) post(&Posted::read);
}

void Stream::Impl::close(bool reset) {
  if (!open()) return;
  if (reset) {
    const linger now{1, 0};
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else if (tls && secured && !finishing && queued() == 0 && broken.empty()) {
    static_cast<void>(tls->end());  // a courtesy; whether it goes out is not waited for
  }
  shut();
}

void Stream::Impl::shut() {
  watch.set(false, false);
  socket.close();
  std::string().swap(queue);
  sent = 0;
}

bool Stream::Impl::is_quiet() {
  if (!open() || !secured || read_ended || !broken.empty()) return false;
  char byte = 0;
  const ssize_t n = ::recv(socket.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool nothing = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  if (!tls || (nothing && !tls->buffered())) return nothing;
  if (tls->quiet()) return true;
  if (reading) post(&Posted::read);  // the socket no longer tells of it
  return false;
}

// --- the handle ------------------------------------------------------------------------------------------------------

Stream::Stream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) { impl_->stream = this; }

Stream::~Stream() {
  impl_->close(false);
  // In one of its own callbacks: what the callback runs in must stay until it returns.
  if (impl_->calling) impl_->loop.post([held = impl_] {});
}

std::unique_ptr<Stream> Stream::make(Loop& loop, Descriptor socket, Handler& handler, std::unique_ptr<TlsSession> tls) {
  auto impl = std::make_shared<Impl>(loop, std::move(socket), handler, std::move(tls));
  std::unique_ptr<Stream> stream(new Stream(impl));
  impl->begin();
  return stream;
}

std::unique_ptr<Stream> Stream::tcp(Loop& loop, Descriptor socket, Handler& handler) {
  return make(loop, std::move(socket), handler, nullptr);
}

std::unique_ptr<Stream> Stream::tls_client(Loop& loop, Descriptor socket, Handler& handler,
                                           std::shared_ptr<const TlsClient> tls, const std::string& name) {
  auto session = TlsSession::client(socket.fd(), std::move(tls), name);
  return make(loop, std::move(socket), handler, std::move(session));
}

std::unique_ptr<Stream> Stream::tls_server(Loop& loop, Descriptor socket, Handler& handler,
                                           std::shared_ptr<const TlsServer> tls) {
  auto session = TlsSession::server(socket.fd(), std::move(tls));
  return make(loop, std::move(socket), handler, std::move(session));
}

void Stream::set_handler(Handler& handler) { impl_->handler = &handler; }
void Stream::resume() { impl_->resume(); }
void Stream::pause() { impl_->pause(); }
void Stream::write(std::string& data) { impl_->write(data); }
void Stream::finish() { impl_->finish(); }
void Stream::close(bool reset) { impl_->close(reset); }
bool Stream::is_open() const { return impl_->open(); }
std::size_t Stream::queued() const { return impl_->queued(); }
std::uint64_t Stream::written() const { return impl_->written(); }
bool Stream::is_quiet() const { return impl_->is_quiet(); }
const SocketAddress& Stream::peer() const { return impl_->peer; }
Loop& Stream::loop() const { return impl_->loop; }

}  // namespace net
