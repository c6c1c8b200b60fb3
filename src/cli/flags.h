// Reading a command's flags. CLI11 is used in flags.cc only; what flags there are is said in the command table
// (command_table.h), and every flag of a command must be bound to a variable before it is read.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct FlagInfo {
  std::string_view names;  // "-c,--config": the long one last
  std::string_view value;  // "FILE"; "" for a switch
  std::string_view help;
  std::string_view group = "Flags";
  bool shown = true;              // in the help; flags that are only there to be refused with a reason are not
  std::string_view words = "";    // what the value may be, with spaces between; "": anything
  std::string_view also = "";     // another long name that is accepted and not shown: "--schema"
  std::string_view name() const;  // "--config"
};

// The flags of a command that has some in common with others.
template <std::size_t N, std::size_t M>
constexpr std::array<FlagInfo, N + M> join_flags(const std::array<FlagInfo, N>& a, const std::array<FlagInfo, M>& b) {
  std::array<FlagInfo, N + M> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) out[N + i] = b[i];
  return out;
}

class Flags {
 public:
  explicit Flags(std::span<const FlagInfo> known);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // `name`: the flag's long name. The variable keeps its value if the flag is not given, and must outlive read().
  Flags& text(std::string_view name, std::string& into);
  Flags& on(std::string_view name, bool& into);
  Flags& list(std::string_view name, std::vector<std::string>& into);
  // Plain words. Without it there may be none. `what`: for messages, "FILE".
  Flags& rest(std::string_view what, std::vector<std::string>& into);

  // Reads the words. Returns what is wrong with them (an unknown flag with the nearest one), or "". Never throws.
  std::string read(const std::vector<std::string>& words);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What a flag got that takes one of a few words.
std::string wrong_word(std::string_view flag, std::string_view choices, std::string_view got);
// A size: "64MiB", "10MB", "1GiB", "4096" (bytes); nullopt if it is none, or zero.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace cli
