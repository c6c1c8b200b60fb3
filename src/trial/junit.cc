// JUnit XML, as continuous integration servers read it: <testsuites>, <testsuite>, <testcase>, <failure>, <error>.
#include <cstdio>

#include "base/strings.h"
#include "base/unicode.h"
#include "trial/report.h"

namespace trial {
namespace {

// XML 1.0 has no way to write most control characters, U+FFFE and U+FFFF; they are made visible. In an attribute line
// feeds and tabs must be written as references, since readers make spaces of them.
void escape(std::string& out, std::string_view text, bool attribute) {
  while (!text.empty()) {
    const char c = text[0];
    const std::size_t plain = text.find_first_of("&<>\"'\n\t\r");
    if (plain != 0) {
      const std::string_view run = text.substr(0, plain);
      out += base::printable(run, run.size() + 1);
      text.remove_prefix(run.size());
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        break;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        break;
      default:
        out += "&#13;";
    }
    text.remove_prefix(1);
  }
}

void attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  escape(out, value, true);
  out += '"';
}

std::string seconds_text(double seconds) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.6f", seconds);
  return text;
}

void element(std::string& out, std::string_view name, std::string_view message, std::string_view type,
             std::string_view text) {
  out.append("      <").append(name);
  attribute(out, "message", message);
  attribute(out, "type", type);
  out += '>';
  escape(out, text, false);
  out.append("</").append(name).append(">\n");
}

void test_case(std::string& out, const FileResult& file, const CaseResult& one) {
  out += "    <testcase";
  attribute(out, "name", one.name.empty() ? file.file : one.name);
  attribute(out, "classname", file.file);
  attribute(out, "time", seconds_text(one.seconds));
  if (one.failures.empty()) {
    out += "/>\n";
    return;
  }
  std::string text;
  print_file(text, {file.file, "", {one}}, {});
  const Failure& first = one.failures[0];
  out += ">\n";
  element(out, "failure", file.file + ":" + std::to_string(first.position.line) + ": " + first.step, "difference",
          text);
  out += "    </testcase>\n";
}

double seconds_of(const FileResult& file) {
  double sum = 0;
  for (const CaseResult& one : file.cases) sum += one.seconds;
  return sum;
}

void counts(std::string& out, const std::vector<FileResult>& files, double seconds) {
  const Totals totals = totals_of(files);
  attribute(out, "tests", std::to_string(totals.passed + totals.failed + totals.broken));
  attribute(out, "failures", std::to_string(totals.failed));
  attribute(out, "errors", std::to_string(totals.broken));
  attribute(out, "time", seconds_text(seconds));
}

}  // namespace

std::string junit_xml(const std::vector<FileResult>& files) {
  double seconds = 0;
  for (const FileResult& file : files) seconds += seconds_of(file);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"intercept test\"";
  counts(out, files, seconds);
  out += ">\n";
  for (const FileResult& file : files) {
    out += "  <testsuite";
    attribute(out, "name", file.file);
    counts(out, {file}, seconds_of(file));
    attribute(out, "skipped", "0");
    out += ">\n";
    for (const CaseResult& one : file.cases) test_case(out, file, one);
    if (!file.problems.empty()) {
      out += "    <testcase";
      attribute(out, "name", file.file);
      attribute(out, "classname", file.file);
      attribute(out, "time", "0.000000");
      out += ">\n";
      element(out, "error", "it cannot be run", "unreadable", file.problems);
      out += "    </testcase>\n";
    }
    out += "  </testsuite>\n";
  }
  return out += "</testsuites>\n";
}

}  // namespace trial
