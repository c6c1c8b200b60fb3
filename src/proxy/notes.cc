// One note is one write of less than PIPE_BUF bytes: it is not torn by what others write to the same pipe, and a pipe
// that polls as writable takes it whole.
#include "proxy/notes.h"

#include <poll.h>
#include <unistd.h>

#include <string>

namespace proxy {

void Notes::write(mediator::Level level, std::string_view text) {
  if (!shows(level)) return;
  constexpr std::size_t longest = 3900;
  std::string line = "intercept: ";
  if (level == mediator::Level::error) line += "error: ";
  if (level == mediator::Level::warn) line += "warning: ";
  line.append(text.substr(0, longest));
  line += '\n';
  pollfd p{fd_, POLLOUT, 0};
  if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t n = ::write(fd_, line.data(), line.size());  // if it fails, nobody reads it
}

}  // namespace proxy
