// Invented but typical tools against what a person says they are (tests/data/classify/expected.txt): balanced accuracy,
// precision and recall per class.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "classify/classify.h"
#include "json/document.h"

namespace classify {
namespace {

constexpr std::size_t classes = 5;

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string::npos) return "";
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::vector<std::string> split(const std::string& line, char at) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, at);) out.push_back(trimmed(part));
  return out;
}

// "limit:integer" or "action=list/delete" as a property.
std::string property(const std::string& argument) {
  const std::size_t value = argument.find('='), type = argument.find(':');
  if (value != std::string::npos) {
    std::string out = '"' + argument.substr(0, value) + "\":{\"enum\":[";
    for (const std::string& one : split(argument.substr(value + 1), '/')) out += '"' + one + "\",";
    out.back() = ']';
    return out + '}';
  }
  const std::string kind = type == std::string::npos ? "string" : argument.substr(type + 1);
  return '"' + argument.substr(0, type) + "\":{\"type\":\"" + kind + "\"}";
}

struct Row {
  std::string of, name, tool;
};

std::vector<Row> rows() {
  const char* const root = std::getenv("INTERCEPT_SOURCE_DIR");
  std::ifstream in(std::string(root == nullptr ? "." : root) + "/tests/data/classify/expected.txt");
  std::vector<Row> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells = split(line, '|');
    cells.resize(4);
    std::string properties;
    for (const std::string& argument : split(cells[3], ','))
      properties += (properties.empty() ? "" : ",") + property(argument);
    out.push_back({cells[0], cells[1],
                   R"({"name":")" + cells[1] + R"(","description":")" + cells[2] +
                       R"(","inputSchema":{"properties":{)" + properties + "}}}"});
  }
  return out;
}

TEST(Expected, PerClass) {
  std::array<std::array<int, classes>, classes> table{};  // expected, assessed
  const std::vector<Row> all = rows();
  ASSERT_GT(all.size(), 300U) << "set INTERCEPT_SOURCE_DIR";
  for (const Row& row : all) {
    json::Document document;
    ASSERT_TRUE(document.read(row.tool, json::Profile::strict)) << row.tool;
    const Assessment a = assess(document.root());
    std::size_t expected = classes;
    for (std::size_t c = 0; c < classes; ++c) {
      if (text(static_cast<Class>(c)) == row.of) expected = c;
    }
    ASSERT_LT(expected, classes) << row.of;
    ++table[expected][static_cast<std::size_t>(a.of)];
    if (text(a.of) != row.of) std::cout << row.name << ": " << text(a.of) << ", expected " << row.of << '\n';
  }
  double balanced = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    int found = table[c][c], is = 0, called = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      is += table[c][k];
      called += table[k][c];
    }
    const double recall = static_cast<double>(found) / is, precision = static_cast<double>(found) / called;
    std::printf("%-12s %3d tools  precision %.3f  recall %.3f\n", std::string(text(static_cast<Class>(c))).c_str(), is,
                precision, recall);
    EXPECT_GE(recall, 0.95) << text(static_cast<Class>(c));
    EXPECT_GE(precision, 0.95) << text(static_cast<Class>(c));
    balanced += recall / classes;
  }
  std::printf("balanced accuracy %.3f\n", balanced);
}

}  // namespace
}  // namespace classify
