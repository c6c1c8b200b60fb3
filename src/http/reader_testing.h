// For tests of the readers: plays bytes in pieces into a reader and tells, as text, all that came out.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "http/reader.h"

namespace http {

inline std::string told(const Fields& fields) {
  std::string out;
  for (const Field& field : fields) out.append(field.name).append("=").append(field.value).append(";");
  return out;
}

inline const char* told(Framing framing) {
  return framing == Framing::none      ? "none"
         : framing == Framing::length  ? "length"
         : framing == Framing::chunked ? "chunked"
                                       : "close";
}

inline std::string told(const RequestHead& head) {
  std::string out = "[" + std::string(head.method_name) + " " + std::string(head.target) + " 1." +
                    std::to_string(head.minor_version) + " path=" + std::string(head.path) +
                    " query=" + std::string(head.query) + " host=" + std::string(head.authority) + " ";
  return out + told(head.fields) + " " + told(head.framing) + " " + std::to_string(head.content_length) +
         (head.keep_alive ? " keep" : " close") + "]";
}

inline std::string told(const ResponseHead& head) {
  return "[" + std::to_string(head.status) + " " + std::string(head.reason) + " 1." +
         std::to_string(head.minor_version) + " " + told(head.fields) + " " + told(head.framing) + " " +
         std::to_string(head.content_length) + (head.keep_alive ? " keep" : " close") + "]";
}

struct Played {
  std::string story;      // "[head] <continue> {body} end", "refused 400: reason", ...
  std::size_t taken = 0;  // bytes consumed
  unsigned status = 0;    // of a refusal
  std::string reason;     // of a refusal
  std::vector<std::string> bodies;
  std::size_t ended = 0;  // complete messages
  bool operator==(const Played&) const = default;
};

// Plays `bytes` in pieces, the end of each given by `cut(at)` (how many bytes of it to add to what is unread), then the
// peer's end. Messages follow each other while the reader says that the connection goes on.
template <class Reader>
Played play(Reader& reader, std::string_view bytes, const std::function<std::size_t(std::size_t)>& cut,
            const std::function<void(Reader&)>& at_head = {}) {
  Played out;
  std::string body;
  std::size_t arrived = 0;
  for (;;) {
    // The piece is memory of exactly its size, so that a sanitizer sees a byte read beyond it.
    const std::string_view given = bytes.substr(out.taken, arrived - out.taken);
    const std::vector<char> piece(given.begin(), given.end());
    Step step = reader.read({piece.data(), piece.size()});
    out.taken += step.consumed;
    if (step.event == Event::more) {
      if (arrived < bytes.size()) {
        arrived = std::min(bytes.size(), arrived + std::max<std::size_t>(1, cut(arrived)));
        continue;
      }
      step = reader.at_end();
    }
    switch (step.event) {
      case Event::head:
        out.story += told(reader.head());
        if (at_head) at_head(reader);
        break;
      case Event::send_continue:
        out.story += " <continue>";
        break;
      case Event::body:
        body.append(step.body);
        break;
      case Event::end: {
        out.story += " {" + body + "} end;";
        out.bodies.push_back(body);
        ++out.ended;
        body.clear();
        if (!reader.reusable()) return out;
        reader.next();
        break;
      }
      case Event::closed:
        out.story += "closed";
        return out;
      case Event::refused:
        out.status = reader.refusal().status;
        out.reason = reader.refusal().reason;
        out.story += "refused " + std::to_string(out.status) + ": " + out.reason;
        return out;
      case Event::more:
        out.story += "at_end() wants more";
        return out;
    }
  }
}

// A small generator for cuts; the same seed gives the same cuts.
class Cuts {
 public:
  explicit Cuts(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::size_t operator()() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return 1 + (state_ >> 33) % 9;
  }

 private:
  std::uint64_t state_;
};

}  // namespace http
