// A policy test, as its author wrote it: a policy, what the server lists, and steps with what is expected of each. The
// format is described in docs/testing.md. Reading finds every mistake of a file at once, with its place; nothing here
// opens another file or knows what a policy means.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "trial/stage.h"
#include "yaml/problems.h"

namespace trial {

using yaml::Position;

// A policy, or a list of tools: written in the test file, or in a file of its own.
struct Source {
  Position at;
  std::string text;  // the text, or the path as it was written
  bool is_path = false;
};

// What a step expects; what is absent is not asked.
struct Expected {
  Decision decision = Decision::allow;
  std::optional<std::string> rule, reason;        // equal to what was recorded
  std::optional<std::string> message, condition;  // a part of it
  std::optional<std::string> shadow;              // a part of a finding; "none": there is none
  std::optional<std::int64_t> retry_after_ms;
};

struct Step {
  enum class Kind : std::uint8_t { message, finish, reload, list, move };  // move: only what stands before a message
  enum class Shape : std::uint8_t { request, client_line, server_request, server_line };

  Kind kind = Kind::move;
  Position position;
  std::string title;  // the step in a line, for people: `call pay {"amount":6}`

  // Before anything else: for the steps that follow, or, in the step of a message, for that message alone.
  std::optional<std::string> session, identity;
  // Then time passes.
  base::Duration advance{};
  std::optional<base::WallTime> until;

  // message
  Shape shape = Shape::request;
  std::string text;             // members of a JSON-RPC message, or the line
  std::string tool, arguments;  // of a tools/call that was written as one: its name, its arguments as JSON
  std::uint32_t repeat = 1;
  Answer answer = Answer::ok;  // also of finish
  Expected expected;

  std::size_t policy = 0;          // reload: index in TestFile::policies
  std::vector<std::string> names;  // list
};

struct Case {
  std::string name;  // "" in a file that has just steps
  Position position;
  std::optional<base::WallTime> start;
  std::vector<Step> steps;
};

struct TestFile {
  std::vector<Source> policies;  // the first one is in force at the beginning, the others are reloaded
  std::optional<Source> tools;   // JSON text if it is not a path
  std::string server;
  bool initialized = true;
  std::optional<std::string> invalid;  // the policy must not load, for a reason that holds this text
  Position invalid_at;
  std::vector<Case> cases;
};

// Reads a test file. Nothing is returned if there is any error; problems (errors and warnings) are added.
std::optional<TestFile> read_test_file(std::string_view text, yaml::Problems& problems);

}  // namespace trial
