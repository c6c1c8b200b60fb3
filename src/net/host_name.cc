// Texts only, but for the hosts file. ASCII throughout: a name in another script is written with "xn--".
#include "net/host_name.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace net {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;
constexpr std::size_t most_names = 16;
constexpr std::size_t most_addresses = 32;
constexpr std::size_t most_of_hosts = std::size_t{8} << 20U;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
bool is_label_char(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_number(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  return label.size() >= 2 && label[0] == '0' && lower(label[1]) == 'x' &&
         std::all_of(label.begin() + 2, label.end(), is_hex);
}

std::string label_error(std::string_view label) {
  if (label.empty()) return "a part between two dots is empty";
  if (label.size() > longest_label) return "a part between two dots is longer than 63 characters";
  if (label.front() == '-') return "a part begins with \"-\"";
  for (const char c : label) {
    if (static_cast<unsigned char>(c) >= 0x80)
      return "it has characters beyond ASCII: write it with \"xn--\" (Punycode)";
    if (!is_label_char(c)) return "it has characters other than letters, digits, \"-\", \"_\" and \".\"";
  }
  return "";
}

std::string contents(const std::string& path) {
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return text;
  struct stat info{};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
    std::array<char, 16384> chunk;
    while (text.size() < most_of_hosts) {
      const ssize_t got = ::read(fd, chunk.data(), chunk.size());
      if (got <= 0) break;
      text.append(chunk.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return text;
}

// Takes the first word of `line`; "" if there is none.
std::string_view take_word(std::string_view& line) {
  const auto* begin = std::find_if_not(line.begin(), line.end(), is_blank);
  const auto* end = std::find_if(begin, line.end(), is_blank);
  const std::string_view word(begin, end);
  line = std::string_view(end, line.end());
  return word;
}

bool names(std::string_view line, std::string_view name) {
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    if (same(without_dot(word), name)) return true;
  }
  return false;
}

}  // namespace

std::string name_error(std::string_view name) {
  name = without_dot(name);
  if (name.empty()) return "a host has no name";
  if (name.size() > longest_name) return "it is longer than 253 characters";
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const std::string_view label = name.substr(at, dot - at);
    if (std::string error = label_error(label); !error.empty()) return error;
    if (dot == name.size() && is_number(label)) return "it ends in a number, but is no address";
    at = dot + 1;
  }
  return "";
}

bool is_localhost(std::string_view name) {
  static constexpr std::string_view localhost = "localhost";
  name = without_dot(name);
  if (name.size() <= localhost.size()) return same(name, localhost);
  const std::string_view end = name.substr(name.size() - localhost.size() - 1);
  return end.front() == '.' && same(end.substr(1), localhost);
}

std::vector<std::string> names_to_ask(std::string_view name, const std::vector<std::string>& domains, int ndots) {
  const std::string as_is(without_dot(name));
  if (name.ends_with('.')) return {as_is};
  const bool as_is_first = std::count(name.begin(), name.end(), '.') >= ndots;
  std::vector<std::string> names;
  if (as_is_first) names.push_back(as_is);
  for (const std::string& domain : domains) {
    if (names.size() + 1 >= most_names) break;
    std::string below = as_is + "." + std::string(without_dot(domain));
    if (!without_dot(domain).empty() && name_error(below).empty()) names.push_back(std::move(below));
  }
  if (!as_is_first) names.push_back(as_is);
  return names;
}

std::vector<SocketAddress> addresses_in_hosts(const std::string& path, std::string_view name, std::uint16_t port) {
  std::vector<SocketAddress> found;
  name = without_dot(name);
  const std::string text = contents(path);
  for (std::size_t at = 0; at < text.size() && found.size() < most_addresses;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    line = line.substr(0, line.find('#'));
    const std::string_view word = take_word(line);
    if (word.empty() || !names(line, name)) continue;
    const auto address = SocketAddress::parse(word, port);
    if (address && std::find(found.begin(), found.end(), *address) == found.end()) found.push_back(*address);
  }
  return found;
}

}  // namespace net
