// Every method of every published revision, in one table: who sends it, what it names, how it is ruled.
// A test holds the table against the official schema files (tests/data/mcp-schema): a method that is in a schema and
// not here fails the build's tests. Sources: schema-2024-11-05 to schema-2026-07-28 and the tasks extension (SEP-2663).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace mcp {

enum class Direction : std::uint8_t { client_to_server, server_to_client };

// Published revisions, as bits.
enum Revision : std::uint8_t {
  r2024_11_05 = 1,
  r2025_03_26 = 2,
  r2025_06_18 = 4,
  r2025_11_25 = 8,
  r2026_07_28 = 16,
  tasks_extension = 32,
};

// How a message is ruled besides by its method's name.
enum class Ruling : std::uint8_t {
  plumbing,    // passes unless ruled by name
  tool,        // params.name is a tool
  resource,    // params.uri is a resource
  prompt,      // params.name is a prompt
  completion,  // params.ref names a prompt or a resource
  listen,      // params.notifications.resourceSubscriptions name resources
  ask,         // the server asks the client's user or model (sampling, elicitation, roots); covered by "*" in methods
};

struct Method {
  std::string_view name;
  bool from_client;  // in some revision a client sends it
  bool from_server;
  bool notification;       // else a request
  std::uint8_t revisions;  // Revision bits
  Ruling ruling;
  // Names of the params that the method defines, for finding keys that merely look like them.
  std::span<const std::string_view> params;
};

// nullptr: no published revision knows the method. Constant time.
const Method* find_method(std::string_view name);
std::span<const Method> all_methods();

// The reserved words of the JSON-RPC envelope.
std::span<const std::string_view> envelope_keys();

}  // namespace mcp
