// The ids of sessions that we make (Mcp-Session-Id, and the session of HTTP+SSE's minted endpoint): 128 random bits,
// and, where several loops share a port, the number of the loop that has the session. What must stay true: an id cannot
// be guessed; one that was not made here in this spelling is no id. The loop's number is no secret and proves nothing:
// the loop looks the whole id up.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace transport {

inline constexpr unsigned max_loop = 9999;

// "0123456789abcdef0123456789abcdef", or with a loop (at most max_loop) "0123…ef-3".
std::string make_session_id(base::Random& random, std::optional<unsigned> loop = {});

struct SessionId {
  std::string_view text;  // all of it: the key of the session
  std::optional<unsigned> loop;
};

// Nothing unless it is spelt as make_session_id does it: upper case, blanks, leading zeros and longer numbers are not.
// The view is into `text`.
std::optional<SessionId> parse_session_id(std::string_view text);

}  // namespace transport
