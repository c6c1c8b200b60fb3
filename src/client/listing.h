// What a server says about itself and lists, as it came.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace client {

// The JSON texts are what the server sent, written by our writer (members in their order, numbers as they were spelt).
// All of it is hostile input.
struct Listing {
  std::string name, title, version;                        // of serverInfo; "" where it says nothing
  std::string protocol;                                    // the revision that was spoken: "2025-11-25"
  std::string transport;                                   // "stdio", "Streamable HTTP", "HTTP+SSE"
  std::string capabilities;                                // a JSON object
  std::string instructions;                                // what it tells the model; "" if nothing
  std::vector<std::string> tools;                          // a JSON object each, with a "name" that is a string
  std::vector<std::string> resources, templates, prompts;  // a JSON object each
  std::vector<std::string> notes;                          // what was odd, for people; printable
};

// Bounds of what one server may list.
inline constexpr std::size_t max_pages = 100;  // of one list
inline constexpr std::size_t max_entries = 50'000;
inline constexpr std::size_t max_bytes = std::size_t{64} << 20;

}  // namespace client
