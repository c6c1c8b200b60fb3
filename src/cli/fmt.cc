// `intercept fmt`: each file is read once, laid out, and printed, compared or replaced. A file with a mistake is shown
// with all its problems and left alone; the others are still done.
#include "cli/fmt.h"

#include <ostream>

#include "base/strings.h"
#include "cli/line_diff.h"
#include "cli/read_policy.h"
#include "cli/replace_text.h"
#include "yaml/layout.h"
#include "yaml/tree.h"

namespace cli {
namespace {

struct Options {
  bool write = false, check = false, diff = false;
  std::string to;
  std::vector<std::string> files;
};

constexpr std::string_view standard_input = "-";

std::optional<std::string> as_json(std::string_view text, yaml::Problems& problems) {
  const yaml::Tree tree = yaml::read_tree(text, problems);
  if (tree.root == nullptr || problems.has_errors()) return std::nullopt;
  if (!tree.root->is_map()) {
    problems.error("wrong-type", tree.root->position, "a policy is a map, not " + yaml::kind_word(*tree.root));
    return std::nullopt;
  }
  std::string json;
  yaml::write_json(json, *tree.root);
  // (lay_out() expands what does not fit on a line.)
  return yaml::lay_out(json, problems);
}

// One file. `changes` is set if its layout is not the canonical one.
int format_file(const std::string& name, const Options& options, Terminal& terminal, bool& changes) {
  const auto file = read_policy_input(name, environment);
  if (!file) return usage_error(terminal, file.error().message);
  const std::string* const text = &file->text;
  const std::string shown = policy_name(name);
  yaml::Problems problems;
  const auto out = options.to.empty() ? yaml::lay_out(*text, problems) : as_json(*text, problems);
  if (!out) {
    for (const yaml::Problem& p : problems.take()) terminal.err << yaml::render(p, shown, *text, terminal.colour_err);
    return exit_usage;
  }
  if (!options.write && !options.check && !options.diff) {
    terminal.out << *out;
    return exit_ok;
  }
  if (*out == *text) return exit_ok;
  changes = true;
  if (options.check && !options.diff) terminal.out << base::printable(shown, 4096) << '\n';
  if (options.diff) terminal.out << line_diff(shown, *text, shown + " (formatted)", *out, terminal.colour_out);
  if (!options.write) return exit_ok;
  const auto written = replace_text(name, *text, *out);
  return written ? exit_ok : failed(terminal, written.error().message);
}

constexpr FlagInfo flags[] = {
    {"-w,--write", "", "put the new layout into the files (a link is followed), and print nothing"},
    {"--check", "", "list the files whose layout would change, and exit with 1 if there are any"},
    {"-d,--diff", "", "show what would change (or, with -w, what was changed)"},
    {"--to", "FORMAT", "json: print the file's values as JSON instead, without comments, aliases written out", "Flags",
     true, "json"},
};

std::string wrong_use(const Options& o, bool has_dashes) {
  if (has_dashes) return "fmt takes no server command";
  if (o.files.empty()) return "name the files to lay out, or - for standard input";
  if (!o.to.empty() && o.to != "json") return wrong_word("--to", "json", o.to);
  if (!o.to.empty() && (o.write || o.check || o.diff)) return "--to prints; it goes with no other flag";
  if (o.write && o.check) return "--write and --check exclude each other";
  const bool prints = !o.write && !o.check && !o.diff;
  if (prints && o.files.size() > 1) return "fmt prints one file; with -w, --check or -d it takes several";
  for (const std::string& file : o.files)
    if (o.write && file == standard_input) return "standard input cannot be written to; leave -w out";
  return {};
}

int run(const Invocation& invocation, Terminal& terminal) {
  Options options;
  Flags reader(flags);
  reader.on("--write", options.write).on("--check", options.check).on("--diff", options.diff);
  reader.text("--to", options.to).rest("FILE", options.files);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (const std::string wrong = wrong_use(options, invocation.has_dashes); !wrong.empty())
    return bad_use(terminal, wrong);
  int status = exit_ok;
  bool changes = false;
  for (const std::string& file : options.files)
    status = std::max(status, format_file(file, options, terminal, changes));
  return status == exit_ok && options.check && changes ? exit_failed : status;
}

}  // namespace

const CommandInfo fmt_info{
    "fmt",
    "fmt [-w | --check] [-d] FILE...\n"
    "fmt [--to json] FILE|-",
    "lay out policies and policy tests in one form; comments, order and quotes stay",
    "Two spaces a level, lists under their key, at most one blank line, { } and [ ] on one line where they fit in 100\n"
    "columns. What a file says never changes: each is read again and compared, value by value and comment by "
    "comment.\n",
    flags,
    "Exit status: 0; 1 if --check found files that would change, or one could not be written; 2 if the use is wrong "
    "or\n"
    "a file cannot be read (its problems are shown, and it is left alone).\n"
    "\n"
    "Examples:\n"
    "  intercept fmt -w policy.yaml tests/*.test\n"
    "  intercept fmt --check -d policy.yaml\n",
    run};

}  // namespace cli
