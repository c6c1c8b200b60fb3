// See state_look.h.
#include "store/state_look.h"

#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "base/random.h"

namespace store {
namespace {

constexpr int lock_attempts = 400;  // of five milliseconds

}  // namespace

base::Result<StateFile> open_to_look(const std::string& directory, const base::Clock& clock) {
  StateOptions o;
  o.directory = directory;
  o.wait = [](int attempt) {
    if (attempt >= lock_attempts) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return true;
  };
  base::SystemRandom random;
  std::vector<std::string> notes;
  auto opened = StateFile::open(o, false, clock, random, notes);
  if (opened) return std::move(*opened);
  std::string why = opened.error().message;
  if (opened.error().damaged) {
    why += "; the next call with a limit moves it aside, after that limits reset --all begins afresh";
  }
  return base::fail(std::move(why));
}

bool state_is_there(const std::string& directory) {
  struct stat info{};
  return ::stat((directory + "/state.db").c_str(), &info) == 0 || errno != ENOENT;
}

}  // namespace store
