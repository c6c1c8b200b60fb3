// Checks of text that admit more or refuse less than they seem to, each beside a neighbour that is meant so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/lint_testing.h"
#include "policy/sample.h"

namespace policy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string condition(std::string_view path, std::string_view op, std::string_view value) {
  return "{path: args." + std::string(path) + ", op: " + std::string(op) + ", value: '" + std::string(value) + "'}";
}
std::set<std::string> required(std::string_view path, std::string_view op, std::string_view value) {
  return in_rules("{require: " + condition(path, op, value) + "}");
}
std::set<std::string> denied(std::string_view path, std::string_view op, std::string_view value) {
  return in_rules("{action: deny, when: " + condition(path, op, value) + "}");
}
std::string said_of(std::string_view path, std::string_view op, std::string_view value) {
  return said("tools: {t: {rules: [{require: " + condition(path, op, value) + "}]}}");
}

struct Row {
  const char *path, *op, *value;
};

void expect_required(std::initializer_list<Row> rows, const char* code) {
  for (const Row& r : rows)
    EXPECT_EQ(required(r.path, r.op, r.value), *code == 0 ? std::set<std::string>() : std::set<std::string>{code})
        << r.path << " " << r.op << " " << r.value;
}
void expect_denied(std::initializer_list<Row> rows, const char* code) {
  for (const Row& r : rows)
    EXPECT_EQ(denied(r.path, r.op, r.value), *code == 0 ? std::set<std::string>() : std::set<std::string>{code})
        << r.path << " " << r.op << " " << r.value;
}

TEST(LintPatterns, Unanchored) {
  expect_required({{"a", "regex", "[a-z]+"},
                   {"a", "regex", "[0-9]{4}-[0-9]{2}"},
                   {"a", "regex", "eu|us"},
                   {"a", "regex", "^eu|us$"},
                   {"a", "regex", "(?:x|y)\\d+"},
                   {"a", "regex", "v[0-9]*"}},
                  "unanchored-regex");
  expect_required({{"a", "regex", "^[a-z]+$"},
                   {"a", "matches", "[a-z]+"},
                   {"a", "regex", "^(eu|us)$"},
                   {"a", "regex", "\\Afoo[0-9]\\z"},
                   {"a", "regex", "^report-"},             // a prefix, and meant as one
                   {"a", "regex", "[.]pdf$"},              // a suffix
                   {"a", "regex", "release"},              // a word anywhere: contains, in other letters
                   {"a", "regex", "(?i)release"},          //
                   {"a", "regex", "\\blimit\\s+\\d+\\b"},  // word boundaries: whoever writes them means to search
                   {"a", "regex", ".*v[0-9].*"},           // says itself what may stand around
                   {"a", "regex", "^$|^[a-z]+$"}},
                  "");
  expect_denied({{"a", "regex", "[0-9]{16}"}, {"a", "regex", "eu|us"}}, "");
  EXPECT_THAT(said_of("a", "regex", "[a-z]+"), HasSubstr("also admits \"xx ~ axx ~ \""));
  EXPECT_THAT(said_of("a", "regex", "^eu|us$"), HasSubstr("one alternative each"));
  // A pattern in when only says where the rule looks.
  EXPECT_THAT(in_rules("{when: " + condition("a", "regex", "[a-z]+") + ", rate_limit: 5/hour}"), IsEmpty());
}

TEST(LintPatterns, AnchorsInDenialsAndLines) {
  expect_denied({{"note", "regex", "^internal"}, {"note", "regex", "^(draft|internal):"}}, "anchored-denial");
  expect_denied({{"note", "regex", "internal"},
                 {"note", "regex", "^(main|prod)$"},  // says what the whole text is
                 {"note", "regex", "(^|\\s)internal"},
                 {"note", "regex", "(?m)^\\s*internal"},
                 {"note", "matches", "internal.*"}},
                "");
  EXPECT_THAT(said("tools: {t: {rules: [{action: deny, when: " + condition("note", "regex", "^internal") + "}]}}"),
              HasSubstr("\" internal\" is not found"));
  expect_required({{"a", "regex", "(?m)^[a-z]+$"}}, "multiline-anchor");
  expect_required({{"a", "regex", "(?s)^[a-z]+$"}, {"a", "matches", "(?m)^[a-z]+$"}}, "");
  EXPECT_THAT(said_of("a", "regex", "(?m)^[a-z]+$"), HasSubstr("\\na\\n"));
}

TEST(LintPatterns, Dots) {
  expect_required({{"a", "matches", "[a-z]+@example.com"}, {"a", "regex", "^https://api.example.org/v1/[a-z]+$"}},
                  "regex-dot");
  expect_required({{"a", "matches", "[a-z]+@example\\.com"},
                   {"a", "matches", "[a-z]+@example[.]com"},
                   {"a", "matches", "[0-9]+.[0-9]+"},
                   {"a", "matches", "v.*"},
                   {"a", "matches", "a.b"}},
                  "");
  expect_denied({{"a", "matches", "[a-z]+@example.com"}}, "");  // denies a little more than it says
}

TEST(LintPatterns, CaseOfDenials) {
  expect_denied({{"text", "contains", "password"},
                 {"message", "regex", "secret"},
                 {"file", "ends_with", ".exe"},
                 {"domain", "eq", "internal"},
                 {"email", "eq", "ceo@example.com"},
                 {"body", "regex", "[Pp]assword"}},
                "case-sensitive-denial");
  expect_denied({{"text", "regex", "(?i)password"},
                 {"text", "contains", "1234"},
                 {"branch", "starts_with", "prod-"},  // names whose case means something
                 {"name", "starts_with", "prod-"},
                 {"id", "eq", "abc"},
                 {"file", "ends_with", "-secret"}},
                "");
  expect_required({{"text", "contains", "reviewed"}}, "");
}

TEST(LintPatterns, Code) {
  expect_required({{"sql", "starts_with", "SELECT"},
                   {"sql", "regex", "^SELECT "},
                   {"sql", "matches", "(?i)select .*"},
                   {"sql", "regex", "(?i)^\\s*select\\b"},
                   {"query", "regex", "^SELECT"},
                   {"statement", "starts_with", "SELECT "},
                   {"command", "starts_with", "git "},
                   {"cmd", "regex", "^(ls|cat) "},
                   {"shell_command", "matches", "git [a-z]+ .*"},
                   {"q", "contains", "INSERT INTO"}},
                  "code-by-regex");
  expect_denied({{"sql", "contains", "DROP"},
                 {"query", "regex", "(?i)drop\\s+table"},
                 {"sql", "regex", "DELETE|UPDATE"},
                 {"command", "contains", "rm -rf"},
                 {"command", "regex", "\\bsudo\\b"}},
                "code-by-regex");
  expect_required({{"sql", "matches", "SELECT [a-z]+ FROM [a-z]+"},  // nothing else fits
                   {"command", "matches", "git (status|log)"},
                   {"command", "eq", "git status"},
                   {"code", "matches", "[A-Z]{3}"},  // a currency
                   {"country_code", "regex", "^[A-Z]{2}$"},
                   {"query", "contains", "release"},  // a search
                   {"query", "starts_with", "is:open"},
                   {"title", "contains", "update"},
                   {"script", "matches", "[a-z_]+\\.py"}},
                  "");
  expect_denied({{"title", "contains", "1234"}, {"action", "eq", "delete"}}, "");
  EXPECT_THAT(said_of("sql", "regex", "^SELECT"), HasSubstr("\"SELECT 1; DROP TABLE users\""));
  EXPECT_THAT(said_of("sql", "matches", "SELECT .*"), HasSubstr("DROP TABLE"));
}

TEST(LintPatterns, Hosts) {
  expect_required({{"host", "ends_with", "example.com"},
                   {"to", "ends_with", "example.com"},
                   {"url", "starts_with", "https://example.com"},
                   {"url", "contains", "example.com"},
                   {"url", "regex", "^https://example\\.com"},
                   {"url", "regex", "example\\.com/"},
                   {"callback_url", "glob", "https://*.example.com/*"},
                   {"url", "ends_with", ".example.com"},
                   {"host", "regex", "example\\.com$"},
                   {"email", "regex", "@example\\.com"}},
                  "host-by-text");
  expect_required({{"to", "ends_with", "@example.com"},
                   {"host", "ends_with", ".example.com"},
                   {"url", "starts_with", "https://example.com/"},
                   {"url", "starts_with", "https://"},
                   {"url", "regex", "^https://example\\.com/v1/"},
                   {"host", "regex", "^([a-z]+\\.)?example\\.com$"},
                   {"email", "matches", "[a-z]+@example\\.com"},
                   {"url", "contains", "utm"},
                   {"url", "ends_with", ".pdf"},
                   {"file", "ends_with", ".pdf"},
                   {"url", "url_host_in", "example.com"}},
                  "");
  expect_denied({{"url", "contains", "evil.com"},
                 {"url", "starts_with", "http://169.254.169.254"},
                 {"host", "starts_with", "10."},
                 {"host", "ends_with", "internal.local"}},
                "host-by-text");
  expect_denied({{"url", "regex", "(?i)evil\\.com"}, {"url", "contains", "token"}, {"host", "url_host_in", "evil.com"}},
                "");
  EXPECT_THAT(said_of("url", "starts_with", "https://example.com"), HasSubstr("\"https://example.com.evil.example\""));
  EXPECT_THAT(said_of("url", "starts_with", "https://example.com"), HasSubstr("url_host_in"));
}

TEST(LintPatterns, Paths) {
  expect_required({{"path", "starts_with", "/srv/data"},
                   {"path", "starts_with", "/srv/data/"},
                   {"file", "glob", "/srv/data/*"},
                   {"path", "regex", "^/srv/data/"},
                   {"path", "matches", "/srv/.*"},
                   {"target", "starts_with", "/home/agent/"},
                   {"path", "starts_with", "~/work/"}},
                  "path-by-text");
  expect_required({{"path", "path_within", "/srv/data"},
                   {"path", "regex", "^/srv/[a-z0-9/]+$"},
                   {"path", "eq", "/srv/data"},
                   {"path", "starts_with", "/"},
                   {"path", "ends_with", ".txt"},
                   {"text", "starts_with", "/deploy"},
                   {"file", "starts_with", "report-"}},
                  "");
  expect_denied({{"path", "starts_with", "/etc"}, {"path", "regex", "^/root/"}}, "path-by-text");
  expect_denied({{"path", "contains", ".."}, {"path", "path_within", "/etc"}, {"path", "contains", ".ssh"}}, "");
  // Dots are refused by another rule, and the prefix ends at a slash.
  EXPECT_THAT(in_rules("{require: " + condition("path", "starts_with", "/srv/data/") +
                       "}, {action: deny, when: " + condition("path", "contains", "..") + "}"),
              IsEmpty());
  EXPECT_THAT(said_of("path", "starts_with", "/srv/data"), HasSubstr("\"/srv/data-other/x\""));
}

TEST(LintPatterns, NotTurnsTheSense) {
  EXPECT_THAT(in_rules("{action: deny, when: [{path: args.a, op: exists, value: true}, {not: " +
                       condition("a", "regex", "[a-z]+") + "}]}"),
              UnorderedElementsAre("unanchored-regex"));
  EXPECT_THAT(
      in_rules("{require: {any: [" + condition("a", "regex", "[a-z]+") + ", " + condition("a", "eq", "1") + "]}}"),
      UnorderedElementsAre("unanchored-regex"));
}

TEST(LintPatterns, FamilyCAndPrompts) {
  EXPECT_THAT(found("tools: {t: {require: [" + condition("sql", "regex", "^SELECT") + "]}}"),
              UnorderedElementsAre("code-by-regex"));
  EXPECT_THAT(found("tools: {t: {deny_if: [" + condition("path", "starts_with", "/etc") + "]}}"),
              UnorderedElementsAre("path-by-text"));
  EXPECT_THAT(found("prompts: {p: {rules: [{require: " + condition("a", "regex", "[a-z]+") + "}]}}"),
              UnorderedElementsAre("unanchored-regex"));
}

TEST(Sample, WritesTheShortestText) {
  struct Pair {
    const char *pattern, *text;
  };
  for (const Pair& p : {Pair{"^abc$", "abc"},
                        {"a+b*c?", "a"},
                        {"(x|y){3}", "xxx"},
                        {"[^a]", "b"},
                        {"\\d{2,}-\\w", "11-a"},
                        {"(?i:SEL)ect\\s", "SELect "},
                        {"(?P<n>a)\\.", "a."},
                        {"a{,2}", "a{,2}"},
                        {"[]a]", "a"},
                        {"[\\w.-]+", "a"}})
    EXPECT_EQ(sample(p.pattern), p.text) << p.pattern;
  EXPECT_EQ(sample("a.*b", {.fill = "zz"}), "azzb");
  EXPECT_EQ(sample("a.b", {.dot = '.'}), "a.b");
  for (const char* unknown : {"\\pL", "[[:alpha:]]", "\\Qx\\E", "a{9999}b{9999}", "(", "\\x41"})
    EXPECT_EQ(sample(unknown), std::nullopt) << unknown;
  EXPECT_EQ(sample(std::string(100, '(') + std::string(100, ')')), std::nullopt);
  EXPECT_THAT(alternatives("a|b(c|d)|[|]|\\|"), testing::ElementsAre("a", "b(c|d)", "[|]", "\\|"));
}

}  // namespace
}  // namespace policy
