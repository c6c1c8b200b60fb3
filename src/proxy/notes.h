// Notes for the person at the terminal or for the client's log: "intercept: text" on stderr, never on stdout.
//
// What must stay true: writing never blocks; a stderr that nobody reads costs notes, not the session.
#pragma once
#include <string_view>

#include "mediator/session.h"

namespace proxy {

class Notes {
 public:
  // Shows what is at least `minimum`. Does not own `fd`.
  explicit Notes(mediator::Level minimum, int fd = 2) : minimum_(minimum), fd_(fd) {}
  // `text`: one printable line; longer than 3,900 bytes it is cut.
  void write(mediator::Level level, std::string_view text);
  bool shows(mediator::Level level) const { return level >= minimum_; }

 private:
  mediator::Level minimum_;
  int fd_;
};

}  // namespace proxy
