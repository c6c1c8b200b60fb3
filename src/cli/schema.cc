// `intercept schema`: prints what the build put in (policy/policy_schema.h).
#include "cli/schema.h"

#include <ostream>

#include "policy/policy_schema.h"

namespace cli {
namespace {

int run(const Invocation& invocation, Terminal& terminal) {
  Flags reader({});
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "schema takes no server command");
  terminal.out << policy::policy_schema();
  return exit_ok;
}

}  // namespace

const CommandInfo schema_info{
    "schema",
    "schema",
    "print the JSON Schema of policies: editors complete and check with it",
    "Editors with the YAML language server (VS Code, Neovim, Helix, Emacs, …) use it if a policy begins with\n"
    "  # yaml-language-server: $schema=./policy.schema.json\n"
    "What the schema refuses `intercept validate` refuses, too; validate finds more.\n",
    {},
    "Exit status: 0; 2 if the use is wrong.\n"
    "\n"
    "Example:\n"
    "  intercept schema > policy.schema.json\n",
    run};

}  // namespace cli
