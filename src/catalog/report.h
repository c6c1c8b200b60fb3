// What is known of a server and its tools, judged: the one data model behind every output of a scan and every page of
// the catalogue.
//
// What must stay true:
// - Everything in it comes from the server's own lists (hostile input, kept as it came: whoever writes it out escapes
//   it for where it goes) and from classify. Nothing depends on a server's name.
// - Tools, parameters and items stand in the server's order (required parameters first), so equal lists give equal
//   reports.
// Pure; any thread.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classify.h"
#include "tools/signs.h"

namespace catalog {

// A server as it was found. The JSON texts are entries of its lists, one each.
struct Source {
  std::string name, title, version;  // serverInfo; "" where it says nothing
  std::string protocol;              // the revision that was spoken: "2025-11-25"; "": unknown
  std::string transport;             // "stdio", "Streamable HTTP", "HTTP+SSE"; "": unknown
  std::string origin;                // the command, URL or file, without secrets; "": unknown
  std::string date;                  // when: "2026-11-30"; "": unknown
  std::string instructions;          // what it tells the model about itself
  std::vector<std::string> tools, prompts, resources, templates;
  std::vector<std::string> notes;  // what was odd about it, for people
};

struct Parameter {
  std::string name;
  std::string type;  // "string", "integer | null", "\"a\" | \"b\"" (an enum); "any": the schema does not say
  std::string description;
  bool required = false;
};

struct Tool {
  std::string name, title, description;
  std::string json;  // the definition, as the writer writes it
  classify::Assessment assessment;
  std::vector<std::string> required;  // as the schema names them
  std::vector<Parameter> parameters;  // the required ones first
  bool declared_destructive = false;  // by its annotations
  std::string digest;                 // what a lock pins (tools/digest.h)
  std::vector<tools::Sign> poison;    // signs of poisoning, in full; the assessment's flags sum them up
};

// What else a server puts before a model.
struct Item {
  enum class Kind : std::uint8_t { prompt, resource, resource_template, instructions };
  Kind kind = Kind::prompt;
  std::string name, title, description;  // name: of a resource its URI; of instructions ""
  std::vector<classify::Flag> signs;     // of poisoning, summed up as a tool's flags are
  std::vector<tools::Sign> poison;       // in full
};
std::string_view text(Item::Kind kind);  // "prompt", "resource", "resource template", "instructions"

inline constexpr std::array classes{classify::Class::read, classify::Class::write, classify::Class::execute,
                                    classify::Class::destructive, classify::Class::financial};
inline constexpr std::array severities{classify::Severity::low, classify::Severity::medium, classify::Severity::high,
                                       classify::Severity::critical};

struct Counts {
  std::array<std::size_t, classes.size()> of_class{};        // by static_cast<std::size_t>(Class)
  std::array<std::size_t, severities.size()> of_severity{};  // of tools, by static_cast<std::size_t>(Severity)
  std::size_t of(classify::Class c) const { return of_class[static_cast<std::size_t>(c)]; }
  std::size_t of(classify::Severity s) const { return of_severity[static_cast<std::size_t>(s)]; }
};

struct Report {
  Source server;  // its lists are moved out of it
  std::vector<Tool> tools;
  std::vector<Item> items;
  Counts counts;
  // The worst of the tools; Low without any.
  classify::Severity worst() const;
};

// Judges every tool and item. Entries that are no JSON object are left out with a note.
Report make_report(Source source);

// {"server": {…}, "tools": […], "counts": {…}, "items": […], "notes": […]}, a tool or item a line, with a line feed at
// its end. docs/scan.md describes it.
std::string to_json(const Report& report);
// Several servers: {"servers": [ … ]}.
std::string to_json(const std::vector<Report>& reports);

}  // namespace catalog
