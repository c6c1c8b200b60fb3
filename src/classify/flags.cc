// Flags from arguments first, because an argument is what a policy can rule; from the name where no argument shows it.
#include "classify/flags.h"

#include <algorithm>

#include "classify/lexicon.h"
#include "classify/reading.h"

namespace classify {
namespace {

enum class Kind : std::uint8_t { text, boolean, array };

// Which tools, or which arguments, a row holds for.
enum class Only : std::uint8_t {
  any,
  changes,         // the tool changes something
  targets,         // it changes what the argument names
  acts,            // it executes
  sends,           // its name or description sends
  process,         // its name is about a process or terminal
  query_language,  // tool or argument speak of a query language
  names_path,      // the argument's description speaks of a path or file
  not_endpoint,    // the argument's description does not speak of an endpoint
  not_counted,     // no number of tokens
};

struct Row {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order in which a row reads
  Risk risk;
  Kind kind;
  std::string_view names;
  std::string_view others;
  Only only;
};
constexpr Row rows[] = {
#include "classify/flags.inc"
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A word of `group` stands in the first bytes of `text`.
bool speaks_of(std::string_view text, std::string_view group) {
  std::string word;
  text = text.substr(0, 2048);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? lower(text[i]) : ' ';
    if (c >= 'a' && c <= 'z') {
      word += c;
      continue;
    }
    if (!word.empty() && (in_group(group, word) || in_group(group, singular_of(word)))) return true;
    word.clear();
  }
  return false;
}

bool has_word(const Definition& tool, std::string_view group) {
  return std::any_of(tool.words.begin(), tool.words.end(),
                     [&](const std::string& w) { return in_group(group, w) || in_group(group, singular_of(w)); });
}

bool is_kind(const Argument& a, Kind kind) {
  switch (kind) {
    case Kind::text:
      return a.is_text || !(a.is_boolean || a.is_number || a.is_object);
    case Kind::boolean:
      return a.is_boolean;
    case Kind::array:
      return a.is_array;
  }
  return false;
}

// "ids", "recordIds" of a tool that is about records; not the "labelIds" of one that makes an issue.
bool is_target(const Definition& tool, const Argument& a) {
  if (a.words.size() < 2 || (a.words.back() != "ids" && a.words.back() != "names")) return true;
  const std::string& object = a.words[a.words.size() - 2];
  return std::any_of(tool.words.begin(), tool.words.end(),
                     [&](const std::string& w) { return singular_of(w) == singular_of(object); });
}

bool is_only(const Row& row, const Definition& tool, const Argument& a) {
  switch (row.only) {
    case Only::any:
      return true;
    case Only::changes:
      return tool.of != Class::read;
    case Only::targets:
      return tool.of != Class::read && is_target(tool, a);
    case Only::acts:
      return tool.of == Class::execute;
    case Only::sends:
      return tool.of != Class::read && (has_word(tool, "senders") ||
                                        (tool.of == Class::execute && speaks_of(tool.text.substr(0, 160), "senders")));
    case Only::process:
      return has_word(tool, "process_words");
    case Only::query_language:
      return has_word(tool, "query_languages") || speaks_of(tool.text, "query_languages") ||
             speaks_of(a.description, "query_languages");
    case Only::names_path:
      return speaks_of(a.description, "path_words");
    case Only::not_endpoint:
      return !speaks_of(a.description, "endpoint_words");
    case Only::not_counted:
      return !a.is_number;
  }
  return false;
}

// "inPostalCode" is no code: the name, or its last two words, are among those that are none.
bool is_other(const Row& row, const Argument& a) {
  if (row.others.empty()) return false;
  if (matches(row.others, a.joined)) return true;
  const std::size_t n = a.words.size();
  return n > 2 && matches(row.others, a.words[n - 2] + a.words[n - 1]);
}

bool is_row(const Row& row, const Definition& tool, const Argument& a) {
  return !a.words.empty() && is_kind(a, row.kind) && is_named(a, row.names) && !is_other(row, a) &&
         is_only(row, tool, a);
}

// No argument shows it, the name does: "stop_all", "system_prune".
bool shows_by_name(Risk risk, const Definition& tool) {
  if (tool.of == Class::read) return false;
  switch (risk) {
    case Risk::bulk:
      return has_word(tool, "bulk_words");
    case Risk::admin:
      return has_word(tool, "admin_words") || (tool.of == Class::execute && has_word(tool, "scheduler_words"));
    case Risk::sends_outside:
      return tool.of == Class::execute && has_word(tool, "senders");
    default:
      return false;
  }
}

}  // namespace

std::vector<Flag> flags_of(const Definition& tool) {
  std::vector<Flag> out;
  for (const Risk risk : {Risk::code_input, Risk::file_path, Risk::url_fetch, Risk::bulk, Risk::admin,
                          Risk::credentials, Risk::sends_outside, Risk::force}) {
    const Argument* shown = nullptr;
    for (const Row& row : rows) {
      if (row.risk != risk) continue;
      const auto a = std::find_if(tool.arguments.begin(), tool.arguments.end(),
                                  [&](const Argument& one) { return is_row(row, tool, one); });
      if (a != tool.arguments.end()) {
        shown = &*a;
        break;
      }
    }
    if (shown != nullptr) {
      out.push_back({risk, printable(shown->name, 128)});
    } else if (shows_by_name(risk, tool)) {
      out.push_back({risk, ""});
    }
  }
  return out;
}

}  // namespace classify
