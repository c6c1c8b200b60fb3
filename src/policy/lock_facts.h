// What a lock says of the tool that is called, as facts of the call. One place for the proxy and for who explains what
// it would do.
#pragma once
#include <string_view>

#include "policy/evaluate.h"
#include "tools/lock_check.h"

namespace policy {

// `facts.tools_known` and `facts.tool` are what the server's list says; sets `facts.lock`, and puts the locked
// definition in the place of the server's, so that a server cannot loosen a rule by changing its schema. What it sets
// lives until the check's next page. Pure.
void look_at_lock(tools::LockCheck& check, std::string_view tool, Facts& facts);

}  // namespace policy
