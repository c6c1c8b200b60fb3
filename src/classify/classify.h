// What a tool can do to the world, told from its definition alone: its class, how bad that is, and why.
// Deterministic: the same definition gives the same assessment, and every part of it names the words that led there.
// A hint (annotations) is evidence, never proof. What nothing explains is Execute, never Read.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "tools/signs.h"

namespace classify {

// From what can be taken back to what cannot; a tool that can do several has the worst.
enum class Class : std::uint8_t { read, write, execute, destructive, financial };
enum class Severity : std::uint8_t { low, medium, high, critical };

std::string_view text(Class c);     // "Read", "Write", "Execute", "Destructive", "Financial"
std::string_view text(Severity s);  // "Low", "Medium", "High", "Critical"
Severity severity_of(Class c);      // before signs of poisoning raise it by one (not a plain mentions_tool)

// What makes a tool riskier than its class says. The last three are signs of tool poisoning.
enum class Risk : std::uint8_t {
  code_input,          // freeform code or query input
  file_path,           // file system path
  url_fetch,           // URL to fetch
  bulk,                // bulk or mass operation
  admin,               // admin or system-level operation
  credentials,         // credentials in arguments
  sends_outside,       // sends data outside
  force,               // recursive or force switch
  hidden_characters,   // hidden characters in the description
  model_instructions,  // instructions to the model in the description
  mentions_tool,       // mentions another tool
};
std::string_view text(Risk r);  // the words above

struct Flag {
  Risk risk;
  std::string argument;  // which argument shows it; for mentions_tool the other tool; empty: none does
};
std::string text(const Flag& flag);  // "file system path (path)"

// A word that spoke for a class.
struct Evidence {
  std::string where;  // "name", "title", "description", "schema /properties/action", "annotations"
  std::string words;  // as they stand there, printable: "delete", "readOnlyHint: true"
  Class towards;
  std::string reason;  // a short sentence: "deleting cannot be taken back"
};

// One of several things that a tool does, by the value of an argument: {"action", "remove", destructive}.
struct Use {
  std::string argument;
  std::string value;
  Class of;
};

struct Assessment {
  Class of = Class::execute;
  Severity severity = Severity::high;
  int confidence = 0;  // percent
  std::vector<Flag> flags;
  std::vector<Evidence> evidence;      // the decisive first
  std::vector<std::string> conflicts;  // "annotations say read-only, the name says delete"
  std::vector<Use> uses;               // empty unless the tool is multi-purpose
};

struct Context {
  std::span<const std::string_view> tool_names = {};  // of the same server: a description that names another is a sign
  bool annotations = true;                            // false: as if the server gave none
  const tools::SignContext* signs =
      nullptr;  // of the same names, made once for a server with many tools; null: made here
  const std::vector<tools::Sign>* found = nullptr;  // the tool's signs of poisoning; null: they are looked for here
};

// The flag that sums a sign of poisoning up; nothing: none does.
std::optional<Risk> risk_of(tools::Sign::Kind kind);

// `tool`: an entry of tools/list, whatever a server put there (hostile input). Reads 256 bytes of the name, 8 KiB of
// the description and at most 4096 steps of the schema; the signs of poisoning read all of it, in linear time. Pure;
// any thread.
Assessment assess(json::Value tool, const Context& context = {});

}  // namespace classify
