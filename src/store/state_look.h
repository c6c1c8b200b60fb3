// Opening the state database only to look: nothing is created and nothing is moved aside. Internal to the room.
#pragma once
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/state_file.h"

namespace store {

bool state_is_there(const std::string& directory);
// Waits two seconds at most for another process's lock. The error says how to mend it.
base::Result<StateFile> open_to_look(const std::string& directory, const base::Clock& clock);

}  // namespace store
