// Where records go.
#pragma once
#include <string_view>

#include "base/result.h"

namespace audit {

class Sink {
 public:
  virtual ~Sink() = default;
  // Appends whole lines, all or none as far as the medium allows. An error means that they must be held not written:
  // what they speak of must not be forwarded.
  virtual base::Result<void> append(std::string_view lines) = 0;
  // An append waits for the disk: call it off the loop.
  virtual bool append_blocks() const { return false; }
};

}  // namespace audit
