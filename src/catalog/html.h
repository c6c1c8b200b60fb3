// Writes HTML. Everything that comes from a server is hostile, so the types keep two kinds of text apart: markup, which
// only a literal of this program's source can be, and text, which is always escaped. There is no way to write text of
// the second kind unescaped, whatever is passed.
//   h << "<td>" << tool.name << "</td>";      the literals are markup, the name is escaped
// Text may stand between tags and inside a double-quoted attribute. It may not stand in <script>, <style> or a comment,
// nor in an attribute that holds a URL: that takes a Link (site_links.h).
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace catalog {

// A literal of the source. Nothing that is known only at run time converts to it.
class Markup {
 public:
  template <std::size_t N>
  consteval Markup(const char (&literal)[N]) : text_(literal, N - 1) {}  // NOLINT(google-explicit-constructor)
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// Where a reference leads: made by Links from checked parts, never from a server's text.
class Link {
 public:
  std::string_view text() const { return text_; }

 private:
  friend class Links;
  explicit Link(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

template <class T>
concept RuntimeText = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

class Html {
 public:
  Html& operator<<(Markup markup) {
    out_ += markup.text();
    return *this;
  }
  template <RuntimeText T>
  Html& operator<<(const T& text) {
    append_escaped(text);
    return *this;
  }
  Html& operator<<(const Link& link) {
    append_escaped(link.text());
    return *this;
  }
  Html& operator<<(const Html& part) {
    out_ += part.out_;
    return *this;
  }
  template <std::integral I>
    requires(!std::same_as<I, char> && !std::same_as<I, bool>)
  Html& operator<<(I number) {
    out_ += std::to_string(number);
    return *this;
  }

  const std::string& str() const { return out_; }
  std::size_t size() const { return out_.size(); }

 private:
  void append_escaped(std::string_view text);
  std::string out_;
};

// A number as people read it: 1,318.
std::string grouped(std::size_t number);

// The first sentence of a text, or its first `max` code points with "…", on one line, printable (base::printable).
std::string first_sentence(std::string_view text, std::size_t max = 160);

// A name or another short text of a stranger on one line: printable, at most `max` code points, never blank.
std::string shown_name(std::string_view text, std::size_t max);

// At most `max` code points of a text, line by line printable, with "…" where it was cut. White space at the ends is
// dropped, more than one blank line after another is one.
std::string shown_text(std::string_view text, std::size_t max);

}  // namespace catalog
