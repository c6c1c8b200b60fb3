// Paths: a small hand-written parser that names the character it stumbles over, and the walk of key and index steps.
#include "json/path.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

#include "base/strings.h"
#include "base/unicode.h"
#include "json/writer.h"

namespace json {
namespace {

// A character that a key may have without brackets and quotes.
bool is_word_character(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u != 0x7F && c != '.' && c != '[' && c != ']' && c != '"' && c != '*';
}

bool is_word(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_word_character); }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<Path> parse() {
    if (const std::size_t bad = base::first_invalid_utf8(text_); bad != std::string_view::npos) {
      return base::fail("invalid UTF-8 at column " + std::to_string(bad + 1));
    }
    Path path;
    path.root = word();
    if (path.root.empty()) return base::fail(problem("a word should begin the path"));
    while (at_ < text_.size()) {
      auto step = text_[at_] == '.' ? dotted() : text_[at_] == '[' ? bracketed() : unexpected();
      if (!step) return std::unexpected(std::move(step.error()));
      path.steps.push_back(std::move(*step));
    }
    return path;
  }

 private:
  std::string_view word() {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    return text_.substr(first, at_ - first);
  }

  base::Result<Step> dotted() {
    ++at_;
    const std::string_view key = word();
    if (key.empty()) return base::fail(problem("a key should follow the dot"));
    return Step{.kind = Step::Kind::key, .key = std::string(key)};
  }

  base::Result<Step> bracketed() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t first = at_;
    while (at_ < text_.size() && (is_word_character(text_[at_]) || text_[at_] == '*')) ++at_;
    const std::string_view inside = text_.substr(first, at_ - first);
    const auto step = selector(inside);
    if (!step) {
      if (at_ == text_.size() || inside.empty())
        return base::fail(problem("expected an index, all, any, * or a quoted key"));
      at_ = first;
      return base::fail("\"" + base::printable(inside, 40) + "\" at column " + column() +
                        " is not an index, all, any or *; a key stands in quotes");
    }
    return closed(*step);
  }

  static std::optional<Step> selector(std::string_view inside) {
    if (inside == "all") return Step{.kind = Step::Kind::all, .key = {}};
    if (inside == "any") return Step{.kind = Step::Kind::any, .key = {}};
    if (inside == "*") return Step{.kind = Step::Kind::star, .key = {}};
    Step step{.kind = Step::Kind::index, .key = {}};
    const char* const begin = inside.data();
    const char* const end = begin + inside.size();
    const auto [last, error] = std::from_chars(begin, end, step.index);
    if (error != std::errc() || last != end || (inside.size() > 1 && inside[0] == '0')) return std::nullopt;
    return step;
  }

  // A quoted key: a JSON string.
  base::Result<Step> quoted() {
    const std::size_t first = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
    if (at_ >= text_.size()) {
      at_ = text_.size();
      return base::fail(problem("the quoted key has no end"));
    }
    ++at_;
    Document key;
    if (const auto read = key.read(text_.substr(first, at_ - first), Profile::strict); !read) {
      at_ = first + read.error().offset;
      return base::fail("the quoted key is not a JSON string (column " + column() + "): " + read.error().message);
    }
    return closed(Step{.kind = Step::Kind::key, .key = std::string(key.root().string())});
  }

  base::Result<Step> closed(Step step) {
    if (at_ == text_.size() || text_[at_] != ']') return base::fail(problem("expected ]"));
    ++at_;
    return step;
  }

  base::Result<Step> unexpected() { return base::fail(problem("expected . or [")); }

  std::string column() const { return std::to_string(base::code_points(text_.substr(0, at_)) + 1); }

  // Names the character at the place reached.
  std::string problem(std::string_view expected) const {
    if (at_ >= text_.size()) return "the path ends at column " + column() + ": " + std::string(expected);
    std::size_t end = at_;
    base::decode_utf8(text_, end);
    return "unexpected \"" + base::printable(text_.substr(at_, end - at_)) + "\" at column " + column() + ": " +
           std::string(expected);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

base::Result<Path> Path::parse(std::string_view text) { return Parser(text).parse(); }

bool Path::quantified() const {
  return std::ranges::any_of(steps, [](const Step& s) { return s.kind > Step::Kind::index; });
}

std::string Path::text() const {
  std::string out = root;
  for (const Step& step : steps) {
    switch (step.kind) {
      case Step::Kind::key:
        if (is_word(step.key)) {
          out += '.' + step.key;
        } else {
          out += '[';
          write_string(out, step.key);
          out += ']';
        }
        break;
      case Step::Kind::index:
        out += '[' + std::to_string(step.index) + ']';
        break;
      case Step::Kind::all:
        out += "[all]";
        break;
      case Step::Kind::any:
        out += "[any]";
        break;
      case Step::Kind::star:
        out += "[*]";
        break;
    }
  }
  return out;
}

Value follow(Value from, const Path& path, std::size_t first) {
  for (std::size_t i = first; from && i < path.steps.size(); ++i) {
    const Step& step = path.steps[i];
    assert(step.kind == Step::Kind::key || step.kind == Step::Kind::index);
    if (step.kind == Step::Kind::key) {
      from = from.find(step.key);
    } else if (step.kind == Step::Kind::index) {
      from = from.at(step.index);
    } else {
      return {};
    }
  }
  return from;
}

}  // namespace json
