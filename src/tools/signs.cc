// The walk over a definition, and what is looked for in each of its texts. Members' names are texts too: a model reads
// them all.
#include "tools/signs.h"

#include <algorithm>
#include <utility>

#include "base/unicode.h"

namespace tools {
namespace {

struct KindRow {
  std::string_view name, text;
};
// In the order of Sign::Kind.
constexpr KindRow kinds[] = {
    {"hidden_characters", "hidden characters"},
    {"terminal_escape", "escape sequences for terminals"},
    {"mixed_scripts", "letters of another script that look alike"},
    {"model_instructions", "instructions to the model"},
    {"mentions_tool", "mentions another tool"},
    {"steers_tools", "steers the choice between tools"},
    {"user_secrets", "secrets or private files of the user"},
    {"long_text", "longer than people read"},
    {"embedded_data", "embedded data"},
    {"look_alike_name", "a name that looks like another tool's"},
};

constexpr std::size_t where_length = 200;

// Private files, as parts of paths, in lower case. One that begins or ends with a letter or a dot stands for a whole
// word.
constexpr std::string_view private_files[] = {
    ".ssh/",
    "/.ssh",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "authorized_keys",
    "known_hosts",
    ".env",
    "mcp.json",
    ".aws/",
    ".npmrc",
    ".netrc",
    ".pypirc",
    "/etc/passwd",
    "/etc/shadow",
    ".kube/config",
    ".git-credentials",
    ".cursor/",
    "claude_desktop_config",
    ".bash_history",
    ".zsh_history",
    ".gnupg",
    "login.keychain",
    "wallet.dat",
    ".docker/config",
    "/proc/self/environ",
    "169.254.169.254",
    ".config/gcloud",
};

// Between < and >: what marks a block as one for the model. The first of them also between [ and ].
constexpr std::string_view model_tags[] = {
    "inst",         "sys",    "system", "assistant", "important", "systemprompt", "systemreminder", "instruction",
    "instructions", "secret", "hidden", "admin",     "critical",  "mandatory",    "priority",       "override",
};
constexpr std::size_t bracket_tags = 4;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_byte(char c) { return is_letter(c) || is_digit(c) || c == '_' || (c & 0x80) != 0; }
bool is_name_byte(char c) { return is_word_byte(c) || c == '-' || c == '.' || c == '/' || c == ':'; }
bool is_quote(char c) { return c == '`' || c == '\'' || c == '"' || c == '*'; }
bool is_base64(char c) {
  return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
}

// A name that is no ordinary word, so that it means the tool wherever it stands.
bool is_compound(std::string_view name) {
  bool was_small = false;
  for (const char c : name) {
    if (!is_letter(c) || (was_small && c >= 'A' && c <= 'Z')) return true;
    was_small = c >= 'a' && c <= 'z';
  }
  return false;
}

}  // namespace

std::string_view name_of(Sign::Kind kind) { return kinds[static_cast<std::size_t>(kind)].name; }
std::string_view text(Sign::Kind kind) { return kinds[static_cast<std::size_t>(kind)].text; }

SignContext::SignContext(std::span<const std::string_view> tool_names) : names_(tool_names.begin(), tool_names.end()) {
  std::ranges::sort(names_);
  skeletons_.reserve(names_.size());
  for (const std::string_view name : names_) skeletons_.push_back({skeleton(name), name});
  std::ranges::sort(skeletons_, {}, [](const Named& n) { return std::pair(std::string_view(n.skeleton), n.name); });
}

// One definition: collects its signs.
class SignReader {
 public:
  enum class Audience : std::uint8_t { people, model };  // whom the texts are meant for
  SignReader(const SignContext& context, std::string_view own_name, Audience audience, std::size_t longest)
      : context_(context), own_(own_name), audience_(audience), longest_(longest) {}

  void walk(json::Value value, bool is_root = false);
  void read(std::string_view text);
  void compare_name();
  std::vector<Sign> take() { return std::move(signs_); }

 private:
  void add(Sign::Kind kind, std::string words, std::string_view reason);
  void read_characters(std::string_view text);
  void read_hidden(std::string_view text, std::size_t begin, std::string_view what);
  void read_plain(std::string_view plain);
  void read_tags(std::string_view plain);
  void read_data(std::string_view text);
  void read_words(std::string_view text);
  std::vector<Mention> find_mentions(std::string_view text, const Words& words);
  std::string_view named_at(std::string_view text, std::size_t begin, std::size_t end) const;

  const SignContext& context_;
  std::string_view own_;
  Audience audience_;
  std::size_t longest_;
  std::string path_;
  bool in_name_ = false;
  std::size_t text_begin_ = 0;  // of this text's signs
  std::vector<Sign> signs_;
};

// One of a kind and reason for a text is enough.
void SignReader::add(Sign::Kind kind, std::string words, std::string_view reason) {
  if (signs_.size() >= max_signs) return;
  for (std::size_t i = text_begin_; i < signs_.size(); ++i) {
    if (signs_[i].kind == kind && signs_[i].reason == reason && kind != Sign::Kind::mentions_tool) return;
  }
  signs_.push_back(
      {kind, visible(path_, where_length) + (in_name_ ? " (name)" : ""), std::move(words), std::string(reason)});
}

void SignReader::walk(json::Value value, bool is_root) {
  const std::size_t length = path_.size();
  if (value.is_string()) return read(value.string());
  std::size_t index = 0;
  for (const json::Value element : value.elements()) {
    path_ += '/' + std::to_string(index++);
    walk(element);
    path_.resize(length);
  }
  for (const json::Member m : value.members()) {
    if (is_root && m.key == "icons") continue;  // pictures: data: URLs are what they are made of
    path_ += '/';
    for (const char c : m.key) c == '~' ? path_ += "~0" : c == '/' ? path_ += "~1" : path_ += c;
    in_name_ = true;
    read(m.key);
    in_name_ = false;
    walk(m.value);
    path_.resize(length);
  }
}

void SignReader::read(std::string_view text) {
  if (signs_.size() >= max_signs) return;
  text_begin_ = signs_.size();
  read_characters(text);
  if (text.size() < 4) return;
  if (text.size() > longest_) {
    if (const std::size_t n = base::code_points(text); n > longest_) {
      add(Sign::Kind::long_text, std::to_string(n) + " characters", "nobody reads that much before approving it");
    }
  }
  read_plain(plain_text(text));
  read_data(text);
  read_words(text);
}

void SignReader::read_hidden(std::string_view text, std::size_t begin, std::string_view what) {
  std::string spelt;  // tag characters stand for ASCII
  std::size_t count = 0;
  for (std::size_t pos = begin; pos < text.size();) {
    const std::uint32_t cp = base::decode_utf8(text, pos);
    if (hidden_name(cp) != what) continue;
    ++count;
    if (cp > 0xE0020 && cp < 0xE007F && spelt.size() < 80) spelt += static_cast<char>(cp - 0xE0000);
    if (cp == 0xE0020 && spelt.size() < 80) spelt += ' ';
  }
  std::string reason(what);
  if (count > 1) reason += " and " + std::to_string(count - 1) + " more";
  if (!spelt.empty()) reason += ", which spell \"" + spelt + "\"";
  std::size_t end = begin;
  base::decode_utf8(text, end);
  add(Sign::Kind::hidden_characters, visible_around(text, begin, end), reason);
}

void SignReader::read_characters(std::string_view text) {
  constexpr std::size_t most_blanks = 100;
  std::vector<std::string_view> told;
  std::uint32_t previous = 0;
  std::size_t blanks = 0, word = 0;
  bool ascii = false, other = false, pending = false, has_word = false;
  const auto end_word = [&](std::size_t end) {
    if (has_word && ascii && other) {
      const std::string_view shown = text.substr(word, end - word);
      add(Sign::Kind::mixed_scripts, visible(shown, 60) + " (reads " + visible(plain_text(shown), 60) + ")",
          "a word with letters of another script");
    }
    has_word = ascii = other = pending = false;
  };
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t begin = pos;
    const std::uint32_t cp = base::decode_utf8(text, pos);
    blanks = cp == ' ' || cp == '\n' || cp == '\t' || cp == '\r' || cp == 0xA0 || cp == 0x3000 ? blanks + 1 : 0;
    if (blanks == most_blanks) {
      add(Sign::Kind::hidden_characters, visible_around(text, pos, pos),
          "a long run of blanks, which pushes what follows out of sight");
    }
    const bool is_greek = cp >= 0x370 && cp <= 0x3FF;  // "TNFα" is no forgery: it must stand between ASCII letters
    if ((cp < 0x80 && is_letter(static_cast<char>(cp))) || looks_like(cp) != 0) {
      if (!std::exchange(has_word, true)) word = begin;
      if (cp < 0x80) other |= pending, ascii = true;
      if (cp >= 0x80 && is_greek) pending |= ascii;
      if (cp >= 0x80 && !is_greek) other = true;
    } else {
      end_word(begin);
    }
    if (const std::string_view what = hidden_name(cp); !what.empty()) {
      std::size_t after = pos;
      const std::uint32_t next = after < text.size() ? base::decode_utf8(text, after) : 0;
      if (cp == 0x9B || (cp == 0x1B && (next == '[' || next == ']'))) {
        add(Sign::Kind::terminal_escape, visible_around(text, begin, pos),
            "changes what a terminal shows around or over this text");
      } else if (!is_rightful(previous, cp, next) && std::ranges::find(told, what) == told.end()) {
        told.push_back(what);
        read_hidden(text, begin, what);
      }
    }
    previous = cp;
  }
  end_word(text.size());
}

void SignReader::read_plain(std::string_view plain) {
  for (const std::string_view file : private_files) {
    for (std::size_t at = plain.find(file); at != std::string_view::npos; at = plain.find(file, at + 1)) {
      const std::size_t end = at + file.size();
      const bool begins =
          !is_word_byte(file.front()) && file.front() != '.' ? true : at == 0 || !is_word_byte(plain[at - 1]);
      const bool ends = !is_word_byte(file.back()) || end == plain.size() || !is_word_byte(plain[end]);
      if (!begins || !ends) continue;
      add(Sign::Kind::user_secrets, visible_around(plain, at, end), "names a private file of the user");
      break;
    }
  }
  read_tags(plain);
}

void SignReader::read_tags(std::string_view plain) {
  constexpr std::size_t longest_tag = 24;
  for (std::size_t at = plain.find_first_of("<["); at != std::string_view::npos;
       at = plain.find_first_of("<[", at + 1)) {
    if (plain.substr(at).starts_with("<!--")) {
      add(Sign::Kind::hidden_characters, visible_around(plain, at, at + 4), "a comment, which a page does not show");
      continue;
    }
    if (plain.substr(at).starts_with("<|") || plain.substr(at).starts_with("<<sys")) {
      add(Sign::Kind::model_instructions, visible_around(plain, at, at + 2),
          "a mark that separates the turns of a conversation");
      continue;
    }
    std::string tag;
    std::size_t end = at + 1;
    for (; end < plain.size() && end - at < longest_tag; ++end) {
      const char c = plain[end];
      if (is_letter(c)) {
        tag += c;
      } else if (c != '_' && c != '-' && c != '/') {
        break;
      }
    }
    const std::span known(model_tags, plain[at] == '<' ? std::size(model_tags) : bracket_tags);
    if (end >= plain.size() || std::ranges::find(known, tag) == known.end()) continue;
    const bool closes = plain[end] == (plain[at] == '<' ? '>' : ']') || (plain[at] == '<' && is_blank(plain[end]));
    if (!closes) continue;
    add(Sign::Kind::model_instructions, visible_around(plain, at, end + 1), "a block that is marked for the model");
  }
}

void SignReader::read_data(std::string_view text) {
  constexpr std::size_t short_url = 40, short_run = 100;
  for (std::size_t at = text.find("data:"); at != std::string_view::npos; at = text.find("data:", at + 1)) {
    std::size_t end = at + 5;
    while (end < text.size() && !is_blank(text[end]) && !is_quote(text[end]) && end - at < short_url) ++end;
    const std::string_view url = text.substr(at, end - at);
    if (url.size() < short_url || url.find('/') == std::string_view::npos || url.find(',') == std::string_view::npos) {
      continue;
    }
    add(Sign::Kind::embedded_data, visible_around(text, at, end), "a data: URL, which holds what nobody can read");
    break;
  }
  std::size_t capitals = 0, smalls = 0, digits = 0;
  for (std::size_t at = 0, begin = 0; at <= text.size(); ++at) {
    if (at < text.size() && is_base64(text[at])) {
      smalls += text[at] >= 'a' && text[at] <= 'z';
      capitals += text[at] >= 'A' && text[at] <= 'Z';
      digits += is_digit(text[at]);
      continue;
    }
    // The shares of base64 and of hexadecimal; words and paths have others.
    const std::size_t length = at - begin;
    const bool mixed = digits * 20 >= length && capitals * 7 >= length && smalls * 7 >= length;
    if (length >= short_run && (mixed || digits * 3 >= length)) {
      add(Sign::Kind::embedded_data, visible(text.substr(begin, std::min<std::size_t>(length, 60))) + "…",
          "a run of " + std::to_string(length) + " characters of encoded data");
    }
    begin = at + 1;
    capitals = smalls = digits = 0;
  }
}

// The tool's name that the run of name characters [begin, end) is, in the server's list; "" if it is none.
std::string_view SignReader::named_at(std::string_view text, std::size_t begin, std::size_t end) const {
  const std::string_view run = text.substr(begin, end - begin);
  if (run.empty() || run == own_ || !std::ranges::binary_search(context_.names_, run)) return {};
  if (is_compound(run)) return run;
  const bool quoted = begin > 0 && end < text.size() && is_quote(text[begin - 1]) && is_quote(text[end]);
  const std::string_view after = text.substr(end);
  const bool called = after.starts_with("()") || after.starts_with(" tool") || after.starts_with("` tool");
  return quoted || called ? run : std::string_view();
}

std::vector<Mention> SignReader::find_mentions(std::string_view text, const Words& words) {
  std::vector<Mention> found;
  std::size_t next_word = 0;
  const auto is_joint = [](char c) { return c == '.' || c == ':' || c == '/'; };
  const auto take = [&](std::size_t begin, std::size_t end) {
    const std::string_view name = named_at(text, begin, end);
    if (name.empty()) return false;
    while (next_word < words.size() && words[next_word].begin < begin) ++next_word;
    std::size_t after = next_word;
    while (after < words.size() && words[after].begin < end) ++after;
    if (after > next_word) found.push_back({next_word, after - next_word});
    std::string shown = visible(name);
    const bool is_new = std::ranges::none_of(
        signs_, [&](const Sign& s) { return s.kind == Sign::Kind::mentions_tool && s.words == shown; });
    if (is_new) add(Sign::Kind::mentions_tool, std::move(shown), "names another tool of this server");
    return true;
  };
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_name_byte(text[begin])) continue;
    std::size_t end = begin;
    while (end < text.size() && is_name_byte(text[end])) ++end;
    std::size_t from = begin, to = end;
    const auto is_edge = [&](char c) { return is_joint(c) || c == '-'; };
    while (from < to && is_edge(text[from])) ++from;
    while (to > from && is_edge(text[to - 1])) --to;
    if (!take(from, to)) {
      for (std::size_t part = from; part < to;) {
        std::size_t stop = part;
        while (stop < to && !is_joint(text[stop])) ++stop;
        if (stop - part < to - from) take(part, stop);
        part = stop + 1;
      }
    }
    begin = end;
  }
  return found;
}

void SignReader::read_words(std::string_view text) {
  const Words words(text);
  std::vector<Mention> mentions;
  const bool is_prose = text.find_first_of(" \n") != std::string_view::npos;
  if (is_prose && audience_ == Audience::people) mentions = find_mentions(text, words);
  for (const Match& m : context_.phrases_.find(words, mentions)) {
    const std::string shown = visible_around(text, words[m.first].begin, words[m.last].end);
    switch (m.phrase->kind) {
      case Phrase::Kind::orders:
        if (audience_ == Audience::model) break;
        [[fallthrough]];
      case Phrase::Kind::instructions:
        add(Sign::Kind::model_instructions, shown, m.phrase->reason);
        break;
      case Phrase::Kind::secrets:
        if (is_prose) add(Sign::Kind::user_secrets, shown, m.phrase->reason);
        break;
      case Phrase::Kind::steers:
        add(Sign::Kind::steers_tools, shown, m.phrase->reason);
        break;
    }
  }
}

// Of names that look the same the others are told; of the same name twice that.
void SignReader::compare_name() {
  if (own_.empty()) return;
  text_begin_ = signs_.size();
  path_ = "/name";
  if (std::ranges::equal_range(context_.names_, own_).size() > 1) {
    add(Sign::Kind::look_alike_name, visible(own_), "the server lists several tools of this name");
  }
  const std::string mine = skeleton(own_);
  for (const SignContext::Named& other :
       std::ranges::equal_range(context_.skeletons_, std::string_view(mine), {},
                                [](const SignContext::Named& n) { return std::string_view(n.skeleton); })) {
    if (other.name == own_) continue;
    add(Sign::Kind::look_alike_name, visible(own_) + " and " + visible(other.name),
        "its name looks like another tool's");
    break;
  }
  path_.clear();
}

std::vector<Sign> signs_of(json::Value tool, const SignContext& context) {
  SignReader reader(context, tool.find("name").string(), SignReader::Audience::people, long_description);
  reader.compare_name();
  reader.walk(tool, true);
  return reader.take();
}

std::vector<Sign> signs_of(json::Value tool, std::span<const std::string_view> tool_names) {
  return signs_of(tool, SignContext(tool_names));
}

std::vector<Sign> signs_of_prompt(json::Value prompt, const SignContext& context) {
  SignReader reader(context, {}, SignReader::Audience::model, long_description);
  reader.walk(prompt, true);
  return reader.take();
}

std::vector<Sign> signs_of_resource(json::Value resource, const SignContext& context) {
  SignReader reader(context, {}, SignReader::Audience::people, long_description);
  reader.walk(resource, true);
  return reader.take();
}

std::vector<Sign> signs_of_instructions(std::string_view text, const SignContext& context) {
  SignReader reader(context, {}, SignReader::Audience::model, long_instructions);
  reader.read(text);
  return reader.take();
}

}  // namespace tools
