// Takes secrets out of what is recorded. By key (password, token, api_key, authorization, ..., in any case and
// spelling) and by pattern (well-known token prefixes, PEM blocks, JWTs, long random-looking words, userinfo and
// secret query parameters of URLs).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace audit {

inline constexpr std::string_view redacted_mark = "[redacted]";

bool is_secret_key(std::string_view key);
// The text with every secret-looking part replaced by the mark.
std::string redact_text(std::string_view text);
// The same for names of tools, methods, rules and counters: words that only look random stay (getS3PolicyByIdV2).
std::string redact_name(std::string_view text);
// The first `max` code points of redact_text, with "…" for the rest. Costs what is kept, however long the text is; a
// word that the cut splits is left out, since half a secret is not recognised as one.
std::string redact_and_cut(std::string_view text, std::size_t max);
std::string redact_name_and_cut(std::string_view text, std::size_t max);
// A text of a peer as it may stand in a record: secrets out, cut to 1,024 code points, no lone surrogates (which not
// every reader of JSON accepts). line.cc.
std::string recordable(std::string_view text);
// Appends the value as JSON, secrets replaced, strings cut to `max_string` code points.
void write_redacted(std::string& out, json::Value value, std::size_t max_string = 256);
// A command line: values after secret-looking flags ("--api-key X", "--token=X", "KEY=value"), and by pattern.
std::vector<std::string> redact_command(std::span<const std::string> command);

}  // namespace audit
