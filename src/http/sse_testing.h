// For tests of event streams: all that a reader tells of some bytes, and a slow, obvious implementation to hold it to.
#pragma once
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.h"

namespace http {

struct SseTold {
  std::string id = "-", event = "", retry = "-", data = "-";  // "-": absent; else "=" and the value
  std::string comment = "-";
  bool operator==(const SseTold&) const = default;
};

struct SsePlayed {
  std::vector<SseTold> told;
  std::string last_id;
  bool refused = false;
  bool operator==(const SsePlayed&) const = default;
};

inline SseTold told(const SseEvent& e) {
  SseTold out;
  if (e.id) out.id = "=" + std::string(*e.id);
  out.event = e.event;
  if (e.retry) out.retry = "=" + std::to_string(*e.retry);
  if (e.data) out.data = "=" + std::string(*e.data);
  return out;
}

inline SsePlayed play_sse(std::string_view bytes, std::size_t limit, const std::function<std::size_t()>& cut) {
  SsePlayed out;
  SseReader reader(limit);
  while (!bytes.empty() && !out.refused) {
    const std::string_view given = bytes.substr(0, std::max<std::size_t>(1, cut()));
    bytes.remove_prefix(given.size());
    const std::vector<char> piece(given.begin(), given.end());
    std::string_view in(piece.data(), piece.size());
    for (;;) {
      const SseFound found = reader.read(in);
      if (found == SseFound::more) break;
      if (found == SseFound::refused) {
        out.refused = true;
        break;
      }
      if (found == SseFound::event) out.told.push_back(told(reader.event()));
      if (found == SseFound::comment) out.told.push_back({.comment = "=" + std::string(reader.comment())});
    }
  }
  out.last_id = reader.last_event_id();
  return out;
}

// The standard's words, one after another, without limits: lines first, then fields.
inline SsePlayed slow_sse(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      line += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    lines.push_back(line);
    line.clear();
  }
  SsePlayed out;
  SseTold block;
  for (const std::string& l : lines) {
    if (l.empty()) {
      if (block != SseTold()) out.told.push_back(block);
      if (block.id != "-") out.last_id = block.id.substr(1);
      block = {};
      continue;
    }
    if (l[0] == ':') {
      out.told.push_back({.comment = "=" + l.substr(1)});
      continue;
    }
    const std::size_t colon = l.find(':');
    const std::string name = l.substr(0, colon);
    std::string value = colon == std::string::npos ? "" : l.substr(colon + 1);
    if (!value.empty() && value[0] == ' ') value.erase(0, 1);
    if (name == "event") block.event = value;
    if (name == "data") block.data = block.data == "-" ? "=" + value : block.data + "\n" + value;
    if (name == "id" && value.find('\0') == std::string::npos) block.id = "=" + value;
    if (name == "retry" && !value.empty() && value.find_first_not_of("0123456789") == std::string::npos) {
      const std::string digits = value.substr(std::min(value.find_first_not_of('0'), value.size() - 1));
      if (digits.size() < 20 || (digits.size() == 20 && digits <= "18446744073709551615")) block.retry = "=" + digits;
    }
  }
  return out;
}

}  // namespace http
