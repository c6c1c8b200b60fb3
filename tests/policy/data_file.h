// A *.test file: a policy, what the server lists, and steps with what is expected of them. README.md has the format.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "yaml/tree.h"

namespace data {

enum class Kind : std::uint8_t { call, request, server, finish, advance, reload, session, identity, list };

struct Step {
  Kind kind = Kind::call;
  std::uint32_t line = 0;  // in the file
  std::string text;        // call, request: JSON of the message without its id; server, request: raw; else the value
  bool raw = false;        // `text` is the line itself
  std::string answer = "ok";
  std::vector<std::string> names;  // list
  // What is expected; empty: not asked.
  std::string expect, rule, reason, message, retry_after, shadow;
};

struct File {
  std::string policy;
  std::string invalid;  // the policy must not load, for a reason that holds this text
  std::string server;   // --server-name
  std::string tools = "[]";
  bool initialized = true;
  std::vector<Step> steps;
};

struct Mistake {
  std::uint32_t line = 0;
  std::string message;
};

// Either the file or what is wrong with it.
std::pair<std::optional<File>, Mistake> read_file(const std::string& text);

}  // namespace data
