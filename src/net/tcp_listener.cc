// Accepts in bounded rounds. One descriptor is held in reserve: when none is left, it is given up for as long as it
// takes to accept a connection and close it; else the connection would stay in the queue, and the loop would spin.
#include "net/tcp_listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace net {
namespace {

constexpr int round_limit = 64;
constexpr base::Duration trouble_interval = std::chrono::seconds(1);
// How long nothing is accepted where even the reserve does not help.
constexpr base::Duration rest = std::chrono::milliseconds(100);

Descriptor open_reserve() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return fd < 0 ? Descriptor() : Descriptor::own(fd);
}

// What accept(2) says of a connection that is over before it was accepted, or of the network's passing troubles.
bool of_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct TcpListener::Impl {
  Impl(Loop& l, Descriptor s, const SocketAddress& a)
      : loop(l),
        socket(std::move(s)),
        reserve(open_reserve()),
        address(a),
        watch(loop, socket.fd(), [this](Watch::Ready) { round(); }),
        pause(loop, [this] { go_on(); }) {}

  Loop& loop;
  Descriptor socket;
  Descriptor reserve;
  SocketAddress address;
  std::function<void(Descriptor, const SocketAddress&)> accepted;
  std::function<void(const std::string&)> on_trouble;
  std::optional<base::BootTime> last_trouble;
  bool calling = false;  // in round(): a listener that is destroyed now leaves this to the loop
  Watch watch;
  Timer pause;

  void round();
  bool make_room(int error);
  void go_on();
  void stop();
};

void TcpListener::Impl::round() {
  calling = true;
  for (int i = 0; i < round_limit; ++i) {
    const int fd = ::accept4(socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK) break;
      if (of_one_connection(error)) continue;
      if (!make_room(error)) break;
      continue;
    }
    Descriptor connection = Descriptor::own(fd);
    set_up_connection(fd);
    const std::optional<SocketAddress> peer = SocketAddress::peer_of(fd);
    if (!peer) continue;  // it is over already
    accepted(std::move(connection), *peer);
    if (!socket.is_open()) break;
  }
  calling = false;
}

// A connection could not be accepted for lack of something: closes it if that can be done, else rests for a while.
// True: accepting may go on.
bool TcpListener::Impl::make_room(int error) {
  bool closed_one = false;
  if ((error == EMFILE || error == ENFILE) && reserve.is_open()) {
    reserve.close();
    const int fd = ::accept4(socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const bool nobody = fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);  // the system looks for a number first
    closed_one = fd >= 0;
    if (closed_one) static_cast<void>(Descriptor::own(fd));
    reserve = open_reserve();
    if (nobody) return false;
  }
  if (!closed_one) {
    watch.set(false, false);
    pause.after(rest);
  }
  const base::BootTime now = loop.clock().boot();
  if (!last_trouble || now - *last_trouble >= trouble_interval) {
    last_trouble = now;
    on_trouble("cannot accept a connection on " + address.text() + ": " + error_words(error));
  }
  return closed_one && socket.is_open();
}

void TcpListener::Impl::go_on() {
  if (!reserve.is_open()) reserve = open_reserve();
  watch.set(true, false);
}

void TcpListener::Impl::stop() {
  watch.set(false, false);
  pause.cancel();
  socket.close();
  reserve.close();
}

TcpListener::TcpListener(Loop& loop, Bound bound)
    : impl_(std::make_unique<Impl>(loop, std::move(bound.socket), bound.address)) {}

TcpListener::~TcpListener() {
  stop();
  // In one of its own callbacks: what the callback runs in must stay until it returns.
  if (impl_->calling) impl_->loop.post([held = std::shared_ptr<Impl>(std::move(impl_))] {});
}

base::Result<TcpListener::Bound> TcpListener::bind(const SocketAddress& address, int backlog) {
  base::Result<Descriptor> socket = address.listen(backlog);
  if (!socket) return base::fail("cannot listen on " + address.text() + ": " + socket.error().message);
  const std::optional<SocketAddress> bound = SocketAddress::local_of(socket->fd());
  if (!bound) return base::fail("cannot listen on " + address.text() + ": its port is not known");
  return Bound{std::move(*socket), *bound};
}

base::Result<std::unique_ptr<TcpListener>> TcpListener::listen(Loop& loop, const SocketAddress& address) {
  base::Result<Bound> bound = bind(address);
  if (!bound) return std::unexpected(bound.error());
  return std::make_unique<TcpListener>(loop, std::move(*bound));
}

void TcpListener::start(std::function<void(Descriptor, const SocketAddress& peer)> accepted,
                        std::function<void(const std::string&)> on_trouble) {
  impl_->accepted = std::move(accepted);
  impl_->on_trouble = std::move(on_trouble);
  impl_->watch.set(true, false);
}

void TcpListener::stop() { impl_->stop(); }
const SocketAddress& TcpListener::address() const { return impl_->address; }

}  // namespace net
