// The key of a counter: server, entry as written, kind of limit, counter name, window, scope and the scope's value.
// Never a rule's index, its maximum or the file's path, so that editing a policy refills nothing.
#pragma once
#include <string>
#include <string_view>

#include "policy/compiled.h"

namespace policy {

// Appends `part` and a unit separator (U+001F). A separator or backslash within the part is escaped, so that no name
// that a policy, client or server chooses can reach into another part.
void append_key_part(std::string& key, std::string_view part);

// The part of a key that lowering knows. `entry_kind` is "tools", "resources", "prompts" or "methods".
std::string key_prefix(std::string_view server, std::string_view entry_kind, std::string_view pattern,
                       const Limit& limit);

// "entry" (no scope), "session", "identity", "tool", "server", "global".
std::string_view scope_word(const std::optional<Scope>& scope);

// The scope's value is part of the message, not of the policy.
bool is_open_scope(const std::optional<Scope>& scope);

// Writes the whole key for one message to `out`, whose memory is reused. `shadow`: the shadow's counter.
void complete_key(const CompiledLimit& limit, const Facts& facts, const Subject* subject, bool shadow,
                  std::string& out);

// What makes any key the key of a shadow's counter.
std::string shadow_key(std::string_view key);

}  // namespace policy
