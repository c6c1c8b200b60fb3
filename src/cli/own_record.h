// The record of a command that changes something (limits reset, pause, resume): one event in a log of its own, sealed
// like every other, on disk before the command goes on.
#pragma once
#include <span>
#include <string>

#include "audit/event.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace cli {

class OwnRecord {
 public:
  // `directory`: $STATE. Creates nothing yet.
  OwnRecord(std::string directory, const base::Clock& clock) : directory_(std::move(directory)), clock_(clock) {}
  // Who gives the order, as far as this process knows: "ann, pid 4711".
  std::string by() const;
  base::Result<void> write(std::string_view event, std::span<const audit::Field> fields);

 private:
  std::string directory_;
  const base::Clock& clock_;
  base::SystemRandom random_;
};

}  // namespace cli
