// See the header.
#include "client/error_lines.h"

#include <array>
#include <utility>

#include "base/strings.h"

namespace client {
namespace {

constexpr std::size_t most_lines = 8, kept_of_line = 1024, shown_of_line = 300;
constexpr std::size_t a_turn = 64 << 10, at_the_end = 1 << 20;

}  // namespace

void ErrorLines::read(net::Descriptor descriptor) {
  descriptor_ = std::move(descriptor);
  watch_ = std::make_unique<net::Watch>(loop_, descriptor_.fd(), [this](net::Watch::Ready) { take(a_turn); });
  watch_->set(true, false);
}

void ErrorLines::take(std::size_t most) {
  std::array<char, 4096> buffer;
  for (std::size_t taken = 0; taken < most && descriptor_.is_open();) {
    const net::Io io = descriptor_.read(buffer);
    if (io.status == net::Io::Status::again) return;
    if (io.status != net::Io::Status::ok) {
      watch_.reset();
      descriptor_.close();
      return;
    }
    taken += io.bytes;
    add(std::string_view(buffer.data(), io.bytes));
  }
}

void ErrorLines::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view part = text.substr(0, end);
    if (line_.size() < kept_of_line) line_.append(part.substr(0, kept_of_line - line_.size()));
    if (end == std::string_view::npos) return;
    end_line();
    text.remove_prefix(end + 1);
  }
}

void ErrorLines::end_line() {
  if (!base::trimmed(line_).empty()) lines_.push_back(std::move(line_));
  line_.clear();
  if (lines_.size() > most_lines) lines_.pop_front();
}

std::vector<std::string> ErrorLines::last() {
  take(at_the_end);
  end_line();
  std::vector<std::string> out;
  for (const std::string& line : lines_) {
    std::string_view text = line;
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    out.push_back(base::printable(text, shown_of_line));
  }
  return out;
}

}  // namespace client
