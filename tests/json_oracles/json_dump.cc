// json_dump PARSER FOLDER: prints the parser's verdict on every file of the folder, in the order of their names.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "dump.h"

void Dump::begin_value() {
  if (comma_) text_ += ',';
  comma_ = true;
}

void Dump::hex(std::string_view bytes) {
  for (const char c : bytes) {
    text_ += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text_ += "0123456789abcdef"[static_cast<unsigned char>(c) & 0xF];
  }
}

void Dump::scalar(char tag, std::string_view text) {
  begin_value();
  text_ += tag;
  text_ += text;
}

void Dump::string(std::string_view text) {
  begin_value();
  text_ += 's';
  hex(text);
}

void Dump::key(std::string_view text) {
  begin_value();
  hex(text);
  text_ += ':';
  comma_ = false;
}

void Dump::open(char bracket) {
  begin_value();
  text_ += bracket;
  comma_ = false;
}

void Dump::close(char bracket) {
  text_ += bracket;
  comma_ = true;
}

int main(int argc, char** argv) {
  const std::map<std::string_view, Parser> parsers = {
      {"intercept", dump_intercept}, {"tolerant", dump_tolerant}, {"nlohmann", dump_nlohmann}, {"boost", dump_boost}};
  const auto parser = argc == 3 ? parsers.find(argv[1]) : parsers.end();
  if (parser == parsers.end()) {
    (void)std::fprintf(stderr, "usage: json_dump intercept|tolerant|nlohmann|boost FOLDER\n");
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string document{std::istreambuf_iterator<char>(in), {}};
    const auto dump = parser->second(document);
    (void)std::printf("%s\t%s\t%s\n", file.filename().c_str(), dump ? "accept" : "reject", dump ? dump->c_str() : "");
  }
  return 0;
}
