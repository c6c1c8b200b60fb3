// Codes of regular expressions and other checks of text. Each finding shows a text that was tried.
#include "policy/codes_rows.h"

namespace policy {

using code_rows::warning;

std::vector<Code> pattern_codes() {
  return {
      warning(
          "anchored-denial", "a denial that a space evades",
          "The pattern begins with ^, and a denial is met only by what begins so. A space, a line break or any word "
          "before it evades the denial, and most programs do not mind it. Denials list what somebody thought of; a "
          "requirement that lists what is permitted has no such holes.",
          "tools:\n  t:\n    rules:\n      - {action: deny, when: {path: args.note, op: regex, value: '^internal'}}\n",
          "tools:\n  t:\n    rules:\n      - {action: deny, when: {path: args.note, op: regex, value: "
          "'(?i)\\binternal'}}\n"),
      warning(
          "case-sensitive-denial", "a denial that another case evades",
          "The text is compared byte for byte, and its case means nothing to whoever reads it: a host, an address, "
          "prose, a file's extension. The finding shows the spelling that passes. (?i) at the beginning of a pattern "
          "ignores case.",
          "tools:\n  t:\n    rules:\n      - {action: deny, when: {path: args.text, op: contains, value: password}}\n",
          "tools:\n  t:\n    rules:\n"
          "      - {action: deny, when: {path: args.text, op: regex, value: '(?i)password'}}\n"),
      warning(
          "code-by-regex", "code is checked as text",
          "SQL, shell commands and scripts are languages, and a test of their text does not say what they do. "
          "^SELECT also begins SELECT 1; DROP TABLE x, and SELECT can call functions that write. Case, comments "
          "(DROP/**/TABLE), quotes (r\"\"m), line breaks and encodings say the same in other letters.\n\n"
          "The boundary belongs where the code runs: a database account that may only read, a sandbox, a server with "
          "narrower tools. In the policy, list whole statements or commands with in, describe the whole text with "
          "matches and without wildcards, or deny the tool.",
          "tools:\n  query:\n    rules:\n      - require: {path: args.sql, op: regex, value: '^SELECT'}\n",
          "tools:\n  query:\n    rules:\n"
          "      - require: {path: args.sql, op: in, value: [SELECT count(*) FROM orders, SELECT version()]}\n"),
      warning(
          "host-by-text", "a host is compared as text",
          "evil-example.com ends with example.com, https://example.com.evil.example begins with https://example.com, "
          "and in https://example.com@evil.example it is a user's name. Denials are evaded by case and by other "
          "spellings of an address. url_host_in parses the URL as clients do; cidr_in reads addresses.",
          "tools:\n  fetch:\n    rules:\n"
          "      - require: {path: args.url, op: starts_with, value: \"https://example.com\"}\n",
          "tools:\n  fetch:\n    rules:\n      - require: {path: args.url, op: url_host_in, value: example.com}\n"),
      warning("multiline-anchor", "^ and $ hold at every line",
              "With (?m) a text passes if one of its lines does, whatever stands in the others.",
              "tools:\n  t:\n    rules:\n      - require: {path: args.name, op: regex, value: '(?m)^[a-z]+$'}\n",
              "tools:\n  t:\n    rules:\n      - require: {path: args.name, op: matches, value: '[a-z]+'}\n"),
      warning("path-by-text", "a path is compared as text",
              "/srv/data-secret begins with /srv/data, and so does /srv/data/../../etc/passwd. A denial of /etc is "
              "evaded by "
              "/tmp/../etc. path_within normalises the path and compares whole parts; it does not see symbolic links.",
              "tools:\n  read:\n    rules:\n      - require: {path: args.path, op: starts_with, value: /srv/data/}\n",
              "tools:\n  read:\n    rules:\n      - require: {path: args.path, op: path_within, value: /srv/data}\n"),
      warning(
          "regex-dot", "an unescaped dot in a host",
          "In a pattern a dot is any character: example.com is also examplexcom, which anybody may register. Write \\. "
          "in single quotes, or url_host_in, which needs no pattern.",
          "tools:\n  t:\n    rules:\n      - require: {path: args.to, op: matches, value: '[a-z]+@example.com'}\n",
          "tools:\n  t:\n    rules:\n      - require: {path: args.to, op: matches, value: '[a-z]+@example\\.com'}\n"),
      warning("unanchored-regex", "a requirement that searches",
              "regex is met by a match anywhere in the text; what stands before and after is not looked at. matches "
              "compares the whole text. In '^a|b$' the ^ belongs to a alone and the $ to b alone.",
              "tools:\n  t:\n    rules:\n      - require: {path: args.name, op: regex, value: '[a-z0-9-]+'}\n",
              "tools:\n  t:\n    rules:\n      - require: {path: args.name, op: matches, value: '[a-z0-9-]+'}\n"),
  };
}

}  // namespace policy
