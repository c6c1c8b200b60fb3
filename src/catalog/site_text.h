// What the catalogue says in sentences of its own: of classes, severities and flags. Tables, so that one place holds
// all of it. Nothing here comes from a server.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "catalog/report.h"
#include "classify/classify.h"

namespace catalog {

// "returns data and changes nothing": goes on after "It …" or "A tool that …".
std::string_view meaning_of(classify::Class c);
// Whole sentences, the worst first.
std::span<const std::string_view> what_can_go_wrong(classify::Class c);
// The rule of a scaffold in words: "allowed, at most 10 calls a minute, with every required argument".
std::string_view rule_in_words(classify::Class c);
// The same in a table's cell: "10 calls a minute".
std::string_view rule_in_short(classify::Class c);
// Why this rule, in a sentence.
std::string_view why_this_rule(classify::Class c);
// "Cannot be undone: …"
std::string_view meaning_of(classify::Severity s);
// What a flag makes possible, a whole sentence.
std::string_view what_can_go_wrong(classify::Risk r);

// A sign of tool poisoning, which is about the definition and not about what the tool does.
bool is_sign(classify::Risk r);

// "180 tools. 79 can modify or destroy data.": of what a server or a site has. Not Read is what counts.
std::string headline(const Counts& counts);
std::size_t total(const Counts& counts);
std::size_t modifying(const Counts& counts);

// "1 tool", "12 tools", "1,318 tools".
std::string counted(std::size_t number, std::string_view one, std::string_view many);

// Why a tool has its class: the reasons of the decisive evidence, or that nothing explains it. A whole sentence without
// the full stop, of the program's words and of quoted words of the server ("the name says “delete”"). At most `most`
// reasons.
std::string why(const classify::Assessment& assessment, std::size_t most = 2);

}  // namespace catalog
