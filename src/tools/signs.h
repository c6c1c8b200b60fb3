// Signs of poisoning: what in a definition is written for the model and not for the person who approves it. Looked for
// in everything that a server says about itself: tools, prompts, resources, instructions. A sign is a reason to look,
// no proof; its words are what stands there, with what hides made visible.
//
// Linear in the size of the input (and in the number of tools, for names), bounded in what it gives back.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "tools/sign_phrases.h"

namespace tools {

struct Sign {
  enum class Kind : std::uint8_t {
    hidden_characters,   // zero-width, bidi, tag, control, private-use characters; long blanks; comments
    terminal_escape,     // ANSI escape sequences
    mixed_scripts,       // a word with letters of another script that look like its own
    model_instructions,  // speaks to the model: conceal this, ignore that, always call me, <IMPORTANT>
    mentions_tool,       // names another tool of the server
    steers_tools,        // says when another tool is to be used or not
    user_secrets,        // names keys, passwords, private files of the user
    long_text,           // longer than people read
    embedded_data,       // data: URLs, base64
    look_alike_name,     // its name looks like that of another tool
  };
  Kind kind;
  std::string where;   // JSON pointer from the definition ("/inputSchema/properties/a/description"; with " (name)" for
                       // the member's name), printable; "" for a plain text
  std::string words;   // what stands there, on one line, hidden characters as ⟨U+200B⟩; at most about 200 characters
  std::string reason;  // a short clause: "tells the model to keep something from the user"
};

// "hidden_characters", ...: for machines, stable.
std::string_view name_of(Sign::Kind kind);
// For people: "hidden characters", "instructions to the model", "mentions another tool".
std::string_view text(Sign::Kind kind);

// The names of a server's tools, and the phrases, made ready. Refers to the names, which must outlive it. Immutable;
// any thread. With many tools make it once: it costs n log n.
class SignContext {
 public:
  explicit SignContext(std::span<const std::string_view> tool_names = {});

 private:
  friend class SignReader;
  struct Named {
    std::string skeleton;
    std::string_view name;
  };
  std::vector<std::string_view> names_;  // sorted
  std::vector<Named> skeletons_;         // sorted
  PhraseMatcher phrases_;
};

inline constexpr std::size_t max_signs = 64;              // of one definition; further ones are left out
inline constexpr std::size_t long_description = 4'000;    // code points
inline constexpr std::size_t long_instructions = 16'000;  // of server instructions

// A tool, as an entry of tools/list; `context` knows the names of all tools of the server, its own among them.
// Hostile input: any value may be given. In the order of the text.
std::vector<Sign> signs_of(json::Value tool, const SignContext& context);
std::vector<Sign> signs_of(json::Value tool, std::span<const std::string_view> tool_names);

// An entry of prompts/list, resources/list or resources/templates/list. Prompts are written for a model: what orders
// tools about is no sign there.
std::vector<Sign> signs_of_prompt(json::Value prompt, const SignContext& context);
std::vector<Sign> signs_of_resource(json::Value resource, const SignContext& context);

// The server's `instructions`, which are meant for the model as well. Valid UTF-8 or WTF-8.
std::vector<Sign> signs_of_instructions(std::string_view text, const SignContext& context);

}  // namespace tools
