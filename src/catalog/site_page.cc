// The frame of every page: head, skip link, header with search, main, footer. One content security policy for all of
// them, which allows the site's own files and nothing else. ("file:" is for pages that are opened from a folder: there
// not every browser holds 'self' to be the folder; a page from a web server may load no file: anyway.)
#include "base/sha256.h"
#include "catalog/site_assets.h"
#include "catalog/site_parts.h"

namespace catalog {
namespace {

void append_head(Html& out, const Site& site, const Links& links, std::string_view path, std::string_view title,
                 std::string_view summary) {
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self' file:; "
         "script-src 'self' file:; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
         "content=\"no-referrer\">\n<title>";
  if (title != site.options.title) out << title << " · ";
  out << site.options.title << "</title>\n<meta name=\"description\" content=\"" << summary << "\">\n";
  if (!site.options.base_url.empty())
    out << "<link rel=\"canonical\" href=\"" << Links::canonical(site.options.base_url, path) << "\">\n";
  out << "<link rel=\"stylesheet\" href=\"" << links.to(style_path) << "\">\n<script src=\"" << links.to(script_path)
      << "\" data-root=\"" << links.root() << "\" defer></script>\n</head>\n";
}

void append_nav_item(Html& out, const Link& to, std::string_view text, bool current) {
  out << "<li><a href=\"" << to << "\"";
  if (current) out << " aria-current=\"true\"";
  out << ">" << text << "</a></li>";
}

void append_header(Html& out, const Site& site, const Links& links, Section section) {
  out << "<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header class=\"top\"><div "
         "class=\"frame\">\n"
         "<a class=\"brand\" href=\""
      << links.to(index_path)
      << "\"><svg viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path fill=\"currentColor\" d=\"M10 1 2.5 3.8v5.4c0 4.6 "
         "3.1 "
         "8.1 7.5 9.8 4.4-1.7 7.5-5.2 7.5-9.8V3.8L10 1Zm0 4.2c.6 0 1 .4 1 1v2.9h2.4a1 1 0 1 1 0 2H11v2.7a1 1 0 1 1-2 "
         "0v-2.7H6.6a1 1 0 1 1 0-2H9V6.2c0-.6.4-1 1-1Z\"/></svg><span>"
      << site.options.title << "</span></a>\n<nav aria-label=\"Catalogue\"><ul>";
  append_nav_item(out, links.to(index_path), "Servers", section == Section::servers);
  append_nav_item(out, links.to(risk_path(classify::Severity::critical)), "Risk levels", section == Section::risk);
  append_nav_item(out, links.to(attacks_path), "Attacks", section == Section::attacks);
  out << "</ul></nav>\n<search class=\"search\" id=\"search\" hidden><input type=\"search\" aria-label=\"Search "
         "servers "
         "and tools\" placeholder=\"Search servers and tools\" autocomplete=\"off\" spellcheck=\"false\">"
         "<kbd aria-hidden=\"true\">/</kbd><div class=\"results\" id=\"search-results\" hidden>"
         "<p id=\"search-status\" role=\"status\"></p></div></search>\n</div></header>\n<main id=\"main\" "
         "class=\"frame\" tabindex=\"-1\">\n";
}

void append_foot(Html& out) {
  out << "</main>\n<footer class=\"foot\"><div class=\"frame\"><p>Classes, severities and policies are computed from "
         "what each server says of its own tools. A definition can be wrong or can lie: read this as a place to begin, "
         "not as a promise.</p><p>Made by Intercept.</p></div></footer>\n</body>\n</html>\n";
}

// As a content security policy names a style that it allows.
std::string digest_of_style() {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto digest = base::sha256(site_style().text());
  std::string out = "sha256-";
  unsigned bits = 0, held = 0;
  for (const auto byte : digest) {
    bits = (bits << 8U) | static_cast<unsigned>(byte);
    for (held += 8; held >= 6; held -= 6) out += letters[(bits >> (held - 6)) & 63U];
  }
  out += letters[(bits << (6 - held)) & 63U];  // of 32 bytes 4 bits are left
  return out + '=';
}

}  // namespace

std::string whole_alone(const std::string& title, const std::string& summary, const Html& body) {
  Html out;
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '"
      << digest_of_style()
      << "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
         "content=\"no-referrer\">\n<title>"
      << title << "</title>\n<meta name=\"description\" content=\"" << summary << "\">\n<style>" << site_style()
      << "</style>\n</head>\n<body>\n<main id=\"main\" class=\"frame\">\n"
      << body;
  append_foot(out);
  return out.str();
}

Page::Page(const Site& site, Section section, std::string path, std::string title, std::string summary)
    : site_(site),
      section_(section),
      path_(std::move(path)),
      title_(std::move(title)),
      summary_(std::move(summary)),
      links_(path_) {}

void Page::trail(std::span<const std::pair<std::string, std::string>> steps) {
  body << "<nav class=\"trail\" aria-label=\"Where you are\"><ol>";
  for (const auto& [to, text] : steps) body << "<li><a href=\"" << links_.to(to) << "\">" << text << "</a></li>";
  body << "<li aria-current=\"page\">" << title_ << "</li></ol></nav>\n";
}

std::string Page::whole() const {
  Html out;
  append_head(out, site_, links_, path_, title_, summary_);
  append_header(out, site_, links_, section_);
  out << body;
  append_foot(out);
  return out.str();
}

}  // namespace catalog
