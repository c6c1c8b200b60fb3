// Hosts and paths that are compared as text. A name's spelling does not say where it leads: other hosts begin or end
// alike, and `..` leads out of any prefix. url_host_in and path_within read them.
#include <algorithm>
#include <array>
#include <cctype>

#include "policy/lint.h"
#include "policy/url.h"

namespace policy {
namespace {

constexpr std::string_view foreign = "evil.example";

bool is_text_test(Op op) {
  return op == Op::starts_with || op == Op::ends_with || op == Op::contains || op == Op::regex || op == Op::matches ||
         op == Op::glob;
}

bool known_ending(std::string_view word) {
  static constexpr std::string_view endings[] = {"com",   "org",      "net", "io", "dev", "edu",  "gov",
                                                 "ai",    "co",       "app", "de", "eu",  "uk",   "example",
                                                 "local", "internal", "fr",  "ch", "us",  "info", "cloud"};
  return std::ranges::find(endings, word) != std::end(endings);
}

// "example.com", ".example.com", "@example.com", "https://example.com:8443": ends with a host of a domain that exists.
bool ends_with_domain(std::string_view text) {
  if (const std::size_t colon = text.rfind(':');
      colon != std::string_view::npos && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos)
    text = text.substr(0, colon);
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const auto before = static_cast<unsigned char>(text[dot - 1]);
  return std::isalnum(before) != 0 && known_ending(text.substr(dot + 1)) &&
         text.find_first_of("/? ", text.find("://") == std::string_view::npos ? 0 : text.find("://") + 3) ==
             std::string_view::npos;
}

// Digits and dots: an IPv4 address, or the beginning of one, as the hexadecimal number that most programs read as well.
std::string hexadecimal_address(std::string_view text) {
  std::array<unsigned, 4> parts{};
  std::size_t n = 0, dots = 0;
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return "";
  for (const char c : text) {
    if (c == '.') {
      ++dots;
      if (++n > 3) return "";
    } else if (c >= '0' && c <= '9') {
      parts[n] = parts[n] * 10 + static_cast<unsigned>(c - '0');
      if (parts[n] > 255) return "";
    } else {
      return "";
    }
  }
  if (dots == 0) return "";
  if (parts[3] == 0) parts[3] = 1;
  std::string out = "0x";
  for (const unsigned part : parts)
    for (const unsigned half : {part / 16, part % 16}) out += "0123456789abcdef"[half];
  return out;
}

bool leads_elsewhere(std::string_view text) {
  const auto url = parse_url(text);
  return url && (url->host.text == foreign || url->host.text.ends_with("." + std::string(foreign)));
}

enum class Kind : std::uint8_t { url, host, mail, other };

Kind kind_of(std::string_view name, std::string_view text) {
  if (text.find("://") != std::string_view::npos) return Kind::url;
  if (has_word(name, {"url", "uri", "link", "href", "endpoint", "webhook", "callback", "origin", "website"}))
    return Kind::url;
  if (has_word(name, {"host", "hostname", "domain", "fqdn", "ip"})) return Kind::host;
  if (has_word(name, {"email", "mail", "to", "recipient", "recipients", "cc", "bcc", "sender"})) return Kind::mail;
  return Kind::other;
}

// A text that passes and names a host that was not meant, or "".
std::string foreign_host(const Condition& c, Kind kind, const std::string& text, Patterns& patterns) {
  const std::string evil(foreign);
  std::vector<std::string> tries;
  const bool begins_inside = std::isalnum(static_cast<unsigned char>(text[0])) != 0;
  if (kind == Kind::url) {
    tries = {text + "." + evil, text + "@" + evil, "https://" + evil + "/?" + text, text_for(c, patterns, evil + "/?")};
    if (begins_inside && text.find("://") == std::string::npos) tries.push_back("https://" + text + "." + evil);
    for (const std::string& t : tries)
      if (leads_elsewhere(t) && text_passes(c, t, patterns)) return t;
    return "";
  }
  if (!ends_with_domain(text)) return "";
  if (begins_inside && text.find('@') == std::string::npos)
    tries.push_back(kind == Kind::mail ? "mallory@evil-" + text : "evil-" + text);
  tries.push_back((text[0] == '@' ? "mallory" : "") + text + "." + evil);
  for (const std::string& t : tries)
    if (text_passes(c, t, patterns)) return t;
  return "";
}

// A spelling of the same host that is not found, or "".
std::string other_spelling(const Condition& c, const std::string& text, Patterns& patterns) {
  const std::size_t scheme = text.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::string host = text.substr(start, text.find_first_of("/:?", start) - start);
  std::string other = text;
  if (const std::string number = hexadecimal_address(host); !number.empty()) {
    other = text.substr(0, start) + number + text.substr(start + host.size());
  } else if (ends_with_domain(host)) {
    for (std::size_t i = start; i < start + host.size(); ++i)
      other[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(other[i])));
  }
  return other != text && !text_passes(c, other, patterns) ? other : "";
}

bool names_a_host(const std::string& text) {
  const std::size_t scheme = text.find("://"), start = scheme == std::string::npos ? 0 : scheme + 3;
  return ends_with_domain(text.substr(start, text.find_first_of("/?#", start) - start));
}

bool host_by_text(const Site& site, std::string_view name, const std::string& text, Loading& l) {
  const Condition& c = site.condition;
  const Kind kind = kind_of(name, text);
  if (kind == Kind::other && !(c.op == Op::ends_with && ends_with_domain(text))) return false;
  if (site.sense == Sense::denies) {
    if (kind != Kind::url && kind != Kind::host) return false;
    const std::string other = other_spelling(c, text, l.patterns);
    if (other.empty()) return false;
    l.problems.warn("host-by-text", c.position,
                    "the denial compares a host as text: " + shown(other) + " is the same host and is not found",
                    "write op: url_host_in, or cidr_in for addresses; better, require the hosts that are permitted");
    return true;
  }
  if (!names_a_host(text)) return false;
  const std::string evil = foreign_host(c, kind == Kind::other ? Kind::mail : kind, text, l.patterns);
  if (evil.empty()) return false;
  l.problems.warn("host-by-text", c.position, "a host is compared as text: this requirement also admits " + shown(evil),
                  kind == Kind::mail || kind == Kind::other ? "begin the text with @, and compare it with ends_with"
                                                            : "write op: url_host_in with the hosts that are meant");
  return true;
}

// --- paths -----------------------------------------------------------------------------------------------------------

bool names_a_path(std::string_view name, std::string_view text) {
  if (text.find("://") != std::string_view::npos) return false;
  const bool rooted = text.starts_with('/') || text.starts_with("~/") ||
                      (text.size() > 2 && std::isalpha(static_cast<unsigned char>(text[0])) != 0 && text[1] == ':' &&
                       (text[2] == '\\' || text[2] == '/'));
  if (!rooted || text == "/") return false;
  if (has_word(name, {"path", "paths", "file", "filename", "filepath", "dir", "directory", "folder", "cwd", "root"}))
    return true;
  for (const std::string_view top :
       {"/etc", "/home", "/srv", "/var", "/tmp", "/usr", "/opt", "/root", "/proc", "/Users"})
    if (text.starts_with(top) && (text.size() == top.size() || text[top.size()] == '/')) return true;
  return false;
}

// Some rule of the entry refuses ".." in the same argument.
bool refuses_dots(const Site& site) {
  constexpr std::size_t most_rules = 100;  // looked at once for every condition
  if (site.entry.rules.size() > most_rules) return false;
  bool found = false;
  each_site(site.entry, site.section, [&](const Site& other) {
    const Condition& c = other.condition;
    found = found || (other.sense == Sense::denies && c.path.text() == site.condition.path.text() &&
                      (c.op == Op::contains || c.op == Op::regex) && c.value.text.find("..") != std::string::npos);
  });
  return found;
}

bool path_by_text(const Site& site, std::string_view name, const std::string& text, Loading& l) {
  const Condition& c = site.condition;
  if (!names_a_path(name, text)) return false;
  if (site.sense == Sense::denies) {
    const std::string other = "/tmp/.." + text;
    if (text[0] != '/' || text_passes(c, other, l.patterns)) return false;
    l.problems.warn("path-by-text", c.position,
                    "the denial compares a path as text: " + shown(other) + " is the same place and is not found",
                    "write op: path_within; better, require the directories that are permitted");
    return true;
  }
  const bool dots = refuses_dots(site);
  std::vector<std::string> tries;
  if (!text.ends_with('/') && !text.ends_with('\\')) tries.push_back(text + "-other/x");
  if (!dots) tries.push_back(text + (text.ends_with('/') ? "" : "/") + "../../etc/passwd");
  if (!dots) tries.push_back(text_for(c, l.patterns, "../../etc/passwd"));
  for (const std::string& t : tries) {
    const bool leaves = t.find("..") != std::string::npos || t.find("-other") != std::string::npos;
    if (!leaves || !text_passes(c, t, l.patterns)) continue;
    l.problems.warn("path-by-text", c.position, "a path is compared as text: this requirement also admits " + shown(t),
                    "write op: path_within with the directories that are meant");
    return true;
  }
  return false;
}

}  // namespace

bool lint_place(const Site& site, Loading& l) {
  const Condition& c = site.condition;
  if (site.sense == Sense::applies || !is_text_test(c.op)) return false;
  const std::string_view name = argument_name(c.path);
  if (name.empty()) return false;
  const std::string text = text_for(c, l.patterns);
  if (text.empty()) return false;
  return host_by_text(site, name, text, l) || path_by_text(site, name, text, l);
}

}  // namespace policy
