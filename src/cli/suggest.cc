// `intercept suggest`: the least policy that would have allowed what a log says was allowed.
#include "cli/suggest.h"

#include <array>
#include <ostream>

#include "base/strings.h"
#include "cli/call_files.h"
#include "cli/log_lines.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "trial/suggest.h"

namespace cli {
namespace {

constexpr auto flags = join_flags(
    std::array<FlagInfo, 4>{
        {{"--from", "WHERE",
          "the log: \"audit\" (this installation's), a folder, or its files; may be repeated (default: audit)"},
         {"--values", "N", "list up to N different values of an argument, calls of a tool, … (default: 200)"},
         {"--generalise", "WORDS",
          "where there are more: combinations, ranges, paths, lengths, types, identities, all; with commas between"},
         state_dir_flag}},
    filter_flags);

// Adds the words. What is wrong, or "".
std::string take_words(const std::vector<std::string>& lists, std::set<trial::Generalise>& out) {
  for (const std::string& list : lists) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const std::string_view word = rest.substr(0, comma);
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
      if (word == "all") {
        using enum trial::Generalise;
        out.insert({combinations, ranges, paths, lengths, types, identities});
      } else if (const auto found = trial::find_generalise(word)) {
        out.insert(*found);
      } else {
        return wrong_word("--generalise", "combinations, ranges, paths, lengths, types, identities or all",
                          std::string(word));
      }
    }
  }
  return {};
}

// A suggestion that is no valid policy would be a bug: it is never printed.
std::string trouble_with(const std::string& text) {
  policy::Loaded loaded = policy::load("suggestion", text, {.lint = false});
  if (!loaded.policy) return loaded.problems.empty() ? "it does not load" : loaded.problems[0].message;
  const auto lowered = policy::lower(std::move(*loaded.policy), {});
  return lowered ? std::string() : lowered.error().message;
}

int report(const trial::Suggester::Suggestion& made, Terminal& terminal) {
  constexpr std::size_t most_notes = 20;
  std::size_t shown = 0;
  const auto list = [&](const std::vector<std::string>& lines) {
    shown = 0;
    for (const std::string& line : lines) {
      if (++shown > most_notes) {
        terminal.err << "  and " << lines.size() - most_notes << " more\n";
        return;
      }
      terminal.err << "  " << line << '\n';
    }
  };
  if (!made.needed.empty()) {
    terminal.err << "Error: not everything that was seen can be listed, and nothing more is admitted unless you say so "
                    "(--generalise, or --values N to list more):\n";
    list(made.needed);
    return exit_failed;
  }
  if (made.allowed == 0) return failed(terminal, "the log has no call that was allowed; there is nothing to suggest");
  if (const std::string trouble = trouble_with(made.text); !trouble.empty()) {
    return failed(terminal, "what was seen cannot be written as a policy: " + trouble);
  }
  terminal.out << made.text;
  if (!made.notes.empty()) terminal.err << "Notes:\n";
  list(made.notes);
  return exit_ok;
}

int run(const Invocation& invocation, Terminal& terminal) {
  std::vector<std::string> from, words;
  std::string values, state_dir;
  FilterWords filters;
  Flags reader(flags);
  reader.list("--from", from).text("--values", values).list("--generalise", words).text("--state-dir", state_dir);
  filters.bind(reader);
  if (const std::string wrong = reader.read(invocation.words); !wrong.empty()) return bad_use(terminal, wrong);
  if (invocation.has_dashes) return bad_use(terminal, "suggest takes no server command");
  trial::SuggestOptions options;
  if (const std::string wrong = take_words(words, options.generalise); !wrong.empty()) return bad_use(terminal, wrong);
  if (!values.empty()) {
    if (values.size() > 5 || values.find_first_not_of("0123456789") != std::string::npos) {
      return bad_use(terminal, wrong_word("--values", "a number up to 99999", values));
    }
    options.values = std::stoul(values);
  }
  audit::Filter filter;
  const base::SystemClock clock;
  if (const std::string wrong = filters.fill(filter, clock.wall()); !wrong.empty()) return bad_use(terminal, wrong);
  if (from.empty()) from.emplace_back("audit");
  const auto files = find_call_files(from, state_dir);
  if (!files) {
    return failed(terminal, files.error().message +
                                "\nRecord something first: intercept -c policy.yaml --log-args full "
                                "-- COMMAND");
  }
  if (!files->is_log)
    return failed(terminal,
                  files->place + " is no audit log; name a log's folder or file, or \"audit\" for this installation's");
  options.place = files->place;
  trial::Suggester suggester(options);
  const LogTroubles troubles = read_log(*files, [&](const audit::Entry& entry) {
    // Of decisions alone something is chosen; the rest says how to read them.
    if (!entry.is_decision() || filter.matches(entry, nullptr)) suggester.see(entry);
    return true;
  });
  for (const std::string& trouble : troubles.files) terminal.err << "intercept: " << trouble << '\n';
  if (troubles.unreadable > 0) {
    terminal.err << "intercept: " << troubles.unreadable << " lines cannot be read; audit verify says more\n";
  }
  return report(suggester.suggest(), terminal);
}

}  // namespace

const CommandInfo suggest_info{
    "suggest",
    "suggest [--from WHERE] [--values N] [--generalise WORDS] [flags]",
    "the least policy that would have allowed what the log says was allowed",
    "It admits what was seen and nothing else: tools, whole calls, identities, rates. Record arguments first, with\n"
    "--log-args full. What cannot be listed is an error that names the generalisation that would admit it.\n",
    flags,
    "Exit status: 0; 1 if the log cannot be read, or something would have to be generalised; 2 for bad use.\n"
    "\n"
    "Examples:\n"
    "  intercept -c allow.yaml --log-args full -- COMMAND    # first: work as usual, and record it\n"
    "  intercept suggest > policy.yaml\n"
    "  intercept suggest --since 7d --server github --generalise paths,ranges > github.yaml\n",
    run};

}  // namespace cli
