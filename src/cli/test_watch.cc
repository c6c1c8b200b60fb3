// `intercept test --watch`: a loop that plays everything again when something it looked at changes.
#include <array>
#include <csignal>
#include <memory>
#include <ostream>

#include "base/strings.h"
#include "cli/test_command.h"
#include "net/file_watch.h"
#include "net/signals.h"

namespace cli {
namespace {

// Each watch that hears events takes one of the user's inotify instances (often 128 of them), which running sessions
// need, too. Further files, and folders, are looked at once a second.
constexpr std::size_t most_with_events = 32;
constexpr std::size_t most_watched = 2'000;
constexpr std::array signals_that_end = {SIGINT, SIGTERM};

class TestWatch {
 public:
  TestWatch(const TestOptions& options, Terminal& terminal)
      : options_(options),
        terminal_(terminal),
        signals_(loop_, signals_that_end, [this](int) { loop_.stop(); }),
        again_(loop_, [this] { play(); }) {}

  int run() {
    loop_.post([this] { play(); });
    loop_.run();
    return status_;
  }

 private:
  void play() {
    if (!changed_.empty()) terminal_.out << "\n" << base::printable(changed_, 4096) << " changed\n";
    changed_.clear();
    LookedAt looked;
    status_ = run_tests(options_, terminal_, looked);
    arm(looked);
    terminal_.out << "Watching " << watches_.size() << (watches_.size() == 1 ? " file" : " files and folders")
                  << "; Ctrl-C ends it.\n";
    terminal_.out.flush();
  }

  // Watches follow what was looked at. What cannot be found any more (a folder that vanished) stays watched.
  void arm(const LookedAt& looked) {
    if (looked.files.empty()) {  // it came to nothing: hear of any change to what was there
      for (const std::string& word : options_.words) watch(word, std::nullopt, false);
    } else {
      std::erase_if(watches_, [&](const auto& entry) {
        return !looked.files.contains(entry.first) && !looked.folders.contains(entry.first);
      });
    }
    for (const auto& [path, known] : looked.files) watch(path, known, true);
    for (const auto& [path, known] : looked.folders) watch(path, known, false);
  }

  void watch(const std::string& path, const std::optional<net::FileIdentity>& known, bool is_file) {
    if (watches_.contains(path) || watches_.size() >= most_watched) return;
    net::FileWatch::Options how;
    how.known = known;
    how.events = is_file && watches_.size() < most_with_events;
    how.poll = std::chrono::seconds(1);
    const auto changed = [this, path] {
      changed_ = path;
      again_.after(std::chrono::milliseconds(50));
    };
    watches_.emplace(path, std::make_unique<net::FileWatch>(loop_, path, changed, [](const std::string&) {}, how));
  }

  const TestOptions& options_;
  Terminal& terminal_;
  base::SystemClock clock_;
  net::Loop loop_{clock_};
  net::Signals signals_;
  net::Timer again_;
  std::map<std::string, std::unique_ptr<net::FileWatch>> watches_;
  std::string changed_;
  int status_ = exit_ok;
};

}  // namespace

int watch_tests(const TestOptions& options, Terminal& terminal) { return TestWatch(options, terminal).run(); }

}  // namespace cli
