// libyaml's scanner knows where each token begins and ends, in characters; what lies between two tokens can only be
// white space and comments. Where it is anything else, the scan fails, so that no comment is ever overlooked.
#include "yaml/layout_tokens.h"

#include <yaml.h>

namespace yaml::layout {
namespace {

struct Scanner {
  yaml_parser_t p{};
  bool ok;
  explicit Scanner(std::string_view text) : ok(yaml_parser_initialize(&p) != 0) {
    if (!ok) return;
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Scanner() {
    if (ok) yaml_parser_delete(&p);
  }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;
};

struct Raw {
  yaml_token_t t{};
  Raw() = default;
  ~Raw() { yaml_token_delete(&t); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
};

// Character index -> byte offset, for indices that only grow.
class Offsets {
 public:
  explicit Offsets(std::string_view text) : text_(text) {}
  std::size_t operator()(std::size_t character) {
    if (character < character_) character_ = 0, byte_ = 0;
    for (; character_ < character && byte_ < text_.size(); ++character_) {
      ++byte_;
      while (byte_ < text_.size() && (static_cast<unsigned char>(text_[byte_]) & 0xC0) == 0x80) ++byte_;
    }
    return byte_;
  }

 private:
  std::string_view text_;
  std::size_t character_ = 0, byte_ = 0;
};

std::optional<Kind> kind_of(yaml_token_type_t type) {
  switch (type) {
    case YAML_STREAM_END_TOKEN:
      return Kind::stream_end;
    case YAML_VERSION_DIRECTIVE_TOKEN:
      return Kind::directive;
    case YAML_DOCUMENT_START_TOKEN:
      return Kind::document_start;
    case YAML_DOCUMENT_END_TOKEN:
      return Kind::document_end;
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
      return Kind::list_start;
    case YAML_BLOCK_MAPPING_START_TOKEN:
      return Kind::map_start;
    case YAML_BLOCK_END_TOKEN:
      return Kind::block_end;
    case YAML_FLOW_SEQUENCE_START_TOKEN:
      return Kind::flow_list_start;
    case YAML_FLOW_SEQUENCE_END_TOKEN:
      return Kind::flow_list_end;
    case YAML_FLOW_MAPPING_START_TOKEN:
      return Kind::flow_map_start;
    case YAML_FLOW_MAPPING_END_TOKEN:
      return Kind::flow_map_end;
    case YAML_BLOCK_ENTRY_TOKEN:
      return Kind::entry;
    case YAML_FLOW_ENTRY_TOKEN:
      return Kind::comma;
    case YAML_KEY_TOKEN:
      return Kind::key;
    case YAML_VALUE_TOKEN:
      return Kind::value;
    case YAML_ALIAS_TOKEN:
      return Kind::alias;
    case YAML_ANCHOR_TOKEN:
      return Kind::anchor;
    case YAML_SCALAR_TOKEN:
      return Kind::scalar;
    default:
      return std::nullopt;  // tags: read_yaml() refuses them
  }
}

Style style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Style::single;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Style::quoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Style::literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return Style::folded;
    default:
      return Style::plain;
  }
}

std::string_view without_trailing_space(std::string_view s) { return s.substr(0, s.find_last_not_of(" \t") + 1); }

// Fills token.before and token.blank_before from what stands between two tokens. False: it is not only comments.
bool read_gap(std::string_view text, std::size_t from, std::size_t to, Token& token) {
  bool fresh = from == 0 || text[from - 1] == '\n';  // nothing stands before in this line
  int line_feeds = fresh ? 1 : 0;
  for (std::size_t i = from; i < to;) {
    const char c = text[i];
    if (c == '\n') {
      fresh = true;
      ++line_feeds;
      ++i;
    } else if (c == ' ' || c == '\t') {
      ++i;
    } else if (c == '#') {
      const std::size_t end = std::min(text.find('\n', i), to);
      const std::size_t line = i == 0 ? std::string_view::npos : text.rfind('\n', i - 1);
      const std::size_t start = line == std::string_view::npos ? 0 : line + 1;
      token.before.push_back({.text = without_trailing_space(text.substr(i, end - i)),
                              .column = static_cast<int>(i - start),
                              .own_line = fresh,
                              .blank_before = line_feeds > 1});
      line_feeds = 0;
      fresh = false;
      i = end;
    } else {
      return false;
    }
  }
  token.blank_before = line_feeds > 1;
  return true;
}

}  // namespace

std::optional<std::vector<Token>> scan(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.ok) return std::nullopt;
  Offsets offset(text);
  std::vector<Token> tokens;
  std::size_t last = 0;
  for (;;) {
    Raw raw;
    if (yaml_parser_scan(&scanner.p, &raw.t) == 0) return std::nullopt;
    if (raw.t.type == YAML_STREAM_START_TOKEN) continue;
    const auto kind = kind_of(raw.t.type);
    if (!kind) return std::nullopt;
    Token token{.kind = *kind, .source = {}, .value = {}, .before = {}};
    const std::size_t start = offset(raw.t.start_mark.index), end = offset(raw.t.end_mark.index);
    if (start < last && start != end) return std::nullopt;
    if (start > last && !read_gap(text, last, start, token)) return std::nullopt;
    token.column = static_cast<int>(raw.t.start_mark.column);
    token.source = text.substr(start, end - start);
    if (*kind == Kind::scalar) {
      token.style = style_of(raw.t.data.scalar.style);
      token.value.assign(reinterpret_cast<const char*>(raw.t.data.scalar.value), raw.t.data.scalar.length);
    }
    last = std::max(last, end);
    tokens.push_back(std::move(token));
    if (*kind == Kind::stream_end) return tokens;
  }
}

std::string_view header_comment(const Token& block_scalar) {
  const std::string_view header = block_scalar.source.substr(0, block_scalar.source.find('\n'));
  const std::size_t hash = header.find('#');
  return hash == std::string_view::npos ? std::string_view() : without_trailing_space(header.substr(hash));
}

}  // namespace yaml::layout
