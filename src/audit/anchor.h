// An anchor: what a directory of logs held at one moment, small enough to be kept elsewhere. Against it, verification
// sees what the logs alone cannot show: that the end of a log was cut off, or that whole logs are gone.
//
//   {"v":1,"time":"…","state":"…","files":[{"file":"…","instance":"…","number":1,"bytes":9,"chain":"…"}],"mac":"…"}
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/chain.h"
#include "base/result.h"

namespace audit {

struct AnchorFile {
  std::string file;  // its name then; it may have been rotated since
  std::string instance;
  std::uint64_t number = 0;  // of its sequence
  std::uint64_t bytes = 0;   // up to the end of its last sealed line; 0: none was sealed
  std::string chain;         // of that line; "" if there is none
};

struct Anchor {
  std::int64_t time = 0;  // nanoseconds since 1970
  std::string state;      // the state directory, for people
  std::vector<AnchorFile> files;
  enum class Mac : std::uint8_t { none, right, wrong, unchecked } mac = Mac::none;  // read_anchor sets it
};

// One line without a line feed. With a key it has a mac.
std::string write_anchor(const Anchor& anchor, const CheckpointKey* key);

// Reads one strictly: exactly the members above, every file once. White space at the end is ignored. A wrong mac is no
// error of reading: `mac` says so. Errors say what is wrong.
base::Result<Anchor> read_anchor(std::string_view text, const CheckpointKey* key);

}  // namespace audit
