// The dump that every oracle prints (README.md), shared by the three parsers of json_dump.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Puts commas, keys and brackets. The caller says what comes, in document order.
class Dump {
 public:
  void scalar(char tag, std::string_view text = {});  // z, t, f, or n and the number's text
  void string(std::string_view text);
  void key(std::string_view text);
  void open(char bracket);
  void close(char bracket);
  const std::string& text() const { return text_; }

 private:
  void begin_value();
  void hex(std::string_view bytes);
  std::string text_;
  bool comma_ = false;  // something stands before what comes next in the same container
};

// The document's dump, or nullopt if the parser refuses it.
using Parser = std::optional<std::string> (*)(std::string_view document);
std::optional<std::string> dump_intercept(std::string_view document);
std::optional<std::string> dump_tolerant(std::string_view document);
std::optional<std::string> dump_nlohmann(std::string_view document);
std::optional<std::string> dump_boost(std::string_view document);
