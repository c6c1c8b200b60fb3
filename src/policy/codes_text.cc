// Codes of files and of their text: YAML, JSON, and what stops a file before its meaning is looked at.
#include "policy/codes_rows.h"

namespace policy {

using code_rows::error;
using yaml::Severity;

std::vector<Code> text_codes() {
  return {
      error(
          "alias", "an alias names no anchor",
          "*name stands for the value that &name marked earlier in the file. Nothing before this place is marked with "
          "that name.",
          "tools:\n  a: *limits\n", "tools:\n  b: &limits {rules: [{rate_limit: 5/hour}]}\n  a: *limits\n"),
      error(
          "alias-budget", "aliases expand to too much",
          "Written out, the aliases of this file come to more than 100,000 values or 8 MiB. A few lines of aliases of "
          "aliases can expand to any size, so that there is a bound."),
      error(
          "anchor", "an anchor is defined twice",
          "Two values carry the same &name. YAML lets the later one win for what follows, which is easily overlooked.",
          "tools:\n  a: &x {}\n  b: &x {}\n", "tools:\n  a: &x {}\n  b: &y {}\n"),
      error("cannot-run", "the policy loads and cannot be put in force",
            "The policy is well formed, and something in it is too large to be compiled: a regular expression that RE2 "
            "refuses for its size. Make the pattern smaller."),
      error(
          "control-character", "an invisible character",
          "Control characters, NUL, carriage returns without a line feed and Unicode's own line breaks do not show in "
          "editors: what a person reads and what a program reads would differ. Take the character out; in quoted text "
          "write an escape such as \\u001b.",
          "description: a\x01"
          "b\n",
          "description: ab\n"),
      error(
          "duplicate-key", "one key twice",
          "Two equal keys stand in one map, or one tool is hidden twice. Readers of YAML and JSON disagree about which "
          "one counts, so that neither does. Join the two, or take one out.",
          "tools:\n  a: {}\n  a: {rules: [{action: deny}]}\n", "tools:\n  a: {rules: [{action: deny}]}\n"),
      error("empty", "there is nothing in the file",
            "The file holds only comments or white space. An empty file is more likely a mistake than a policy that "
            "permits everything; the smallest policy says so.",
            "# to be written\n", "version: \"1\"\ndefault: allow\n"),
      error("encoding", "the file is not UTF-8",
            "A policy is UTF-8 text. Other encodings are not guessed at, since a name would be compared wrongly. Save "
            "the "
            "file as UTF-8."),
      error("json", "not readable as JSON",
            "A file that begins with { and a quoted key is read as JSON, strictly: no comments, no trailing commas, no "
            "duplicate keys. The place is where reading stopped.",
            "{\"version\": \"1\"\n", "{\"version\": \"1\"}\n"),
      error("key", "a key that is no name",
            "A key must be text: not a list or a map, and not missing before its colon.", "? [a, b]\n: {}\n",
            "tools: {a: {}, b: {}}\n"),
      error("lost-indentation", "a page without its indentation",
            "Rules stand at the top level: this is a page that was pasted without the spaces at the beginnings of its "
            "lines. The mended text is printed with the finding. A policy is tools:, then the tool's name indented by "
            "two spaces, then rules: by four.",
            "tools:\narcane_environment_delete:\nrules:\n- action: deny\n",
            "tools:\n  arcane_environment_delete:\n    rules:\n      - action: deny\n"),
      error("merge-key", "merge keys are not part of the language",
            "<<: *defaults copies keys of another map, with rules about precedence that few remember. Write the keys "
            "out, "
            "or alias the whole value.",
            "tools:\n  a: &x {rules: [{rate_limit: 5/hour}]}\n  b:\n    <<: *x\n",
            "tools:\n  a: &x {rules: [{rate_limit: 5/hour}]}\n  b: *x\n"),
      error("layout", "a layout that fmt would not vouch for",
            "intercept fmt reads what it wrote and compares it with the file, value by value and comment by comment. "
            "Here they differ, or a key is very long or stands on several lines, so that nothing was written. Lay the "
            "file out by hand around the place, and tell us of it."),
      {"more", Severity::note, Silencing::never, "more problems than are shown",
       "At most 200 problems are shown, errors first. Mend those and validate again.", "", "", ""},
      error("several-documents", "a second document begins",
            "A line of three dashes begins another YAML document. A policy is one document; what stands behind would "
            "silently be left out by many readers.",
            "default: deny\n---\ndefault: allow\n", "default: deny\n"),
      error("tab", "a tab as indentation", "YAML indents with spaces only. Set the editor to two spaces.",
            "tools:\n\ta: {}\n", "tools:\n  a: {}\n"),
      error("tag", "a tag",
            "!tags ask a reader to build something else than text, numbers, lists and maps. A policy has those only. "
            "Take the tag out, and quote the value if it is text.",
            "description: !secret x\n", "description: x\n"),
      error("too-deep", "too many levels",
            "Lists and maps are nested more than 64 deep. No policy needs that; look for an unclosed bracket."),
      error("too-large", "the file is larger than 8 MiB",
            "Policies are read when a session starts and whenever they change, and are bounded at 8 MiB. Globs and "
            "aliases say much in few lines."),
      error("too-many-values", "more than 1,000,000 values",
            "The file has more than a million keys and values, which is more than is read when a session starts."),
      {"lock-unusable", Severity::warning, Silencing::never, "the lock file cannot be used",
       "The file that lock: names is missing, broken, or may be written by other users. A session refuses to start "
       "with "
       "it. The message says which, and what to do; it is sought beside the policy.",
       "", "", ""},
      error("unreadable", "the file cannot be read",
            "The file is missing, a directory, a pipe, empty, larger than 8 MiB, or may not be read. The message says "
            "which, and what to do."),
      {"untrusted-file", Severity::warning, Silencing::never, "others could change this file",
       "Another user owns the file or may write it, so that whoever that is decides what the agent may do. A session "
       "refuses to start with it. The message names the mode or owner and the command that mends it.",
       "", "", ""},
      error("yaml", "not readable as YAML",
            "The text breaks the rules of YAML; the message says where and what was expected. The usual causes are a "
            "missing space after a colon, indentation that does not line up, and a name that begins with * without "
            "quotes.",
            "tools:\n  a: {rules: [\n", "tools:\n  a: {rules: []}\n"),
  };
}

}  // namespace policy
