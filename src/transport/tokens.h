// Who calls: the tokens that a listener asks for, and the digest of a caller's credential, to which sessions are bound.
// What must stay true: a token is never kept, shown or written, only its SHA-256; comparing takes the same time
// whatever was sent; nothing here is ever part of a message.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "http/fields.h"

namespace transport {

inline constexpr std::size_t shortest_token = 16;
inline constexpr std::size_t longest_token = 4096;
inline constexpr std::size_t max_tokens = 1000;

// The tokens of --listen-token-file. Immutable; may be shared by threads.
class ListenerTokens {
 public:
  ListenerTokens() = default;  // none: everybody may call

  // The text of a token file: one token a line, blank lines and lines that begin with # apart; blanks around a token do
  // not count. Errors name the line, never what stands in it: a token that is too short or too long, or has other
  // characters than visible ASCII; a file without tokens or with too many.
  static base::Result<ListenerTokens> parse(std::string_view text);

  bool empty() const { return digests_.empty(); }

  // The digest of the token that the Authorization field presents ("Bearer TOKEN", the scheme in any case), if it is
  // one of ours. Every digest is compared in full.
  std::optional<base::Digest> match(const http::Fields& fields) const;

 private:
  std::vector<base::Digest> digests_;
};

// What a request without listener tokens is known by: the SHA-256 of its Authorization field; nothing without one.
std::optional<base::Digest> credential_of(const http::Fields& fields);

// Equal, or both nothing; in constant time.
bool same_credential(const std::optional<base::Digest>& a, const std::optional<base::Digest>& b);

}  // namespace transport
