// What a child process writes to its standard error: read always, so that it never blocks, and the last lines kept, to
// say why it ended. What must stay true: bounded, whatever it writes.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/descriptor.h"
#include "net/loop.h"

namespace client {

class ErrorLines {
 public:
  explicit ErrorLines(net::Loop& loop) : loop_(loop) {}

  // Reads from now on until its end. Call once.
  void read(net::Descriptor descriptor);
  // The last lines, the oldest first, with what can be read now; printable and cut.
  std::vector<std::string> last();

 private:
  void take(std::size_t most);
  void add(std::string_view text);
  void end_line();

  net::Loop& loop_;
  net::Descriptor descriptor_;
  std::unique_ptr<net::Watch> watch_;
  std::deque<std::string> lines_;
  std::string line_;
};

}  // namespace client
