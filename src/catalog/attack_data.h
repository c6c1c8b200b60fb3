// The attack database: what can be done to an agent and its servers, how, where it happened, and a policy that stops
// it. The data are the files of attacks/, one an attack, which the build makes strings of the program. Every prevention
// loads unchanged, and is run against a simulation of its attack in tests/attacks.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/classify.h"
#include "yaml/problems.h"

namespace catalog {

// A public case. `date`: "2025-07", or "2025-07-18" where the day is known. `source`: an https URL.
struct Incident {
  std::string title;
  std::string date;
  std::string source;
};

struct Attack {
  std::string slug;   // its page's name: lower-case words joined by hyphens
  std::string title;  // "Rug pull"
  std::string summary;
  std::string what_happens;
  std::vector<std::string> steps;
  std::vector<Incident> incidents;       // may be empty; the newest first
  std::vector<classify::Class> classes;  // what an agent's tools must be able to do; from harmless to worst
  classify::Severity severity = classify::Severity::low;
  std::string prevention;        // YAML text of a whole policy, with its line ends
  std::vector<std::string> run;  // flags that belong to it, as words: {"--listen-token-file", "tokens"}; may be empty
  std::vector<std::string> prevention_notes;  // what it does not stop, what helps beside it
};

// The text of an attack's file, strictly: unknown keys, missing ones and values of another kind are problems with their
// place. Nothing if any is an error. It does not load the policy. Pure; any thread.
std::optional<Attack> read_attack(std::string_view text, yaml::Problems& problems);

// A file of attacks/: its name ("rug-pull.yaml") and text, both the program's own.
struct AttackFile {
  std::string_view name;
  std::string_view text;
};
std::span<const AttackFile> attack_files();  // sorted by name

// Reads all of them, sorted by title. An error shows the first bad file's problems; so is a file that is not named
// after its slug. What is built in has none (attack_data_test.cc).
base::Result<std::vector<Attack>> attacks();

}  // namespace catalog
