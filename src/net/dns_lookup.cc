// c-ares calls back from within its own functions, and a Watch or Timer must not be destroyed by its own call. So
// callbacks only note what happened, and advance() acts on it later, as posted work of the loop.
#include "net/dns_lookup.h"

#include <ares.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "base/random.h"
#include "net/host_name.h"

namespace net {
namespace {

using Addresses = std::vector<SocketAddress>;

constexpr std::size_t most_addresses = 16;               // of one family
constexpr int type_a = 1, type_aaaa = 28, class_in = 1;  // RFC 1035, 3.2; RFC 3596, 2.1
enum Rcode : unsigned { no_error = 0, server_failed = 2, no_such_name = 3, not_implemented = 4, refused = 5 };

// What came of the question for one family.
struct Family {
  enum class State { asked, found, absent, failed };
  State state = State::asked;
  bool exists = false;  // absent: the name is there, but has no address of this family
  Addresses addresses;
  std::string failure;
};

std::string words(Rcode code) {
  switch (code) {
    case server_failed:
      return "the name server failed (SERVFAIL)";
    case not_implemented:
      return "the name server does not do such look-ups (NOTIMP)";
    case refused:
      return "the name server refused to answer (REFUSED)";
    default:
      return "the name server answered with error " + std::to_string(code);
  }
}

std::string words_of_status(int status) {
  switch (status) {
    case ARES_ETIMEOUT:
      return "the name server did not answer in time";
    case ARES_ECONNREFUSED:
      return "no name server can be reached";
    case ARES_EBADRESP:
    case ARES_EBADNAME:
    case ARES_EBADSTR:
      return "the name server's answer makes no sense";
    default:
      return std::string("it cannot be looked up: ") + ares_strerror(status);
  }
}

Addresses read_a(const unsigned char* answer, int size, std::uint16_t port, int& status) {
  std::array<ares_addrttl, most_addresses> found;
  int n = found.size();
  status = ares_parse_a_reply(answer, size, nullptr, found.data(), &n);
  Addresses addresses;
  for (int i = 0; status == ARES_SUCCESS && i < n; ++i) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &found[static_cast<std::size_t>(i)].ipaddr, bytes.size());
    addresses.push_back(SocketAddress::v4(bytes, port));
  }
  return addresses;
}

Addresses read_aaaa(const unsigned char* answer, int size, std::uint16_t port, int& status) {
  std::array<ares_addr6ttl, most_addresses> found;
  int n = found.size();
  status = ares_parse_aaaa_reply(answer, size, nullptr, found.data(), &n);
  Addresses addresses;
  for (int i = 0; status == ARES_SUCCESS && i < n; ++i) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &found[static_cast<std::size_t>(i)].ip6addr, bytes.size());
    addresses.push_back(SocketAddress::v6(bytes, port));
  }
  return addresses;
}

Family read_answer(int type, const unsigned char* answer, int size, std::uint16_t port) {
  Family family;
  const auto code = static_cast<Rcode>(answer[3] & 0x0FU);  // c-ares has seen to the header's being there
  if (code != no_error) {
    family.state = code == no_such_name ? Family::State::absent : Family::State::failed;
    family.failure = words(code);
    return family;
  }
  int status = ARES_SUCCESS;
  family.addresses = type == type_a ? read_a(answer, size, port, status) : read_aaaa(answer, size, port, status);
  std::erase_if(family.addresses, [](const SocketAddress& a) { return a.is_any(); });
  family.exists = true;
  if (!family.addresses.empty()) {
    family.state = Family::State::found;
  } else if (status == ARES_SUCCESS || status == ARES_ENODATA) {
    family.state = Family::State::absent;
  } else {
    family.state = Family::State::failed;
    family.failure = words_of_status(status);
  }
  return family;
}

}  // namespace

class DnsLookup::State : public std::enable_shared_from_this<State> {
 public:
  State(Loop& loop, const Resolver::Options& options, std::string name, std::uint16_t port,
        std::function<void(base::Result<Addresses>)> done)
      : loop_(loop),
        options_(options),
        name_(std::move(name)),
        port_(port),
        done_(std::move(done)),
        retry_(loop, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }),
        other_family_(loop, [this] { waited_ = true, schedule(); }),
        limit_(loop, [this] { overdue_ = true, schedule(); }) {}
  ~State() { close(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start() {
    limit_.after(options_.limit);
    if (open())
      ask();
    else
      schedule();
  }

 private:
  bool open();
  void close();
  bool read_configuration();
  void ask();
  void send(int type);
  void process(int readable, int writable);
  void arm();
  void schedule();
  void advance();
  void finish(base::Result<Addresses> result);
  void answered(int type, int status, const unsigned char* answer, int size);
  void watch(int fd, bool read, bool write);
  void note_code(const void* data, std::size_t size);

  static void answered_a(void* self, int status, int timeouts, unsigned char* answer, int size) {
    static_cast<void>(timeouts);
    static_cast<State*>(self)->answered(type_a, status, answer, size);
  }
  static void answered_aaaa(void* self, int status, int timeouts, unsigned char* answer, int size) {
    static_cast<void>(timeouts);
    static_cast<State*>(self)->answered(type_aaaa, status, answer, size);
  }
  static void watch_socket(void* self, int fd, int read, int write) {
    static_cast<State*>(self)->watch(fd, read != 0, write != 0);
  }
  static const ares_socket_functions& socket_functions();

  Loop& loop_;
  Resolver::Options options_;
  std::string name_;
  std::uint16_t port_;
  std::function<void(base::Result<Addresses>)> done_;

  ares_channel channel_ = nullptr;
  bool closing_ = false;
  std::map<int, std::unique_ptr<Watch>> watches_;
  std::vector<std::unique_ptr<Watch>> retired_;  // they may be the ones that are calling; few, as sockets are
  Timer retry_, other_family_, limit_;

  std::vector<std::string> candidates_;
  std::size_t next_ = 0;  // the candidate to be asked for next
  Family v6_, v4_;        // what came of the one before
  Rcode last_code_ = no_error;
  bool exists_ = false;  // one of the candidates does, but has no address
  std::string failure_;
  bool scheduled_ = false, waited_ = false, overdue_ = false;
};

DnsLookup::DnsLookup(Loop& loop, const Resolver::Options& options, const std::string& name, std::uint16_t port,
                     std::function<void(base::Result<Addresses>)> done)
    : state_(std::make_shared<State>(loop, options, name, port, std::move(done))) {
  state_->start();
}

DnsLookup::~DnsLookup() = default;

// Sockets of our making are close-on-exec from the first, and let us see why a server was passed over.
const ares_socket_functions& DnsLookup::State::socket_functions() {
  static constexpr ares_socket_functions functions{
      [](int family, int type, int protocol, void*) -> ares_socket_t {
        const int fd = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
        const int on = 1;
        if (fd >= 0 && type == SOCK_STREAM) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
      },
      [](ares_socket_t fd, void*) { return ::close(fd); },
      [](ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void*) { return ::connect(fd, to, size); },
      [](ares_socket_t fd, void* into, size_t size, int flags, sockaddr* from, ares_socklen_t* from_size,
         void* self) -> ares_ssize_t {
        const ssize_t got = ::recvfrom(fd, into, size, flags, from, from_size);
        if (got > 0) static_cast<State*>(self)->note_code(into, static_cast<std::size_t>(got));
        return got;
      },
      [](ares_socket_t fd, const iovec* parts, int n, void*) -> ares_ssize_t {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts);
        message.msg_iovlen = static_cast<std::size_t>(n);
        const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
        // The refusal of the datagram before. To be seen by reading, where it counts for all questions on their way.
        return sent < 0 && errno == ECONNREFUSED ? ::sendmsg(fd, &message, MSG_NOSIGNAL) : sent;
      }};
  return functions;
}

// False: failure_ says why.
bool DnsLookup::State::open() {
  ares_options o{};
  o.flags = ARES_FLAG_NOALIASES;
  o.timeout = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(options_.try_timeout).count());
  o.tries = options_.tries;
  o.sock_state_cb = watch_socket;
  o.sock_state_cb_data = this;
  o.resolvconf_path = options_.resolv_conf.data();
  const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;
  int status = ares_init_options(&channel_, &o, given);
  if (status == ARES_SUCCESS) {
    ares_set_socket_functions(channel_, &socket_functions(), this);
    std::string servers;
    for (const SocketAddress& s : options_.servers) servers += (servers.empty() ? "" : ",") + s.text();
    if (!servers.empty()) status = ares_set_servers_ports_csv(channel_, servers.c_str());
  } else {
    channel_ = nullptr;
  }
  if (status == ARES_SUCCESS && read_configuration()) return true;
  failure_ = words_of_status(status == ARES_SUCCESS ? ARES_ENOMEM : status);
  return false;
}

bool DnsLookup::State::read_configuration() {
  ares_options o{};
  int given = 0;
  if (ares_save_options(channel_, &o, &given) != ARES_SUCCESS) return false;
  const std::vector<std::string> domains(o.domains, o.domains + o.ndomains);
  candidates_ = names_to_ask(name_, domains, o.ndots);
  ares_destroy_options(&o);
  return true;
}

void DnsLookup::State::close() {
  closing_ = true;
  watches_.clear();
  retired_.clear();
  retry_.cancel();
  other_family_.cancel();
  limit_.cancel();
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
}

void DnsLookup::State::ask() {
  v6_ = v4_ = Family{};
  waited_ = false;
  other_family_.cancel();
  last_code_ = no_error;
  ++next_;
  send(type_aaaa);
  send(type_a);
  arm();
}

// The identifiers are the kernel's random numbers: c-ares falls back to rand() where there is no /dev/urandom, and
// whoever can guess them can answer in the server's place.
void DnsLookup::State::send(int type) {
  std::array<std::byte, 2> random;
  base::SystemRandom().fill(random);
  const auto id =
      static_cast<unsigned short>(std::to_integer<unsigned>(random[0]) << 8U | std::to_integer<unsigned>(random[1]));
  unsigned char* question = nullptr;
  int size = 0;
  const int status = ares_create_query(candidates_[next_ - 1].c_str(), class_in, type, id, 1, &question, &size, 0);
  if (status == ARES_SUCCESS)
    ares_send(channel_, question, size, type == type_a ? answered_a : answered_aaaa, this);
  else
    answered(type, status, nullptr, 0);
  if (question != nullptr) ares_free_string(question);
}

void DnsLookup::State::process(int readable, int writable) {
  if (channel_ == nullptr) return;
  ares_process_fd(channel_, readable, writable);
  arm();
}

// One millisecond later than c-ares asks for, which counts whole ones.
void DnsLookup::State::arm() {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) return retry_.cancel();
  retry_.after(std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) +
               std::chrono::milliseconds(1));
}

void DnsLookup::State::watch(int fd, bool read, bool write) {
  if (closing_) return;
  auto& watch = watches_[fd];
  if (!read && !write) {  // the socket is about to be closed
    if (watch != nullptr) {
      watch->set(false, false);
      retired_.push_back(std::move(watch));
    }
    watches_.erase(fd);
    return;
  }
  if (watch == nullptr) {
    watch = std::make_unique<Watch>(loop_, fd, [this, fd](Watch::Ready ready) {
      process(ready.read ? fd : ARES_SOCKET_BAD, ready.write ? fd : ARES_SOCKET_BAD);
    });
  }
  watch->set(read, write);
}

// c-ares reports a server that answered with an error as one that cannot be reached.
void DnsLookup::State::note_code(const void* data, std::size_t size) {
  constexpr std::size_t header = 12;  // RFC 1035, 4.1.1
  if (size < header) return;
  const auto code = static_cast<Rcode>(static_cast<const unsigned char*>(data)[3] & 0x0FU);
  if (code == server_failed || code == not_implemented || code == refused) last_code_ = code;
}

void DnsLookup::State::answered(int type, int status, const unsigned char* answer, int size) {
  if (closing_) return;
  Family& family = type == type_a ? v4_ : v6_;
  if (status == ARES_SUCCESS) {
    family = read_answer(type, answer, size, port_);
  } else if (status == ARES_ENOTFOUND) {
    family.state = Family::State::absent;  // names that are not to be asked for (RFC 7686)
  } else {
    family.state = Family::State::failed;
    family.failure =
        status == ARES_ECONNREFUSED && last_code_ != no_error ? words(last_code_) : words_of_status(status);
  }
  schedule();
}

void DnsLookup::State::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->advance();
  });
}

void DnsLookup::State::advance() {
  scheduled_ = false;
  if (!done_) return;
  if (!failure_.empty()) return finish(base::fail(failure_));
  const bool found = v6_.state == Family::State::found || v4_.state == Family::State::found;
  const bool waiting = v6_.state == Family::State::asked || v4_.state == Family::State::asked;
  if (found && (!waiting || waited_ || overdue_)) {
    Addresses addresses = std::move(v6_.addresses);
    addresses.insert(addresses.end(), v4_.addresses.begin(), v4_.addresses.end());
    return finish(std::move(addresses));
  }
  if (overdue_) return finish(base::fail(words_of_status(ARES_ETIMEOUT)));
  if (waiting) {
    if (found && !other_family_.armed()) other_family_.after(options_.other_family);
    return;
  }
  for (const Family* family : {&v4_, &v6_}) {
    if (family->state == Family::State::failed) return finish(base::fail(family->failure));
  }
  exists_ = exists_ || v6_.exists || v4_.exists;
  if (next_ < candidates_.size()) return ask();
  finish(base::fail(exists_ ? "the name has no address" : "no such name"));
}

void DnsLookup::State::finish(base::Result<Addresses> result) {
  close();
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

}  // namespace net
