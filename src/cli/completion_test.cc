// Scripts and manual pages are complete: whatever the table lists is in each of them. What shells and manual readers
// make of them: tests/authoring/test_completion.py.
#include "cli/completion.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/man.h"

namespace cli {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string without(std::string text, char c) {
  std::erase(text, c);
  return text;
}

// The lines of a script that belong to one command.
std::string part_of(const std::string& script, const std::string& begin, const std::string& end) {
  const std::size_t at = script.find(begin);
  EXPECT_NE(at, std::string::npos) << begin;
  return at == std::string::npos ? "" : script.substr(at, script.find(end, at + begin.size()) - at);
}

TEST(Completion, EveryCommandAndShownFlagIsInEveryScript) {
  const std::string bash = bash_completion(), zsh = zsh_completion(), fish = fish_completion();
  for (const CommandInfo* c : commands()) {
    const std::string name(c->name);
    const std::string in_bash = part_of(bash, "    '" + name + "')", "\n      ;;\n"),
                      in_zsh = part_of(zsh, "    '" + name + "')", "\n      ;;\n"),
                      in_fish = part_of(fish, "\n# intercept " + name + "\n", "\n\n");
    for (const FlagInfo& flag : c->flags) {
      const std::string long_name(flag.name());
      EXPECT_EQ(has(in_bash, long_name), flag.shown) << name << ' ' << long_name;
      EXPECT_EQ(has(in_zsh, "*" + long_name), flag.shown) << name << ' ' << long_name;
      EXPECT_EQ(has(in_fish, "-l " + long_name.substr(2) + " "), flag.shown) << name << ' ' << long_name;
      for (const std::string_view word : split_words(flag.words))
        for (const std::string* script : {&in_bash, &in_zsh, &in_fish})
          EXPECT_TRUE(has(*script, std::string(word))) << name << ' ' << long_name << ' ' << word;
    }
    for (const std::string_view word : split_words(c->name)) {
      if (name == "run") continue;
      EXPECT_TRUE(has(bash, " " + std::string(word)) || has(bash, "'" + std::string(word))) << word;
      EXPECT_TRUE(has(zsh, "'" + std::string(word) + ":")) << word;
      EXPECT_TRUE(has(fish, " -a " + std::string(word) + " ")) << word;
    }
  }
}

// A flag that takes one of a few words says so in its help too.
TEST(Completion, WordsOfAFlagStandInItsHelp) {
  for (const CommandInfo* c : commands())
    for (const FlagInfo& flag : c->flags)
      for (const std::string_view word : split_words(flag.words))
        EXPECT_TRUE(has(std::string(flag.help), std::string(word))) << c->name << ' ' << flag.name() << ' ' << word;
}

TEST(Man, EveryCommandHasAPageWithItsFlags) {
  const std::string whole = without(manual_page(*find_command("run")), '\\');
  for (const CommandInfo* c : commands()) {
    const std::string page = without(manual_page(*c), '\\');
    EXPECT_TRUE(page.starts_with(".TH INTERCEPT")) << page;
    for (const FlagInfo& flag : c->flags)
      EXPECT_EQ(has(page, "fB" + std::string(flag.name()) + "fR"), flag.shown) << c->name << ' ' << flag.name();
    for (const char* section : {".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH EXIT STATUS", ".SH SEE ALSO"})
      EXPECT_TRUE(has(page, section)) << c->name << ' ' << section;
    EXPECT_TRUE(std::ranges::all_of(page, [](char x) { return x == '\n' || (x >= ' ' && x < 0x7F); })) << c->name;
    if (c->name != "run") EXPECT_TRUE(has(whole, "fBintercept " + std::string(c->name) + "fR")) << c->name;
  }
}

TEST(Man, WhatRoffWouldTakeForItsOwnIsEscaped) {
  constexpr FlagInfo flags[] = {{"-x,--ex", "A\\B", ".start 'it' ~ … -"}};
  const CommandInfo odd{"odd", "odd .x", "does\\n't", ".about\n  .shown\n", flags, "Exit status: 0.\n", nullptr};
  const std::string page = manual_page(odd);
  EXPECT_TRUE(has(page, "does\\en\\(aqt")) << page;
  EXPECT_TRUE(has(page, "\n\\&.about\n.RS 4\n.EX\n\\&.shown\n.EE\n.RE\n")) << page;
  EXPECT_TRUE(has(page, "\\fB\\-x\\fR, \\fB\\-\\-ex\\fR \\fIA\\eB\\fR\n\\&.start \\(aqit\\(aq \\(ti \\[u2026] \\-\n"))
      << page;
}

}  // namespace
}  // namespace cli
