// Names as words. A name of a tool or an argument is split where people mean a new word: at separators, at changes of
// case (camelCase, HTTPServer), before known verbs that were written together with their object. Words come in lower
// case, abbreviations spelt out, phrasal verbs joined ("log", "out" -> "logout").
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace classify {

inline constexpr std::size_t name_bytes = 256;  // of a name are read; what follows decides nothing

// `name`: any bytes. Letters outside ASCII stay as they are. At most 64 words.
std::vector<std::string> split_name(std::string_view name);

// How `word`, one of split_name(name), stands in the name: "exec" for "execute", "log_out" for "logout".
std::string as_written(std::string_view name, std::string_view word);

// How many words at the start of `words` are the server's own name: those that nearly all of `names` (four or more)
// open with and that are no verb. Never all of the words.
std::size_t prefix_length(std::span<const std::string> words, std::span<const std::string_view> names);

}  // namespace classify
